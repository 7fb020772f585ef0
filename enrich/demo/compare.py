"""The evening as planned beside the evening as the CRM shows it, row by row."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from enrich.demo.deliveries import What
from enrich.demo.evening import Evening
from enrich.demo.expectation import FEWEST_BULLETS, MOST_BULLETS, Wanted, answers_about, expected
from enrich.demo.guests import INVITED, Answering
from enrich.demo.house import LOYALTY_TAG, TIER_GROUP
from enrich.demo.record import Record
from enrich.demo.seen import Seen, custom_fields, note, recipients, tags

Document = dict[str, Any]
MOST_DIFFERENCES = 20
OWN_FIELDS = frozenset({"client_tags", "custom_fields", "notes", "updated"})
REFUSED = 401


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    expected: str
    seen: str

    @property
    def ok(self) -> bool:
        return self.expected == self.seen


@dataclass(frozen=True, slots=True)
class Verdict:
    rows: tuple[Row, ...]
    differences: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return all(row.ok for row in self.rows)


def compare(evening: Evening, seen: Seen, record: Record) -> Verdict:
    return Verdict(
        tuple(_Comparison(evening, seen, record).rows()),
        tuple(islice(_differences(evening, seen), MOST_DIFFERENCES)),
    )


class _Comparison:
    def __init__(self, evening: Evening, seen: Seen, record: Record) -> None:
        self._evening = evening
        self._seen = seen
        self._record = record
        self._wanted = expected(evening)

    def rows(self) -> Iterator[Row]:
        yield self._all("reservations confirmed and briefed", self._wanted, self._is_briefed)
        yield from self._evening_rows()
        yield from self._answer_rows()
        yield from self._spend_rows()
        yield from self._safety_rows()

    def _evening_rows(self) -> Iterator[Row]:
        invited = [each for each in self._wanted if each.invited]
        mails = mails_by_guest(self._wanted, self._seen)
        others = len(self._seen.outbox) - sum(mails.values())
        closed = [each for each in self._wanted if each.seat.guest.number < INVITED]
        yield self._all("checks closed between 18:00 and 22:00", closed, self._is_closed)
        yield self._all("guests invited to the survey", invited, lambda each: mails[each.client_id] > 0)
        yield _of("guests invited twice", 0, sum(count > 1 for count in mails.values()))
        yield _of(
            "mails to guests who opted out", 0, sum(mails[e.client_id] for e in self._wanted if not e.invited)
        )
        yield _of("mails to anybody else", 0, others)

    def _answer_rows(self) -> Iterator[Row]:
        answering = [each for each in self._wanted if each.seat.guest.reply]
        diet, table, occasion = (
            answers_about(self._wanted, about) for about in (Answering.DIET, Answering.TABLE, Answering.OCCASION)
        )
        yield self._all("answers received", answering, self._has_answered)
        yield self._all("dietary flags", diet, self._has_answer_tags)
        yield self._all("notes for the kitchen", diet, self._has_kitchen_note)
        yield self._all("table preferences", table, self._has_answer_tags)
        yield self._all("celebrations", occasion, self._has_answer_tags)

    def _spend_rows(self) -> Iterator[Row]:
        moving = [each for each in self._wanted if each.seat.guest.moves_to]
        loyal = [each for each in self._wanted if each.loyal]
        yield self._all("spend tiers that change", moving, self._has_tier)
        yield self._all("loyalty flags", loyal, lambda each: LOYALTY_TAG in tags(self._client(each)))
        yield self._all("profiles with spend figures", self._wanted, self._has_figures)

    def _safety_rows(self) -> Iterator[Row]:
        bystanders = [client for house in self._evening.houses for client in house.bystanders]
        duplicates = [seat.profiles.duplicate for seat in self._evening.seats if seat.profiles.duplicate]
        unclear = [booking.document for house in self._evening.houses for booking in house.unclear]
        written = {change["id"] for change in self._seen.changes if change["actor"] != "staff"}
        yield _of("duplicates written to", 0, _written(duplicates, written))
        yield _of("unclear bookings written to", 0, _written(unclear, written))
        yield self._all("profiles exactly as expected", self._wanted, lambda each: not self._wrong(each))
        others = [*bystanders, *duplicates]
        yield _of("other profiles untouched", len(others), sum(self._is_untouched(client) for client in others))
        typed = list(_typed(self._evening, self._seen))
        yield _of("notes with every word of staff", len(typed), sum(before == after for before, after in typed))
        yield self._forged_row()

    def _forged_row(self) -> Row:
        answers = self._record.forged
        trace = sum("forged-" in request["path"] for request in self._seen.requests)
        sent = answers.total()
        return _of("wrong signatures refused, no trace", sent, answers[REFUSED] - trace)

    def _all(self, label: str, wanted: Sequence[Wanted], holds: Callable[[Wanted], bool]) -> Row:
        return _of(label, len(wanted), sum(bool(holds(each)) for each in wanted))

    def _client(self, wanted: Wanted) -> Document:
        return self._seen.clients[wanted.client_id]

    def _is_briefed(self, wanted: Wanted) -> bool:
        given = note(self._seen.reservations[wanted.seat.reservation_id]["internal_notes"])
        booked = (What.BOOKED, wanted.seat.reservation_id) in self._record.accepted
        return booked and given.blocks == 1 and FEWEST_BULLETS <= len(given.lines) <= MOST_BULLETS

    def _is_closed(self, wanted: Wanted) -> bool:
        return (What.CLOSED, wanted.seat.check.order_guid) in self._record.accepted

    def _has_answered(self, wanted: Wanted) -> bool:
        return (What.ANSWERED, wanted.seat.guest.email) in self._record.accepted

    def _has_answer_tags(self, wanted: Wanted) -> bool:
        return wanted.answered_tags <= tags(self._client(wanted))

    def _has_kitchen_note(self, wanted: Wanted) -> bool:
        return tuple(sorted(note(self._client(wanted)["notes"]).lines)) == wanted.kitchen

    def _has_tier(self, wanted: Wanted) -> bool:
        tiers = {tag for tag in tags(self._client(wanted)) if tag.startswith(f"{TIER_GROUP}:")}
        return tiers == {wanted.tier_tag}

    def _has_figures(self, wanted: Wanted) -> bool:
        return wanted.custom_fields.items() <= custom_fields(self._client(wanted)).items()

    def _wrong(self, wanted: Wanted) -> list[str]:
        return wrong_fields(wanted, self._client(wanted))

    def _is_untouched(self, client: Document) -> bool:
        return self._seen.clients[client["id"]] == client


def wrong_fields(wanted: Wanted, found: Document) -> list[str]:
    """Names of the fields of a guest's profile that are not as they must be."""
    before = wanted.seat.profiles.canonical
    text = note(found["notes"])
    checks = {
        "client_tags": tags(found) == tags(before) | wanted.tags,
        "custom_fields": custom_fields(found) == {**custom_fields(before), **wanted.custom_fields},
        "notes": text.typed == (before["notes"] or "") and tuple(sorted(text.lines)) == wanted.kitchen,
    }
    others = (name for name in before.keys() - OWN_FIELDS if found.get(name) != before[name])
    return sorted([*(name for name, right in checks.items() if not right), *others])


