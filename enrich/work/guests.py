"""A guest is reconciled: facts and profile in, the smallest write out, every value with its receipt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from sqlalchemy import Connection

from enrich.due.unit import Claim, Kind, Unit, Urgency
from enrich.errors import GiveUp, GuestGone
from enrich.events.guest_event import CheckEvent, ReservationEvent, ReservationStatus
from enrich.guests.decide import Decision, decide, held, present
from enrich.guests.desired import Desired, desired
from enrich.guests.profile import Profile, ProfilePatch
from enrich.identity.contact_points import reservation_point
from enrich.identity.resolve import Resolution
from enrich.ledger.record import ReceiptState
from enrich.store.facts import Guest
from enrich.store.ledger import Terms
from enrich.store.reviews import Finding, ReviewKind
from enrich.touches.invitation import InvitationState
from enrich.work.parts import Parts
from enrich.work.receipts import settled
from enrich.work.resolution import keep_resolution, resolve
from enrich.work.visits import plan_invitations

STILL_COMING = frozenset({ReservationStatus.PENDING, ReservationStatus.CONFIRMED, ReservationStatus.ARRIVED})


@dataclass(frozen=True, slots=True)
class Planned:
    """What was decided and written down in one transaction, before anything is sent."""

    wanted: Desired
    decision: Decision
    write_id: int | None


class Guests:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stores = parts.stores

    def work(self, claim: Claim) -> None:
        with self._stores.database.read() as conn:
            guest = self._stores.facts.load(conn, claim.unit.ref)
        if guest is None or not (guest.facts or guest.client_id):
            with self._stores.database.write() as conn:
                self._stores.due.finish(conn, claim)
            return
        try:
            self._reconcile(claim, guest)
        except GuestGone:
            # The profile was merged away since we found it: found anew once, then it is a dead letter.
            self._reconcile(claim, guest)

    def _reconcile(self, claim: Claim, guest: Guest) -> None:
        resolution = resolve(guest, self._parts.crm)
        planned = self._plan(claim, guest, resolution)
        if _needs_the_profile_itself(planned.decision):
            fresh = self._parts.crm.get(resolution.canonical.client_id)
            resolution = replace(resolution, canonical=fresh)
            planned = self._plan(claim, guest, resolution, believed=True)
        after = resolution.canonical
        if planned.write_id is not None:
            after = self._patch(after, planned.decision.patch, planned.write_id)
        self._settle(claim, guest, resolution, planned, after)

    def _patch(self, profile: Profile, patch: ProfilePatch, write_id: int) -> Profile:
        try:
            return self._parts.crm.patch(profile.client_id, patch)
        except GiveUp:
            with self._stores.database.write() as conn:
                self._stores.ledger.settle(conn, write_id, ReceiptState.REFUSED)
            raise

    def _plan(self, claim: Claim, guest: Guest, resolution: Resolution, *, believed: bool = False) -> Planned:
        """Unless `believed`, what must not rest on a search only comes back for a second look."""
        tables, profile = self._parts.tables, resolution.canonical
        target = profile.client_id
        with self._stores.database.write() as conn:
            self._parts.require_lease(conn, claim, self._parts.pace.call_deadline)
            now = self._parts.now(conn)
            shown = partial(held, tables.catalogue, profile)
            written = settled(conn, self._stores.ledger, target, shown)
            plan_invitations(conn, self._parts, guest, resolution, now)
            wanted = self._desired(conn, guest, now)
            decision = decide(wanted, profile, written, tables.catalogue)
            if _needs_the_profile_itself(decision) and not believed:
                return Planned(wanted, decision, None)
            # Whatever becomes of the write, or if staff or a lost answer's write were first: hosts must know.
            coming = _coming_bookings(guest, self._parts.place_of(guest).business_day(now))
            self._stores.due.mark(conn, coming, now, Urgency.ARRIVING)
            terms = self._terms(guest, now)
            self._stores.ledger.observe(conn, claim, target, decision.observed, terms)
            write_id = None
            if not decision.patch.is_empty:
                write_id = self._stores.ledger.intend(conn, claim, target, decision.changes, terms)
            return Planned(wanted, decision, write_id)

    def _desired(self, conn: Connection, guest: Guest, now: datetime) -> Desired:
        events = [fact.event for fact in guest.facts]
        invitations = self._stores.invitations.of_guest(conn, guest.id)
        return desired(events, invitations, self._parts.tables, self._parts.place_of(guest), now)

    def _terms(self, guest: Guest, now: datetime) -> Terms:
        day = self._parts.place_of(guest).business_day(now)
        return Terms(self._parts.tables.version, day)

    def _settle(
        self, claim: Claim, guest: Guest, resolution: Resolution, planned: Planned, after: Profile
    ) -> None:
        with self._stores.database.write() as conn:
            now = self._parts.now(conn)
            if planned.write_id is not None:
                self._stores.ledger.settle(conn, planned.write_id, ReceiptState.CONFIRMED)
            keep_resolution(conn, self._stores, guest, resolution)
            self._stores.reviews.flag(conn, _findings(guest, after, planned))
            ready = self._ready_invitations(conn, guest, after)
            self._stores.due.mark(conn, [Unit(Kind.SURVEY, ref) for ref in ready], now, Urgency.SURVEY)
            self._stores.due.finish(
                conn, claim, again_at=planned.wanted.valid_until, sent=planned.write_id is not None
            )
        if ready:
            self._parts.doorbell.ring(Kind.SURVEY)

    def _ready_invitations(self, conn: Connection, guest: Guest, after: Profile) -> Sequence[str]:
        """Invitations whose exclusion tag the CRM has just shown us."""
        policy = self._parts.tables.survey
        field = self._parts.tables.catalogue[policy.exclusion_to]
        if policy.exclusion_value not in present(field, after):
            return []
        planned = [
            invitation.ref
            for invitation in self._stores.invitations.of_guest(conn, guest.id)
            if invitation.state is InvitationState.PLANNED
        ]
        for ref in planned:
            self._stores.invitations.move(conn, ref, InvitationState.READY, out_of=[InvitationState.PLANNED])
        return planned


def _needs_the_profile_itself(decision: Decision) -> bool:
    """A search may lag behind: "staff removed it" must not rest on it, nor notes that replace what staff typed."""
    return bool(decision.observed) or decision.patch.notes is not None


def _findings(guest: Guest, profile: Profile, planned: Planned) -> list[Finding]:
    client_id = profile.client_id
    suggestions = [
        Finding(
            ReviewKind.SUGGESTION,
            key=f"{client_id}/{suggestion.field}/{suggestion.value}",
            evidence={
                "field": suggestion.field,
                "ours": suggestion.value,
                "profile": suggestion.standing,
                "rule": suggestion.proposal.provenance.rule,
            },
            guest_id=guest.id,
            target=client_id,
        )
        for suggestion in planned.decision.suggestions
    ]
    unread = [
        Finding(
            ReviewKind.UNREAD,
            key=f"{answer.provenance.fact}/{answer.question}/{answer.why}",
            evidence={"question": answer.question, "text": answer.text, "why": answer.why},
            guest_id=guest.id,
            target=client_id,
        )
        for answer in planned.wanted.unread
    ]
    return suggestions + unread


def _coming_bookings(guest: Guest, today: date) -> list[Unit]:
    """Reservations whose briefing a host has yet to read."""
    begun = {fact.link for fact in guest.facts if isinstance(fact.event, CheckEvent)}
    events = [fact.event for fact in guest.facts]
    return [
        Unit(Kind.RESERVATION, event.key)
        for event in events
        if isinstance(event, ReservationEvent)
        and event.status in STILL_COMING
        and event.date >= today
        and reservation_point(event.reservation_id).key not in begun
    ]
