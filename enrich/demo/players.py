"""Everybody outside: vendors that send and retry, guests that answer their mail, and trouble on order."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx

from enrich.demo.clock import EveningClock
from enrich.demo.deliveries import DUPLICATES, Delivery, Publication, What, body_of, deliveries, publications
from enrich.demo.evening import Evening
from enrich.demo.guests import Guest
from enrich.demo.record import Record
from enrich.demo.seen import guest_ref, recipients
from enrich.demo.survey_form import response, token
from enrich.sandbox.senders import signed_headers

Document = dict[str, Any]
AT_ONCE = 24
"""Deliveries in flight, over all vendors."""
PATIENCE = 90.0
"""Real seconds a vendor goes on trying; its hours, compressed like the evening."""
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 3.0
TIMEOUT = 3.0
LOOKS_AT_MAIL_EVERY = 0.3
"""Seconds, with one venue; a fuller outbox is read less often."""
WRONG_SECRET = "not-the-secret"  # noqa: S105
THROTTLED, FAILING = 19 * 60 + 40, 20 * 60 + 40
"""Minutes of the evening at which the CRM refuses, and at which it breaks."""


@dataclass(frozen=True, slots=True)
class Addresses:
    door: str
    sandbox: str


@dataclass(slots=True)
class Stage:
    """What all players share."""

    secrets: Mapping[str, str]
    """Signing secret by connection."""
    record: Record
    door: httpx.AsyncClient
    sandbox: httpx.AsyncClient
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))


@asynccontextmanager
async def stage(addresses: Addresses, secrets: Mapping[str, str], record: Record) -> AsyncIterator[Stage]:
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with (
        httpx.AsyncClient(base_url=addresses.door, timeout=TIMEOUT, limits=limits, trust_env=False) as door,
        httpx.AsyncClient(base_url=addresses.sandbox, timeout=TIMEOUT, trust_env=False) as sandbox,
    ):
        yield Stage(secrets, record, door, sandbox)


async def play(on: Stage, evening: Evening, last_answer_within: float) -> None:
    """Until everything is sent and everybody who was asked and answers has answered, or has waited too long."""
    till = Till(on, publications(evening))
    async with asyncio.TaskGroup() as group:
        group.create_task(till.play())
        group.create_task(_vendors(on, deliveries(evening), till))
        group.create_task(Guests(on, evening).play(last_answer_within))
        group.create_task(_trouble(on, evening.clock))


class Till:
    """Keeps what Toast's read API shows in step with the evening."""

    def __init__(self, on: Stage, planned: Sequence[Publication]) -> None:
        self._on = on
        self._planned = planned
        self._shown = {publication.key: asyncio.Event() for publication in planned}

    async def play(self) -> None:
        for publication in self._planned:
            await _until(publication.at)
            path = f"/sandbox/toast/orders/{publication.order['guid']}"
            await asked(self._on.sandbox, "PUT", path, publication.order)
            self._shown[publication.key].set()

    async def shows(self, key: str) -> None:
        await self._shown[key].wait()


async def _vendors(on: Stage, planned: Iterable[Delivery], till: Till) -> None:
    async with asyncio.TaskGroup() as group:
        for delivery in planned:
            await _until(delivery.at)
            group.create_task(_deliver(on, delivery, till))


async def _deliver(on: Stage, delivery: Delivery, till: Till) -> None:
    if delivery.shown:
        await till.shows(delivery.shown)
    await send(on, delivery)


async def send(on: Stage, delivery: Delivery) -> None:
    """Again after a timeout, a cut connection and a 5xx, as the vendors do; every other answer is final."""
    give_up, pause = time.monotonic() + PATIENCE, FIRST_PAUSE
    attempt = delivery.attempt
    while True:
        async with on.turn:
            status = await _attempt(on, delivery, attempt)
        if status is not None and status < 500 and status != httpx.codes.TOO_MANY_REQUESTS:
            return
        if time.monotonic() > give_up:
            on.record.abandoned += 1
            return
        on.record.retries += 1
        await asyncio.sleep(pause)
        attempt, pause = attempt + 1, min(pause * 2, LONGEST_PAUSE)


