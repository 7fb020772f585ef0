"""POST /webhooks/{source}/{connection}. Status codes are chosen for what the vendors do with them.

2xx after the commit; 401 for what does not prove genuine, unknown connections included, since a 404 or 410
makes Typeform switch a webhook off; 413 and 415 for what is never stored; 503 for every trouble of our own.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from enrich.due.doorbell import Doorbell
from enrich.due.unit import Kind
from enrich.errors import (
    DeliveryMalformed,
    DeliveryTooLarge,
    Quarantined,
    Refused,
    SourceUnknown,
    StoreUnavailable,
)
from enrich.ingress.group_commit import GroupCommit
from enrich.sources.contract import Delivery, Source
from enrich.store.inbox import Acceptance, Received
from enrich.telemetry.metrics import ANSWER_SECONDS, RECEIVED, REFUSED
from enrich.venue_file import Venues
from enrich.venues import Connection

log = structlog.get_logger()

KEPT_HEADERS = frozenset({"content-type", "user-agent", "toast-attempt-number", "toast-event-type"})
"""What is stored of a delivery's headers: never a signature or a credential."""


class Door:
    """`answer_within`: seconds for everything from the first byte to the answer."""

    def __init__(
        self,
        *,
        sources: Mapping[str, Source],
        venues: Venues,
        commits: GroupCommit,
        doorbell: Doorbell,
        now: Callable[[], datetime],
        answer_within: float,
    ) -> None:
        self._sources = sources
        self._venues = venues
        self._commits = commits
        self._doorbell = doorbell
        self._now = now
        self._answer_within = answer_within

    async def receive(self, request: Request) -> Response:
        started = time.monotonic()
        source = str(request.path_params.get("source", ""))
        label = source if source in self._sources else "unknown"
        try:
            async with asyncio.timeout(self._answer_within):
                acceptance = await self._accept(request, source)
        except Refused as refusal:
            return _refused(label, refusal)
        except ClientDisconnect:
            REFUSED.labels(label, "hung_up").inc()
            return _problem(400, "hung_up", "The delivery ended before its last byte.")
        except (StoreUnavailable, TimeoutError):
            REFUSED.labels(label, "store_unavailable").inc()
            log.error("not_stored", source=label)
            return _problem(503, "store_unavailable", "The delivery was not stored. Please send it again.")
        finally:
            ANSWER_SECONDS.labels(label).observe(time.monotonic() - started)
        RECEIVED.labels(label, acceptance).inc()
        if acceptance is Acceptance.NEW:
            self._doorbell.ring(Kind.DELIVERY)
        return JSONResponse({"status": acceptance}, 202 if acceptance is Acceptance.NEW else 200)

    async def refuse(self, request: Request) -> Response:
        """Every other address and method below /webhooks."""
        return _refused("unknown", SourceUnknown("no such webhook address"))

    async def _accept(self, request: Request, name: str) -> Acceptance:
        source = self._sources.get(name)
        connection = self._venues.connection(name, str(request.path_params.get("connection", "")))
        if source is None or connection is None:
            raise SourceUnknown("no such webhook address")
        body = await _body(request, connection.max_body_bytes)
        delivery = Delivery(str(request.url), _headers(request), body)
        return await self._commits.record(self._verified(source, connection, delivery))

    def _verified(self, source: Source, connection: Connection, delivery: Delivery) -> Received:
        """The delivery as it will be stored: genuine, and quarantined if we can make nothing of it."""
        secrets = [secret.get_secret_value().encode() for secret in connection.secrets]
        quarantine: str | None = None
        key: str | None = None
        try:
            source.verify(delivery, secrets, self._now())
        except Quarantined as odd:
            quarantine = odd.reason
        try:
            key = source.delivery_key(delivery)
        except DeliveryMalformed as odd:
            quarantine = quarantine or odd.reason
        kept = tuple((header, value) for header, value in delivery.headers if header in KEPT_HEADERS)
        return Received(
            source.name, connection.name, key, Delivery("", kept, delivery.body), quarantine=quarantine
        )


async def _body(request: Request, limit: int) -> bytes:
    """Counted while it is read: Content-Length may be wrong or absent."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise _Encoded("compressed deliveries are not taken: their size is not known before they are read")
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > limit:
            raise DeliveryTooLarge(f"the delivery is larger than {limit} bytes")
    return bytes(chunks)


class _Encoded(Refused):
    reason = "content_encoding"
    status = 415


def _headers(request: Request) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)


def _refused(source: str, refusal: Refused) -> Response:
    REFUSED.labels(source, refusal.reason).inc()
    # A refused body is never sent again by most vendors: somebody should look.
    log.warning("refused", source=source, reason=refusal.reason)
    return _problem(refusal.status, refusal.reason, str(refusal))


def _problem(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message, "details": {}}}, status)
