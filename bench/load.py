"""The load: every delivery of one evening, signed and ready to send, and the senders."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from enrich.demo.clock import speed_for
from enrich.demo.deliveries import Delivery, What, body_of, deliveries, publications
from enrich.demo.evening import Evening, plan
from enrich.demo.players import WRONG_SECRET
from enrich.demo.survey_form import response, token
from enrich.events.relevance import irrelevant_because
from enrich.mapping.table import Tables
from enrich.sandbox.senders import signed_headers
from enrich.sources.contract import Delivery as Arrived
from enrich.sources.contract import Event
from enrich.sources.registry import SOURCES
from enrich.venue_file import Venues

SECONDS = 60.0
"""How long ago the evening began, and how long it took: recent enough for surveys to be sent."""
TIMEOUT = 30.0


@dataclass(slots=True)
class Posted:
    started: float = 0.0
    ended: float = 0.0
    seconds: list[float] = field(default_factory=list)
    """Of each genuine delivery, to its answer."""
    statuses: Counter[int] = field(default_factory=Counter)


def evening_just_over(seed: int, size: int) -> Evening:
    return plan(seed, size, datetime.now(UTC) - timedelta(seconds=SECONDS + 5), speed_for(SECONDS))


def all_deliveries(evening: Evening) -> list[Delivery]:
    """In order of sending. Guests answer last, with their address in the form's hidden field."""
    return [*deliveries(evening), *_answers(evening)]


def orders(evening: Evening) -> dict[str, Any]:
    """What Toast's read API shows when all is over."""
    return {publication.order["guid"]: publication.order for publication in publications(evening)}


def relevant(planned: Sequence[Delivery], venues: Venues, tables: Tables) -> int:
    """Events that tell something new about a guest: each delivery once, in order, by the product's own rules."""
    held: dict[str, Event] = {}
    count = 0
    for event in _events(planned, venues):
        before = held.get(event.key)
        if before is None or event.version >= before.version:
            count += irrelevant_because(before, event, tables.relevant_changes) is None
            held[event.key] = event
    return count


def _events(planned: Sequence[Delivery], venues: Venues) -> Iterator[Event]:
    for delivery in planned:
        connection = venues.connection(delivery.source, delivery.connection)
        if delivery.forged or delivery.repeated or connection is None:
            continue
        source, venue = SOURCES[delivery.source], venues.venues[connection.venue]
        for notice in source.notices(Arrived("", (), delivery.body)):
            yield from source.normalise(notice, venue)


def _answers(evening: Evening) -> Iterator[Delivery]:
    rng, now = Random(f"{evening.seed}:bench"), datetime.now(UTC)
    for house in evening.houses:
        for seat in house.seats:
            if seat.guest.reply:
                told = response(seat.guest.reply, "", now, token(rng))
                told["form_response"]["hidden"] = {"email": seat.guest.email}
                where = house.place.connection("typeform")
                yield Delivery(now, "typeform", where, What.ANSWERED, seat.guest.email, body_of(told))


def request_of(delivery: Delivery, secrets: Mapping[str, str]) -> bytes:
    """The whole HTTP request, so that sending costs little beside what is measured."""
    secret = WRONG_SECRET if delivery.forged else secrets[delivery.connection]
    headers = signed_headers(delivery.source, delivery.body, secret, attempt=delivery.attempt)
    headers |= {"Host": "127.0.0.1", "Content-Length": str(len(delivery.body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    start = f"POST /webhooks/{delivery.source}/{delivery.connection} HTTP/1.1\r\n"
    return f"{start}{lines}\r\n".encode() + delivery.body


async def post_all(port: int, requests: Sequence[tuple[bytes, bool]], senders: int) -> Posted:
    """`requests`: (request, forged) pairs. Each sender has one connection and sends as soon as it was answered."""
    posted, waiting = Posted(started=time.time()), iter(requests)
    async with asyncio.TaskGroup() as group:
        for _ in range(senders):
            group.create_task(_send(port, waiting, posted))
    posted.ended = time.time()
    return posted


async def _send(port: int, waiting: Iterator[tuple[bytes, bool]], posted: Posted) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request, forged in waiting:
        began = time.perf_counter()
        writer.write(request)
        status = await asyncio.wait_for(_answer(reader), TIMEOUT)
        posted.statuses[status] += 1
        if not forged:
            posted.seconds.append(time.perf_counter() - began)
    writer.close()
    await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    await reader.readexactly(int(head.partition("content-length:")[2].split("\r\n", 1)[0]))
    return int(head.split(" ", 2)[1])
