"""One invitation to a survey: its states, and the mail it becomes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class InvitationState(StrEnum):
    PLANNED = "planned"
    """Waits until the exclusion tag is on the profile."""
    READY = "ready"
    SENDING = "sending"
    """Perhaps sent: repeated only under the provider's idempotency key."""
    SENT = "sent"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Invitation:
    ref: str
    """Opaque; it is what the survey link carries, and the provider's idempotency key."""
    guest_id: str
    visit: str
    """Key of the order the guest paid for."""
    venue: str
    closed_at: datetime
    state: InvitationState
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """A pure function of the invitation and the address, so that a repeat is the same mail."""

    key: str
    to: str
    sender: str
    subject: str
    text: str


def mail_for(invitation: Invitation, *, to: str, sender: str, venue_name: str, form_url: str) -> Mail:
    link = f"{form_url}#guest_ref={invitation.ref}"
    return Mail(
        key=invitation.ref,
        to=to,
        sender=sender,
        subject=f"Your evening at {venue_name}: two quick questions",
        text=(
            f"Thank you for dining at {venue_name}.\n\n"
            "Would you answer two quick questions, so that we know how you like it next time?\n\n"
            f"{link}\n\n"
            "If you would rather not be asked, reply to this mail with the word STOP.\n"
        ),
    )
