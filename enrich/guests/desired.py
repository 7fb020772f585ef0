"""What a guest's facts say the profile should hold: a pure function of facts, tables and the day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from enrich.events.guest_event import CheckEvent, ReservationEvent, SurveyEvent
from enrich.mapping.engine import read_survey
from enrich.mapping.reading import Proposal, Provenance, Unread
from enrich.mapping.table import Tables
from enrich.touches.invitation import Invitation, InvitationState
from enrich.visits.spend import spend_of, spend_proposals

CLOSE_OUT = time(4, 0)
"""When a venue's business day ends unless its POS says otherwise."""

STILL_EXCLUDED = frozenset({InvitationState.PLANNED, InvitationState.READY, InvitationState.SENDING})


@dataclass(frozen=True, slots=True)
class Desired:
    """`fields`: catalogue field → what it should hold, each value with its reason."""

    fields: Mapping[str, tuple[Proposal, ...]] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()
    valid_until: datetime | None = None
    """When it changes without news: a check leaves the window, an exclusion ends."""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose day and money the figures are in."""

    zone: ZoneInfo
    currency: str

    def business_day(self, now: datetime) -> date:
        local = now.astimezone(self.zone)
        return local.date() - timedelta(days=local.time() < CLOSE_OUT)

    def start_of(self, day: date) -> datetime:
        return datetime.combine(day, CLOSE_OUT, tzinfo=self.zone).astimezone(UTC)


Event = ReservationEvent | CheckEvent | SurveyEvent


def desired(
    events: Iterable[Event], invitations: Iterable[Invitation], tables: Tables, place: Place, now: datetime
) -> Desired:
    events = list(events)
    readings = [read_survey(event, tables) for event in events if isinstance(event, SurveyEvent)]
    checks = [event for event in events if isinstance(event, CheckEvent)]
    spend, spend_until = _spend(checks, tables, place, now)
    exclusion, excluded_until = _exclusion(invitations, tables, now)
    said = [proposal for reading in readings for proposal in reading.proposals]
    moments = [moment for moment in (spend_until, excluded_until) if moment]
    return Desired(
        fields=_by_field([*said, *spend, *exclusion]),
        unread=tuple(unread for reading in readings for unread in reading.unread),
        valid_until=min(moments, default=None),
    )


def _spend(
    checks: Sequence[CheckEvent], tables: Tables, place: Place, now: datetime
) -> tuple[Sequence[Proposal], datetime | None]:
    if not checks:
        return (), None
    summary = spend_of(checks, tables.spend, place.business_day(now), place.currency)
    latest = max(checks, key=lambda check: (check.occurred_at, check.key))
    provenance = Provenance(latest.key, latest.occurred_at, "spend:rolling")
    until = place.start_of(summary.changes_on) if summary.changes_on else None
    return spend_proposals(summary, tables.spend, provenance), until


def _exclusion(
    invitations: Iterable[Invitation], tables: Tables, now: datetime
) -> tuple[Sequence[Proposal], datetime | None]:
    """The tag that keeps the CRM's own follow-up away while, and for a while after, we ask ourselves."""
    policy = tables.survey
    live = [
        invitation
        for invitation in invitations
        if invitation.state in STILL_EXCLUDED or (invitation.sent_at and invitation.sent_at + policy.lasting > now)
    ]
    if not live:
        return (), None
    reasons = [
        Proposal(
            policy.exclusion_to,
            policy.exclusion_value,
            Provenance(invitation.visit, invitation.closed_at, "survey:exclusion"),
        )
        for invitation in live
    ]
    ends = [invitation.sent_at + policy.lasting for invitation in live if invitation.sent_at]
    return reasons[:1], max(ends, default=None)


def _by_field(proposals: Iterable[Proposal]) -> Mapping[str, tuple[Proposal, ...]]:
    """One proposal for each value; where several facts say the same, the first one is the reason."""
    fields: dict[str, dict[str, Proposal]] = {}
    for proposal in sorted(proposals, key=_age):
        if proposal.value.strip():
            fields.setdefault(proposal.field, {}).setdefault(proposal.value, proposal)
    return {name: tuple(values.values()) for name, values in fields.items()}


def _age(proposal: Proposal) -> tuple[datetime, str, str, str]:
    provenance = proposal.provenance
    return provenance.occurred_at, provenance.fact, proposal.field, proposal.value
