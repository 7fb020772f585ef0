"""Reservations as the CRM holds them and as SevenRooms tells of them, in both of its envelopes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from enrich.demo.checks import guid
from enrich.sandbox.documents import reservation_document, stamp, tag_document

Document = dict[str, Any]
STAFF_NOTES = (
    "",
    "",
    "Table 14 if free.",
    "Running late, hold until quarter past \n\n(called 4 pm)",
    "Stroller — needs space  ",
    "Knows the chef; comp a glass of Crémant 🥂",
    "- allergic to long waits\n- likes Paolo's section",
)
CHANNELS = ("Website", "Website", "Google Reserve Integration", "Phone", "OpenTable", "Concierge Desk")


@dataclass(frozen=True, slots=True)
class Booking:
    document: Document
    """As the CRM holds it when the evening begins."""
    booked: datetime
    edits: tuple["Edit", ...]


@dataclass(frozen=True, slots=True)
class Edit:
    at: datetime
    changes: Mapping[str, Any]
    """The fields that are different from then on."""
    relevant: bool


def booking(
    rng: Random,
    reservation_id: str,
    *,
    booked: datetime,
    seated: datetime,
    covers: int,
    client: Document | None,
    **fields: Any,
) -> Booking:
    """`seated` in the venue's own zone. `fields`: what differs from the client's copy, e.g. `email`."""
    document = reservation_document(
        reservation_id,
        client=client,
        slot=seated,
        party_size=covers,
        created=booked,
        booked_by=rng.choice(CHANNELS),
        internal_notes=rng.choice(STAFF_NOTES) or None,
        reference_code=guid(rng)[:7].upper(),
        **fields,
    )
    return Booking(document, booked, tuple(_edits(rng, document, booked, seated)))


def _edits(rng: Random, document: Document, booked: datetime, seated: datetime) -> Iterator[Edit]:
    """Most edits are the staff's own and tell nothing of the guest."""
    count = rng.choices((0, 1, 2), (50, 35, 15))[0]
    for place in range(1, count + 1):
        at = booked + (seated - booked) * place / (count + 1)
        yield _relevant_edit(rng, document, at) if rng.random() < 0.35 else _staff_edit(rng, at)


def _relevant_edit(rng: Random, document: Document, at: datetime) -> Edit:
    if rng.random() < 0.5:
        return Edit(at, {"max_guests": document["max_guests"] + rng.randint(1, 2)}, relevant=True)
    occasion = tag_document("Special Occasion", rng.choice(("Birthday", "Anniversary")), "#fdf66e")
    return Edit(at, {"tags": [*document["tags"], occasion]}, relevant=True)


def _staff_edit(rng: Random, at: datetime) -> Edit:
    table = {"table_numbers": [str(rng.randint(1, 40))]}
    # Our own writes come back as edits too.
    echo = {"internal_notes": "— Briefing (auto) —\n• 3 visits\n— end Briefing —"}
    return Edit(at, rng.choice((table, {"duration": 150}, {"shift_category": "LATE"}, echo)), relevant=False)


def tellings(rng: Random, booking: Booking) -> Iterator[tuple[datetime, Any]]:
    """The bodies SevenRooms sends: the creation, then every edit with all edits before it."""
    document = booking.document
    yield booking.booked, _told(rng, "created", document, booking.booked, [])
    for edit in booking.edits:
        previous = [{"field": name, "previous": document[name]} for name in edit.changes]
        document = {**document, **edit.changes, "updated": stamp(edit.at)}
        yield edit.at, _told(rng, "updated", document, edit.at, previous)


def _told(rng: Random, action: str, document: Document, at: datetime, changes: list[Document]) -> Any:
    """Two envelopes are known: an object with a dotted name, and a list of changes without any id."""
    if rng.random() < 0.5:
        return [{"entity_type": "reservation", "event_type": action, "entity": document, "updates": changes}]
    return {
        "id": f"evt_{guid(rng)}",
        "event": f"reservation.{action}",
        "created_at": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "venue_id": document["venue_id"],
        "venue_group_id": document["venue_group_id"],
        "data": {"reservation": document},
        "changes": changes,
    }
