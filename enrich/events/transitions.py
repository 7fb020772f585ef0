"""What changed between two versions of a reservation."""

from enrich.events.guest_event import ReservationEvent

CHANGES = frozenset(
    {
        "created",
        "channel_changed",
        "party_size_increased",
        "occasion_added",
        "status_changed",
        "guest_changed",
        "moved",
        "deleted",
    }
)


def changes(before: ReservationEvent | None, after: ReservationEvent) -> frozenset[str]:
    """Names out of CHANGES. A value that either version leaves out has not changed."""
    if before is None or (before.deleted and not after.deleted):
        return frozenset({"deleted" if after.deleted else "created"})
    happened = {
        "channel_changed": _differ(before.channel, after.channel),
        "party_size_increased": _grew(before.party_size, after.party_size),
        "occasion_added": bool(_folded(after.occasions) - _folded(before.occasions)),
        "status_changed": before.status != after.status,
        "guest_changed": _is_another_guest(before, after),
        "moved": _moved(before, after),
        "deleted": after.deleted and not before.deleted,
    }
    return frozenset(name for name, true in happened.items() if true)


def _differ(before: str | None, after: str | None) -> bool:
    return bool(before and after) and _folded((before or "",)) != _folded((after or "",))


def _grew(before: int | None, after: int | None) -> bool:
    return before is not None and after is not None and after > before


def _folded(values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(value.strip().casefold() for value in values if value.strip())


def _is_another_guest(before: ReservationEvent, after: ReservationEvent) -> bool:
    """By the CRM's id where both versions have one; a corrected address is then still the same guest."""
    old, new = before.identifiers, after.identifiers
    if old.client_id and new.client_id:
        return old.client_id != new.client_id
    return _differ(old.email, new.email)


def _moved(before: ReservationEvent, after: ReservationEvent) -> bool:
    later = before.time is not None and after.time is not None and before.time != after.time
    return later or before.date != after.date or before.venue != after.venue
