"""Full client and reservation documents as the CRM answers them, from the few values that matter to the caller."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from enrich.sandbox.ids import Kind, mint

Document = dict[str, Any]

VENUE_ID = mint(Kind.VENUE, 1)
VENUE_GROUP_ID = mint(Kind.VENUE_GROUP, 1)
LONG_AGO = datetime(2023, 5, 9, 16, 20, 3, 118402, tzinfo=UTC)

_TEMPLATES = Path(__file__).parent / "templates"
_CLIENT = (_TEMPLATES / "client.json").read_bytes()
_RESERVATION = (_TEMPLATES / "reservation.json").read_bytes()


def stamp(moment: datetime) -> str:
    """UTC without an offset and with microseconds, as the CRM writes `created` and `updated`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def tag_document(group: str, name: str, color: str = "#88a5f5") -> Document:
    return {
        "group": group,
        "group_display": group,
        "tag": name,
        "tag_display": name,
        "color": color,
        "tag_search_query": f"{group}:{name}",
    }


def tag_group_document(name: str, tags: Iterable[str], *, autotag: bool = False, **flags: bool) -> Document:
    """One group of the venue's tag catalogue; the CRM computes the tags of an autotag group itself."""
    standing = {"is_editable": not autotag, "is_deletable": not autotag, "disabled": False, "deleted": None}
    return {
        "id": mint(Kind.VENUE_GROUP, 0, f"tags:{name}"),
        "name": name,
        "name_display": name,
        "tags": list(tags),
        "privacy": "PUBLIC",
        "color_hex": "#88a5f5",
        "domain": "VenueGroupClient",
        "is_autotag": autotag,
        "is_required": False,
        "is_restricted": False,
        "vip": False,
        **standing,
        **flags,
    }


def venue_stats_document(visits: int = 0, spend: Decimal = Decimal(0), last_visit: date | None = None) -> Document:
    return {
        "total_visits": visits,
        "total_covers": visits * 2,
        "total_cancellations": 0,
        "total_noshows": 0,
        "total_spend": float(spend),
        "total_spend_per_visit": _each(spend, visits),
        "total_spend_per_cover": _each(spend, visits * 2),
        "gross_total": float(spend),
        "last_visit_date": last_visit.isoformat() if last_visit else None,
        "avg_rating": None,
        "num_ratings": 0,
        "venue_marketing_optin": False,
        "booked_by_names": ["Website"] if visits else [],
    }


def custom_field_document(system_name: str, value: str, order: int = 0) -> Document:
    return {
        "system_name": system_name,
        "display_order": order,
        "name": system_name.replace("_", " ").capitalize(),
        "value": value,
    }


def client_document(
    client_id: str,
    *,
    email: str | None = None,
    first_name: str = "",
    last_name: str = "",
    phone_number: str | None = None,
    total_visits: int = 0,
    total_spend: Decimal = Decimal(0),
    last_visit: date | None = None,
    tags: Iterable[tuple[str, str]] = (),
    custom_fields: Mapping[str, str] | None = None,
    venue_id: str = VENUE_ID,
    created: datetime = LONG_AGO,
    updated: datetime | None = None,
    **fields: Any,
) -> Document:
    """`fields` are further top-level fields under the CRM's own names, e.g. `email_alt`, `deleted`, `notes`."""
    stats = {venue_id: venue_stats_document(total_visits, total_spend, last_visit)} if total_visits else {}
    known: Document = {
        "id": client_id,
        "venue_group_id": VENUE_GROUP_ID,
        "email": email,
        "first_name": first_name,
        "last_name": last_name,
        "phone_number": phone_number,
        "total_visits": total_visits,
        "total_covers": total_visits * 2,
        "total_spend": float(total_spend),
        "total_spend_per_visit": _each(total_spend, total_visits),
        "total_spend_per_cover": _each(total_spend, total_visits * 2),
        "client_tags": [tag_document(group, name) for group, name in tags],
        "custom_fields": _custom_fields(custom_fields or {}),
        "venue_stats": stats,
        "created": stamp(created),
        "updated": stamp(updated or created),
    }
    return _fill(_CLIENT, known, fields)


def reservation_document(
    reservation_id: str,
    *,
    client: Document | None = None,
    slot: datetime,
    party_size: int = 2,
    tags: Iterable[tuple[str, str]] = (),
    created: datetime = LONG_AGO,
    updated: datetime | None = None,
    **fields: Any,
) -> Document:
    """`slot` is the venue's own time; its offset is dropped, as the CRM does. `client` fills the guest's copy."""
    known: Document = {
        "id": reservation_id,
        "venue_id": VENUE_ID,
        "venue_group_id": VENUE_GROUP_ID,
        "date": slot.date().isoformat(),
        "arrival_time": f"{slot.hour % 12 or 12}:{slot:%M %p}",
        "time_slot_iso": f"{slot:%H:%M:%S}",
        "real_datetime_of_slot": f"{slot:%Y-%m-%d %H:%M:%S}",
        "max_guests": party_size,
        "tags": [tag_document(group, name, "#fdf66e") for group, name in tags],
        "created": stamp(created),
        "updated": stamp(updated or created),
    }
    return _fill(_RESERVATION, known | _guest_copy(client), fields)


def completed(kind: str, document: Document) -> Document:
    """A client or a reservation of which only some fields were given; unknown ones are kept."""
    return _blank(_CLIENT if kind == "client" else _RESERVATION) | document


def _guest_copy(client: Document | None) -> Document:
    if client is None:
        return {}
    # A reservation names two clients; only the venue group's is the profile.
    ids = {"client_id": mint(Kind.VENUE_CLIENT, 0, client["id"]), "venue_group_client_id": client["id"]}
    copied = ("venue_group_id", "first_name", "last_name", "email", "phone_number", "loyalty_tier")
    return ids | {name: client[name] for name in copied}


def _custom_fields(values: Mapping[str, str]) -> list[Document]:
    return [
        custom_field_document(name, value, order) for order, (name, value) in enumerate(values.items(), start=1)
    ]


def _fill(template: bytes, known: Document, fields: Document) -> Document:
    blank = _blank(template)
    if unknown := sorted(fields.keys() - blank.keys()):
        raise TypeError(f"the CRM has no such field: {', '.join(unknown)}")
    return blank | known | fields


def _blank(template: bytes) -> Document:
    blank: Document = orjson.loads(template)
    return blank


def _each(total: Decimal, count: int) -> float:
    return float(round(total / count, 2)) if count else 0.0
