"""The reservation object of SevenRooms as one of our events."""

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import Any

from enrich.events.guest_event import Identifiers, ReservationEvent, ReservationStatus, version_of
from enrich.sources.vendor_value import VendorValue
from enrich.venues import Venue

OCCASIONS = "special occasion"
TIME_FORMATS = ("%H:%M:%S", "%H:%M", "%I:%M %p")

STATUSES = {
    "UNAPPROVED": ReservationStatus.PENDING,
    "PENDING": ReservationStatus.PENDING,
    "BOOKED": ReservationStatus.CONFIRMED,
    "RESERVED": ReservationStatus.CONFIRMED,
    "CONFIRMED": ReservationStatus.CONFIRMED,
    "NO_ANSWER": ReservationStatus.CONFIRMED,  # to the confirmation call; the table is still held
    "ARRIVED": ReservationStatus.ARRIVED,
    "SEATED": ReservationStatus.ARRIVED,
    "PAID": ReservationStatus.COMPLETED,
    "COMPLETE": ReservationStatus.COMPLETED,
    "CANCELED": ReservationStatus.CANCELLED,
    "CANCELLED": ReservationStatus.CANCELLED,
    "NO_SHOW": ReservationStatus.NO_SHOW,
}
# For codes of the venue's own (CUSTOM_STATUS_3). "Incomplete" is every booking still to come, so it says nothing.
SIMPLE_STATUSES = {
    "COMPLETE": ReservationStatus.COMPLETED,
    "CANCELED": ReservationStatus.CANCELLED,
    "CANCELLED": ReservationStatus.CANCELLED,
    "NO SHOW": ReservationStatus.NO_SHOW,
}


def reservation_event(record: Mapping[str, Any], venue: Venue, *, deleted: bool) -> ReservationEvent:
    entity = VendorValue(record)
    reservation_id = entity["id"].identifier()
    updated = entity["updated"].moment()
    return ReservationEvent(
        key=f"sevenrooms/reservation/{reservation_id}",
        version=version_of(updated),
        occurred_at=updated,
        venue=venue.id,
        identifiers=_identifiers(entity, reservation_id),
        reservation_id=reservation_id,
        status=_status(entity),
        date=entity["date"].day(),
        time=_time(entity),
        party_size=entity["max_guests"].whole(),
        channel=entity["booked_by"].text(),
        occasions=tuple(dict.fromkeys(_occasions(entity["tags"]))),
        guest_request=entity["client_requests"].text(),
        deleted=deleted or entity["deleted"].raw not in (None, False, ""),
    )


def entity_type_of(entity: Mapping[str, Any]) -> str | None:
    """Some elements leave out `entity_type`; nothing can be said of an empty entity."""
    if not entity:
        return None
    return "reservation" if "max_guests" in entity or "date" in entity else "client"


def _identifiers(entity: VendorValue, reservation_id: str) -> Identifiers:
    return Identifiers(
        client_id=entity["venue_group_client_id"].text() or entity["client_id"].text(),
        reservation_id=reservation_id,
        email=entity["email"].text(),
        phone=entity["phone_number"].text(),
        first_name=entity["first_name"].text(),
        last_name=entity["last_name"].text(),
    )


def _status(entity: VendorValue) -> ReservationStatus:
    code, simple = entity["status"].text() or "", entity["status_simple"].text() or ""
    return STATUSES.get(code.upper()) or SIMPLE_STATUSES.get(simple.upper(), ReservationStatus.OTHER)


def _time(entity: VendorValue) -> time | None:
    """Venue-local: `19:30:00`, else `7:30 PM` or `19:30`."""
    given = entity["time_slot_iso"] if entity["time_slot_iso"].text() else entity["arrival_time"]
    sent = given.text()
    if sent is None:
        return None
    for form in TIME_FORMATS:
        try:
            return datetime.strptime(sent.strip(), form).time()  # noqa: DTZ007 - a time of day has no zone
        except ValueError:
            continue
    raise given.invalid("should be a time of day")


def _occasions(tags: VendorValue) -> Iterator[str]:
    """Tags come as objects, as lists of parts, or as the same parts joined by `##`; one label may name several."""
    for tag in [tags] if isinstance(tags.raw, str) else tags:
        group, label = _group_and_label(tag)
        if group.strip().casefold() == OCCASIONS:
            yield from filter(None, (name.strip() for name in label.split(",")))


def _group_and_label(tag: VendorValue) -> tuple[str, str]:
    if isinstance(tag.raw, dict):
        names = (tag[key].text() for key in ("tag", "tag_display", "tag_name_display"))
        return tag["group"].text() or tag["group_display"].text() or "", next(filter(None, names), "")
    parts = (tag.text() or "").split("##") if isinstance(tag.raw, str) else [part.text() or "" for part in tag]
    if len(parts) > 1 and parts[-1].startswith("#"):
        parts = parts[:-1]  # the colour
    return (parts[0], parts[-1]) if len(parts) > 1 else ("", "")
