"""How long everything took: from a vendor's first attempt to the change in the CRM that shows it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from enrich.demo.checks import Fate
from enrich.demo.deliveries import What
from enrich.demo.evening import Evening
from enrich.demo.expectation import Wanted, expected
from enrich.demo.guests import Answering
from enrich.demo.house import TOTAL_FIELD
from enrich.demo.record import Record
from enrich.demo.seen import Document, Seen, custom_fields, recipients

Shows = Callable[[Document], bool]
CRM_PREFIX = "/api-yoa/"
NOTED, SPENT, INVITED, ENRICHED = (
    "reservation → briefing",
    "check close → spend",
    "check close → invitation",
    "answer → profile",
)
BY_HAND = {NOTED: "same day", SPENT: "48–72 h", INVITED: "4–24 h", ENRICHED: "1–5 days"}
AUTOMATED = {NOTED: "real-time", SPENT: "3–5 min", INVITED: "15 min", ENRICHED: "10–15 min"}


@dataclass(frozen=True, slots=True)
class Sample:
    kind: str
    sent: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Spread:
    kind: str
    count: int
    p50: float
    p95: float
    most: float


@dataclass(frozen=True, slots=True)
class Calls:
    total: int
    writes: int
    per_delivery: float
    per_relevant_event: float


def samples(evening: Evening, seen: Seen, record: Record) -> list[Sample]:
    return list(_Timeline(evening, seen, record).samples())


def spreads(found: Sequence[Sample]) -> Iterator[Spread]:
    for kind in BY_HAND:
        seconds = sorted(sample.seconds for sample in found if sample.kind == kind)
        if seconds:
            yield Spread(kind, len(seconds), percentile(seconds, 50), percentile(seconds, 95), seconds[-1])


def percentile(ordered: Sequence[float], share: int) -> float:
    """Nearest rank."""
    return ordered[max(0, ceil(len(ordered) * share / 100) - 1)]


def calls(evening: Evening, seen: Seen, record: Record) -> Calls:
    """A relevant event gives us something to write: a booking, an edit that matters, a check, an answer."""
    asked = [request for request in seen.requests if request["path"].startswith(CRM_PREFIX)]
    writes = sum(_verb(request) == "PATCH" for request in asked)
    relevant = sum(1 for _ in _relevant(evening, record))
    received = record.statuses.total()
    return Calls(len(asked), writes, len(asked) / max(1, received), len(asked) / max(1, relevant))


def _relevant(evening: Evening, record: Record) -> Iterator[object]:
    for house in evening.houses:
        for booking in house.bookings:
            yield booking
            yield from (edit for edit in booking.edits if edit.relevant)
        for seat in house.seats:
            yield from (seat.check, *seat.guest.earlier)
    yield from (key for key in record.accepted if key[0] is What.ANSWERED)


def _verb(request: Document) -> str:
    return str(request.get("verb") or request.get("method"))


class _Timeline:
    def __init__(self, evening: Evening, seen: Seen, record: Record) -> None:
        self._wanted = expected(evening)
        self._sent = record.first_sent
        self._mails = {to: mail["at"] for mail in seen.outbox for to in recipients(mail)}
        self._changes: dict[str, list[Document]] = {}
        for change in seen.changes:
            if change["actor"] != "staff":
                self._changes.setdefault(change["id"], []).append(change)

    def samples(self) -> Iterator[Sample]:
        for wanted in self._wanted:
            yield from self._noted(wanted)
            yield from self._spent(wanted)
            yield from self._invited(wanted)
            yield from self._enriched(wanted)

    def _noted(self, wanted: Wanted) -> Iterator[Sample]:
        booking = wanted.seat.reservation_id
        told = [(What.BOOKED, booking), (What.EDITED, booking)]
        yield from self._first(NOTED, told, booking, lambda change: True)

    def _spent(self, wanted: Wanted) -> Iterator[Sample]:
        if wanted.seat.check.fate is not Fate.USUAL:
            return
        total = wanted.custom_fields[TOTAL_FIELD]
        yield from self._first(
            SPENT, self._closing(wanted), wanted.client_id, lambda change: _fields_after(change) == total
        )

    def _invited(self, wanted: Wanted) -> Iterator[Sample]:
        sent, mailed = self._earliest(self._closing(wanted)), self._mails.get(wanted.seat.guest.email)
        if sent is not None and mailed is not None:
            yield Sample(INVITED, sent, mailed - sent)

    def _enriched(self, wanted: Wanted) -> Iterator[Sample]:
        reply, about = wanted.seat.guest.reply, [(What.ANSWERED, wanted.seat.guest.email)]
        if reply is None or reply.about is Answering.RATING:
            return
        yield from self._first(ENRICHED, about, wanted.client_id, lambda change: _shows_answer(change, wanted))

    def _closing(self, wanted: Wanted) -> list[tuple[What, str]]:
        order = wanted.seat.check.order_guid
        return [(What.PAID, order), (What.CLOSED, order)]

    def _earliest(self, keys: Iterable[tuple[What, str]]) -> float | None:
        return min((self._sent[key] for key in keys if key in self._sent), default=None)

    def _first(self, kind: str, keys: Iterable[tuple[What, str]], about: str, shows: Shows) -> Iterator[Sample]:
        sent = self._earliest(keys)
        if sent is None:
            return
        later = (change for change in self._changes.get(about, ()) if change["at"] >= sent and shows(change))
        if change := next(later, None):
            yield Sample(kind, sent, change["at"] - sent)


def _fields_after(change: Document) -> str | None:
    before_after = change["fields"].get("custom_fields")
    return custom_fields({"custom_fields": before_after[1]}).get(TOTAL_FIELD) if before_after else None


def _shows_answer(change: Document, wanted: Wanted) -> bool:
    return "notes" in change["fields"] or bool(wanted.answered_tags & set(change.get("tags_added", ())))
