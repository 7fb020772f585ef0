"""Visits a guest may be asked about: planned beside the guest, so that the exclusion tag goes first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from enrich.due.unit import Kind, Unit, Urgency
from enrich.events.guest_event import CheckEvent, CheckState
from enrich.guests.consent import Consent, consent_of
from enrich.guests.profile import Profile
from enrich.identity.contact_points import invitation_point
from enrich.identity.normalise import Standing, normalise_email, standing
from enrich.identity.resolve import Resolution
from enrich.store.facts import Fact, Guest
from enrich.store.invitations import Visit
from enrich.touches.gate import Decision, Expire, Suppress, gate
from enrich.touches.gate import Invitation as Asked
from enrich.touches.invitation import InvitationState
from enrich.work.parts import Parts

LIVE = (CheckState.PAID, CheckState.CLOSED)


@dataclass(frozen=True, slots=True)
class Dinner:
    """All of a guest's checks on one order."""

    facts: tuple[Fact, ...]
    checks: tuple[CheckEvent, ...]

    @property
    def key(self) -> str:
        return f"{self.checks[0].key.split('/', 1)[0]}/order/{self.checks[0].order_id}"

    @property
    def closed_at(self) -> datetime | None:
        return min((check.paid_at for check in self.checks if check.paid_at), default=None)

    @property
    def state(self) -> CheckState:
        """Live while one check is; otherwise what became of them."""
        states = [check.state for check in self.checks]
        return next((state for state in (*LIVE, CheckState.OPEN) if state in states), states[0])

    @property
    def spend(self) -> Decimal:
        return sum((check.spend.amount for check in self.checks if check.state in LIVE), Decimal(0))


def dinners(guest: Guest) -> list[Dinner]:
    orders: dict[str, list[tuple[Fact, CheckEvent]]] = {}
    for fact in guest.facts:
        if isinstance(fact.event, CheckEvent):
            orders.setdefault(fact.event.order_id, []).append((fact, fact.event))
    return [
        Dinner(tuple(fact for fact, _ in pairs), tuple(check for _, check in pairs)) for pairs in orders.values()
    ]


def address_of(profile: Profile, guest: Guest) -> str | None:
    """Where an invitation may go: a personal address of the profile, else one the guest booked with."""
    candidates = [*profile.emails, *guest.shown("email:")]
    personal = (email for email in candidates if standing(email) is Standing.PERSONAL)
    return normalise_email(next(personal, None))


def judge(
    dinner: Dinner,
    profile: Profile,
    guest: Guest,
    parts: Parts,
    now: datetime,
    *,
    closed_at: datetime,
    excluded: bool = False,
    refused: bool = False,
) -> Decision:
    """`closed_at`: when the dinner was first paid for; a check reopened since may say nothing about it.

    `excluded`: whether the tag that keeps the CRM's own follow-up away is known to be on the profile.
    `refused`: whether the guest opted out elsewhere than on this profile.
    """
    address = address_of(profile, guest)
    asked = Asked(
        closed_at=closed_at,
        heard_at=now if dinner.closed_at else closed_at,
        state=dinner.state,
        spend=dinner.spend,
        dine_in=all(check.dine_in for check in dinner.checks),
        consent=Consent.OPTED_OUT if refused else _consent(profile, parts),
        standing=standing(address) if address else None,
        exclusion_confirmed=excluded,
        replayed=any(fact.replayed for fact in dinner.facts),
    )
    expires = parts.pace.survey_expires.total_seconds()
    return gate(asked, parts.tables.survey, now, expires_after=expires)


def _consent(profile: Profile, parts: Parts) -> Consent:
    return consent_of(profile, bare_no_counts=parts.tables.survey.bare_no_counts)


def plan_invitations(conn: Connection, parts: Parts, guest: Guest, resolution: Resolution, now: datetime) -> None:
    """A row for every new visit: planned, or suppressed with the reason. Visits dealt with before stay so."""
    others = (duplicate.profile for duplicate in resolution.duplicates)
    refused = any(_consent(profile, parts) is Consent.OPTED_OUT for profile in others)
    known = {invitation.visit for invitation in parts.stores.invitations.of_guest(conn, guest.id)}
    for dinner in _new(dinners(guest), known):
        closed_at = dinner.closed_at or now
        decision = judge(dinner, resolution.canonical, guest, parts, now, closed_at=closed_at, refused=refused)
        visit = Visit(guest.id, dinner.key, dinner.checks[0].venue, closed_at)
        if isinstance(decision, Suppress):
            parts.stores.invitations.plan(conn, visit, InvitationState.SUPPRESSED, decision.reason)
        elif isinstance(decision, Expire):
            parts.stores.invitations.plan(conn, visit, InvitationState.EXPIRED, "late")
        else:
            _plan(conn, parts, visit)


def _plan(conn: Connection, parts: Parts, visit: Visit) -> None:
    """Looked at when it expires, too: its exclusion tag may never reach the profile."""
    ref = parts.stores.invitations.plan(conn, visit, InvitationState.PLANNED)
    if ref:
        parts.stores.facts.lead(conn, invitation_point(ref).key, visit.guest_id)
        expiry = visit.closed_at + parts.pace.survey_expires
        parts.stores.due.mark(conn, [Unit(Kind.SURVEY, ref)], expiry, Urgency.SURVEY)


def _new(all_dinners: Iterable[Dinner], known: set[str]) -> Sequence[Dinner]:
    """Paid for, and not dealt with yet. A visit without an address is asked about once, when it is new."""
    return [dinner for dinner in all_dinners if dinner.closed_at and dinner.key not in known]
