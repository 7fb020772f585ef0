"""An evening, and the CRM as it must look afterwards, from plain documents."""

import copy
from datetime import UTC, datetime
from functools import cache

from enrich.demo.clock import speed_for
from enrich.demo.compare import Verdict, compare
from enrich.demo.deliveries import What
from enrich.demo.evening import Evening, plan
from enrich.demo.expectation import Wanted, expected
from enrich.demo.record import Record
from enrich.demo.seen import Document, Seen, custom_fields, tags
from enrich.sandbox.documents import custom_field_document, tag_document

START = datetime(2026, 11, 13, 23, 30, tzinfo=UTC)
BRIEFING = ("3 visits", "No dietary needs on record: please ask", "Party of 2")


@cache
def an_evening(seed: int = 1, size: int = 1) -> Evening:
    return plan(seed, size, START, speed_for(75))


def seen_after(evening: Evening) -> Seen:
    book = copy.deepcopy(evening.book)
    clients = {client["id"]: client for client in book["clients"]}
    reservations = {row["id"]: row for row in book["reservations"]}
    outbox = []
    for wanted in expected(evening):
        _enrich(clients[wanted.client_id], wanted)
        row = reservations[wanted.seat.reservation_id]
        row["internal_notes"] = with_block(row["internal_notes"], "Briefing", BRIEFING)
        if wanted.invited:
            outbox.append(a_mail(wanted.seat.guest.email))
    return Seen(clients, reservations, tuple(outbox), (), ())


def played(evening: Evening) -> Record:
    record = Record()
    for seat in evening.seats:
        record.accepted[What.BOOKED, seat.reservation_id] = 0.0
        record.accepted[What.CLOSED, seat.check.order_guid] = 0.0
        if seat.guest.reply:
            record.accepted[What.ANSWERED, seat.guest.email] = 0.0
    return record


def a_mail(to: str) -> Document:
    return {"id": f"mail-{to}", "at": 0.0, "to": [to], "text": "https://venue.example/#guest_ref=inv_1"}


def with_block(text: str | None, name: str, lines: tuple[str, ...]) -> str:
    block = "\n".join([f"— {name} (auto) —", *(f"• {line}" for line in lines), f"— end {name} —"])
    return f"{text}\n{block}" if text else block


def verdict(evening: Evening, seen: Seen, record: Record | None = None) -> Verdict:
    return compare(evening, seen, record or played(evening))


def wrong_rows(found: Verdict) -> set[str]:
    return {row.label for row in found.rows if not row.ok}


def _enrich(client: Document, wanted: Wanted) -> None:
    for tag in sorted(wanted.tags - tags(client)):
        client["client_tags"].append(tag_document(*tag.split(":", 1)))
    values = custom_fields(client) | dict(wanted.custom_fields)
    client["custom_fields"] = [custom_field_document(name, value) for name, value in values.items()]
    if wanted.kitchen:
        client["notes"] = with_block(client["notes"], "Kitchen", wanted.kitchen)
