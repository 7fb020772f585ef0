"""The vendor's JSON and ours. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from enrich.guests.profile import Booking, Profile, ProfilePatch, Tag

Document = Mapping[str, Any]

COLOUR = re.compile(r"#[0-9A-Fa-f]{3,8}")


class AnswerUnreadable(ValueError):
    """The answer is JSON, but not what was asked for; names the place, never the value."""


@dataclass(frozen=True, slots=True)
class Page:
    rows: tuple[Document, ...]
    cursor: str | None
    limit: int | None


def data_of(document: Document) -> Document:
    """The envelope's `data`. One record may also come as the only one of a list."""
    data = _object(document.get("data"), "data")
    results = data.get("results")
    if "id" not in data and isinstance(results, list) and len(results) == 1:
        return _object(results[0], "data.results[0]")
    return data


def page(document: Document) -> Page:
    data = _object(document.get("data"), "data")
    rows = data.get("results")
    if not isinstance(rows, list):
        raise AnswerUnreadable("data.results is not a list")
    cursor, limit = data.get("cursor"), data.get("limit")
    return Page(
        rows=tuple(_object(row, "data.results[]") for row in rows),
        cursor=None if cursor in (None, "") else str(cursor),
        limit=limit if isinstance(limit, int) and limit > 0 else None,
    )


def profile(client: Document) -> Profile:
    return Profile(
        client_id=_identifier(client),
        emails=tuple(filter(None, (_text(client.get("email")), _text(client.get("email_alt"))))),
        phone=_text(client.get("phone_number")) or None,
        first_name=_text(client.get("first_name")),
        last_name=_text(client.get("last_name")),
        visits=_whole(client.get("total_visits")),
        last_visit=_last_visit(client.get("venue_stats")),
        created=moment(client.get("created")),
        tags=frozenset(tags(client.get("client_tags"))),
        notes=_text(client.get("notes")),
        loyalty_tier=_text(client.get("loyalty_tier")) or None,
        custom_fields=_custom_fields(client.get("custom_fields")),
        marketing_opt_in=_flag(client.get("marketing_opt_in")),
        opted_in_at=moment(client.get("marketing_opt_in_ts")),
        opted_out_at=moment(client.get("marketing_opt_out_ts")),
        contact_private=bool(_flag(client.get("is_contact_private"))),
        deleted=is_deleted(client),
    )


def booking(reservation: Document) -> Booking:
    """The profile is the group's (`venue_group_client_id`), where the record names both."""
    return Booking(
        reservation_id=_identifier(reservation),
        client_id=_text(reservation.get("venue_group_client_id")) or _text(reservation.get("client_id")) or None,
        status=_text(reservation.get("status")),
        internal_notes=_text(reservation.get("internal_notes")),
    )


def is_deleted(record: Document) -> bool:
    """`deleted` is null, a stamp, or in some records a boolean."""
    value = record.get("deleted")
    return value.strip().lower() not in ("", "false") if isinstance(value, str) else bool(value)


def patch_body(patch: ProfilePatch) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if patch.add_tags:
        body["client_tags_to_add"] = [str(tag) for tag in patch.add_tags]
    if patch.remove_tags:
        body["client_tags_to_remove"] = [str(tag) for tag in patch.remove_tags]
    if patch.notes is not None:
        body["notes"] = patch.notes
    if patch.loyalty_tier is not None:
        body["loyalty_tier"] = patch.loyalty_tier
    if patch.custom_fields:
        body["custom_fields"] = [{"system_name": n, "value": v} for n, v in patch.custom_fields.items()]
    return body


def texts_of(patch: ProfilePatch) -> frozenset[str]:
    """What a patch says about the guest."""
    names = (tag.name for tag in (*patch.add_tags, *patch.remove_tags))
    values = (patch.notes, patch.loyalty_tier, *patch.custom_fields.values())
    return frozenset((*names, *filter(None, values)))


def note_body(internal_notes: str) -> dict[str, Any]:
    return {"internal_notes": internal_notes}


def tags(value: object) -> Iterator[Tag]:
    """Objects, arrays of parts, or such parts joined by `##`; a label may hold several names, comma-joined."""
    for item in value if isinstance(value, list) else ():
        group, label = _group_and_label(item)
        yield from (Tag(group, name) for part in label.split(",") if (name := part.strip()))


def moment(value: object) -> datetime | None:
    """The vendor's stamps are UTC and mostly say nothing about it."""
    try:
        stamp = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return stamp.replace(tzinfo=UTC) if stamp and stamp.tzinfo is None else stamp


def _group_and_label(item: object) -> tuple[str, str]:
    if isinstance(item, Mapping):
        group = _text(item.get("group")) or _text(item.get("group_display"))
        labels = (_text(item.get(key)) for key in ("tag", "tag_display", "tag_name_display"))
        return group, next(filter(None, labels), "")
    if isinstance(item, str):
        return _from_parts(item.split("##"))
    return _from_parts(item) if isinstance(item, list) else ("", "")


def _from_parts(parts: Iterable[object]) -> tuple[str, str]:
    """Group first, label last but for the colour; how many parts stand between them varies."""
    texts = [_text(part) for part in parts]
    if texts and COLOUR.fullmatch(texts[-1]):
        texts.pop()
    if len(texts) < 2:
        return "", "".join(texts)
    return texts[0], texts[-1]


def _custom_fields(value: object) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(name): str(text) for name, text in value.items() if text is not None}
    rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
    return {
        str(row["system_name"]): str(row["value"])
        for row in rows
        if row.get("system_name") and row.get("value") is not None
    }


def _last_visit(venue_stats: object) -> date | None:
    stats = venue_stats.values() if isinstance(venue_stats, Mapping) else ()
    days = (_day(block.get("last_visit_date")) for block in stats if isinstance(block, Mapping))
    return max(filter(None, days), default=None)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _identifier(record: Document) -> str:
    value = record.get("id")
    if not isinstance(value, str) or not value:
        raise AnswerUnreadable("the record has no id")
    return value


def _object(value: object, place: str) -> Document:
    if not isinstance(value, Mapping):
        raise AnswerUnreadable(f"{place} is not an object")
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
