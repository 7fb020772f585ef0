"""Whether an invitation to the survey goes out: decided when it is planned and again just before sending."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from enrich.events.guest_event import CheckState
from enrich.guests.consent import Consent
from enrich.identity.normalise import Standing
from enrich.touches.policy import SurveyPolicy


class Reason(StrEnum):
    ALREADY_SENT = "already_sent"
    REPLAY = "replay"
    OPTED_OUT = "opted_out"
    CONSENT_UNKNOWN = "consent_unknown"
    VOIDED = "voided"
    ZERO_SPEND = "zero_spend"
    NOT_DINE_IN = "not_dine_in"
    NO_ADDRESS = "no_address"
    SHARED_ADDRESS = "shared_address"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Send:
    pass


@dataclass(frozen=True, slots=True)
class Hold:
    until: datetime
    """When to decide again."""


@dataclass(frozen=True, slots=True)
class Suppress:
    """Never for this visit."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Expire:
    """Planned in time, not sent in time: the exclusion tag goes and the CRM's own follow-up takes over."""


Decision = Send | Hold | Suppress | Expire


@dataclass(frozen=True, slots=True)
class Invitation:
    """What is known about one visit and its guest at the moment of deciding."""

    closed_at: datetime
    """The first of paid and closed."""
    heard_at: datetime
    """When we learned of it."""
    state: CheckState
    spend: Decimal
    dine_in: bool
    consent: Consent
    standing: Standing | None
    """Of the address it would go to; None without one."""
    exclusion_confirmed: bool
    already_sent: bool = False
    replayed: bool = False


def gate(
    invitation: Invitation,
    policy: SurveyPolicy,
    now: datetime,
    *,
    expires_after: float,
    look_again_after: float = 15.0,
) -> Decision:
    """Both durations in seconds. A reopened check and an unconfirmed exclusion tag are waited for."""
    expiry = invitation.closed_at + timedelta(seconds=expires_after)
    if reason := _against(invitation, policy, expiry):
        return Suppress(reason)
    if now >= expiry:
        return Expire()
    if invitation.state is CheckState.OPEN or not invitation.exclusion_confirmed:
        return Hold(min(now + timedelta(seconds=look_again_after), expiry))
    return Send()


def _against(invitation: Invitation, policy: SurveyPolicy, expiry: datetime) -> Reason | None:
    """The first that applies; the guest's own word comes before every circumstance."""
    objections = (
        (Reason.ALREADY_SENT, invitation.already_sent),
        (Reason.REPLAY, invitation.replayed),
        (Reason.OPTED_OUT, invitation.consent is Consent.OPTED_OUT),
        (Reason.VOIDED, invitation.state in (CheckState.VOIDED, CheckState.IGNORED)),
        (Reason.ZERO_SPEND, invitation.state is not CheckState.OPEN and invitation.spend <= 0),
        (Reason.NOT_DINE_IN, policy.dine_in_only and not invitation.dine_in),
        (Reason.NO_ADDRESS, invitation.standing in (None, Standing.PLACEHOLDER)),
        (Reason.SHARED_ADDRESS, invitation.standing in (Standing.ROLE, Standing.RELAY)),
        (Reason.CONSENT_UNKNOWN, invitation.consent is Consent.UNKNOWN and not policy.ask_when_consent_unknown),
        (Reason.LATE, invitation.heard_at >= expiry),
    )
    return next((reason for reason, applies in objections if applies), None)
