"""Keys that lead from what a notice says to a guest, the most trustworthy first."""

from dataclasses import dataclass

from enrich.events.guest_event import Identifiers
from enrich.identity.normalise import Standing, mailbox_key, normalise_email, standing


@dataclass(frozen=True, slots=True)
class ContactPoint:
    key: str
    shown_as: str | None = None
    """The address to write to or search with; the key may have lost a tag or dots."""
    may_create: bool = False
    """Whether a guest nobody knows yet may begin with it; otherwise it only leads to a known one."""


def ladder(identifiers: Identifiers) -> tuple[ContactPoint, ...]:
    """Our own reference, the booking, the mailbox, the CRM's id. Shared and made-up addresses are no rung."""
    rungs = (
        _rung("invitation", identifiers.invitation),
        _rung("reservation", identifiers.reservation_id),
        email_point(identifiers.email),
        _rung("client", identifiers.client_id, may_create=True),
    )
    return tuple(rung for rung in rungs if rung)


def email_point(raw: str | None) -> ContactPoint | None:
    address, key = normalise_email(raw), mailbox_key(raw)
    if address is None or key is None or standing(address) is not Standing.PERSONAL:
        return None
    return ContactPoint(f"email:{key}", address, may_create=True)


def reservation_point(reservation_id: str) -> ContactPoint:
    return ContactPoint(f"reservation:{reservation_id}")


def invitation_point(ref: str) -> ContactPoint:
    return ContactPoint(f"invitation:{ref}")


def _rung(kind: str, value: str | None, *, may_create: bool = False) -> ContactPoint | None:
    return ContactPoint(f"{kind}:{value}", value, may_create) if value else None