def mails_by_guest(wanted: Iterable[Wanted], seen: Seen) -> Counter[str]:
    """How many invitations reached each guest, by canonical profile."""
    owner = {each.seat.guest.email: each.client_id for each in wanted}
    return Counter(owner[to] for mail in seen.outbox for to in recipients(mail) if to in owner)


def _differences(evening: Evening, seen: Seen) -> Iterator[str]:
    for wanted in expected(evening):
        found = seen.clients[wanted.client_id]
        for name in wrong_fields(wanted, found):
            yield f"{wanted.client_id} {name}: {_told(name, wanted, found)}"
    for house in evening.houses:
        others = [*house.bystanders, *(seat.profiles.duplicate for seat in house.seats if seat.profiles.duplicate)]
        for client in others:
            changed = [name for name in client if seen.clients[client["id"]][name] != client[name]]
            yield from (f"{client['id']} {name}: changed, should be untouched" for name in changed)
    for seat in evening.seats:
        if note(seen.reservations[seat.reservation_id]["internal_notes"]).blocks != 1:
            yield f"{seat.reservation_id} internal_notes: no briefing"


def _told(name: str, wanted: Wanted, found: Document) -> str:
    before = wanted.seat.profiles.canonical
    if name == "client_tags":
        should, has = tags(before) | wanted.tags, tags(found)
        return f"missing {sorted(should - has)}, too many {sorted(has - should)}"
    if name == "custom_fields":
        return f"should hold {dict(wanted.custom_fields)}, holds {custom_fields(found)}"
    if name == "notes":
        return f"should hold {list(wanted.kitchen)}, holds {list(note(found['notes']).lines)}"
    return "changed, should be untouched"


def _typed(evening: Evening, seen: Seen) -> Iterator[tuple[str, str]]:
    """What staff had typed, before and after, in profiles and in reservations."""
    for house in evening.houses:
        for client in house.clients:
            yield client["notes"] or "", note(seen.clients[client["id"]]["notes"]).typed
        for booking in house.bookings:
            after = seen.reservations[booking.document["id"]]["internal_notes"]
            yield booking.document["internal_notes"] or "", note(after).typed


def _written(documents: Iterable[Mapping[str, Any]], written: set[str]) -> int:
    return sum(document["id"] in written for document in documents)


def _of(label: str, wanted: int, found: int) -> Row:
    return Row(label, f"{wanted}", f"{found}")