async def _attempt(on: Stage, delivery: Delivery, attempt: int) -> int | None:
    secret = WRONG_SECRET if delivery.forged else on.secrets[delivery.connection]
    headers = signed_headers(delivery.source, delivery.body, secret, attempt=attempt)
    began = time.time()
    on.record.sending(delivery, began)
    try:
        path = f"/webhooks/{delivery.source}/{delivery.connection}"
        answer = await on.door.post(path, content=delivery.body, headers=headers)
    except httpx.TransportError:
        return None
    on.record.answered(delivery, answer.status_code, began, time.time())
    return answer.status_code


class Guests:
    """They wait for the invitation, take the reference out of its link, think, and answer."""

    def __init__(self, on: Stage, evening: Evening) -> None:
        self._on = on
        self._rng = Random(f"{evening.seed}:answers")  # noqa: S311
        self._asked = {
            seat.guest.email: (seat.guest, house.place.connection("typeform"))
            for house in evening.houses
            for seat in house.seats
            if seat.guest.reply
        }
        self._pause = LOOKS_AT_MAIL_EVERY * len(evening.houses) ** 0.5
        self._last_mail = max(seat.check.closed for seat in evening.seats)

    async def play(self, patience: float) -> None:
        """`patience`: real seconds after the last check within which the last mail must have come."""
        async with asyncio.TaskGroup() as group:
            while self._asked and datetime.now(UTC).timestamp() < self._last_mail.timestamp() + patience:
                for mail in await self._outbox():
                    for guest, connection, reference in self._newly_invited(mail):
                        group.create_task(self._answer(guest, connection, reference))
                await asyncio.sleep(self._pause)

    async def _outbox(self) -> list[Document]:
        answer = await asked(self._on.sandbox, "GET", "/sandbox/outbox")
        mails: list[Document] = answer.json()["outbox"]
        return mails

    def _newly_invited(self, mail: Document) -> Iterable[tuple[Guest, str, str]]:
        reference = guest_ref(mail)
        for address in recipients(mail) if reference else ():
            if found := self._asked.pop(address, None):
                yield *found, reference or ""

    async def _answer(self, guest: Guest, connection: str, reference: str) -> None:
        assert guest.reply  # noqa: S101 - only those who answer are asked
        twice, name = self._rng.random() < DUPLICATES, token(self._rng)
        await asyncio.sleep(guest.reply.thinks_for)
        now = datetime.now(UTC)
        body = body_of(response(guest.reply, reference, now, name))
        answer = Delivery(now, "typeform", connection, What.ANSWERED, guest.email, body)
        for _ in range(2 if twice else 1):
            await send(self._on, answer)


async def _trouble(on: Stage, clock: EveningClock) -> None:
    """A spell in which the CRM asks us to slow down, and one in which each write fails once."""
    slow_down = {"kind": "status", "path": "/api-yoa/", "status": 429, "retry_after": "1", "for_seconds": 2.0}
    break_once = {"kind": "status", "method": "PATCH", "status": 500, "each": "id", "for_seconds": 5.0}
    for minute, fault in ((THROTTLED, slow_down), (FAILING, break_once)):
        await _until(clock.at(minute))
        await asked(on.sandbox, "POST", "/sandbox/faults", fault)


async def asked(http: httpx.AsyncClient, method: str, path: str, body: Document | None = None) -> httpx.Response:
    """Of the sandbox itself, which may be starting again just now."""
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            answer = await http.request(method, path, json=body)
            answer.raise_for_status()
            return answer
        except (httpx.TransportError, httpx.HTTPStatusError):
            if time.monotonic() > give_up:
                raise
            await asyncio.sleep(FIRST_PAUSE)


async def _until(instant: datetime) -> None:
    await asyncio.sleep(max(0.0, (instant - datetime.now(UTC)).total_seconds()))
