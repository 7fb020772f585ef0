"""The CRM's client search, with the traps measured on a live account: what is no filter is ignored in silence."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping

from enrich.sandbox.answers import ApiError
from enrich.sandbox.book import Book
from enrich.sandbox.documents import Document

DEFAULT_LIMIT = 50
MAXIMUM_LIMIT = 400

_PHONE = re.compile(r"\+?[\d\s().-]{7,}")


def search(book: Book, query: Mapping[str, str]) -> Document:
    """`data` of the answer: one page."""
    rows = _rows(book, query)
    limit, start = _limit(query.get("limit", "")), _start(query.get("cursor"))
    page = rows[start : start + limit]
    more = start + limit < len(rows)
    return {"results": page, "cursor": _cursor(start + limit) if more else None, "limit": limit}


def _rows(book: Book, query: Mapping[str, str]) -> list[Document]:
    email = query.get("email", "")
    rows: Iterable[Document] = book.with_email(email) if "@" in email else book.clients.values()
    tests = [make(query[name]) for name, make in _FILTERS.items() if query.get(name)]
    return [row for row in rows if all(test(row) for test in tests)]


def _by_phone(value: str) -> Callable[[Document], bool]:
    if not _PHONE.fullmatch(value.strip()):
        return _everyone
    wanted = _last_nine(value)
    return lambda row: wanted in (_last_nine(row["phone_number"]), _last_nine(row["phone_number_alt"]))


def _by_name(value: str) -> Callable[[Document], bool]:
    if "@" in value or value.strip().isdigit():
        return _everyone
    wanted = value.strip().lower()
    return lambda row: wanted in f"{row['first_name'] or ''} {row['last_name'] or ''}".lower()


def _by_venue_group(value: str) -> Callable[[Document], bool]:
    return lambda row: bool(row["venue_group_id"] == value)


_FILTERS: dict[str, Callable[[str], Callable[[Document], bool]]] = {
    "phone": _by_phone,
    "name": _by_name,
    "venue_group_id": _by_venue_group,
}


def _everyone(row: Document) -> bool:
    return True


def _last_nine(phone: str | None) -> str:
    return re.sub(r"\D", "", phone or "")[-9:]


def _limit(value: str) -> int:
    return min(int(value), MAXIMUM_LIMIT) if value.isdecimal() and int(value) else DEFAULT_LIMIT


def _cursor(start: int) -> str:
    return base64.urlsafe_b64encode(f"after:{start}".encode()).decode()


def _start(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor).removeprefix(b"after:"))
    except (ValueError, binascii.Error) as problem:
        raise ApiError(400, "invalid_cursor", "this cursor was never given out") from problem
