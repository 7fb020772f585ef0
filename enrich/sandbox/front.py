"""In front of every stand-in: the request log, the rate limit and the faults on order."""

import math
import time

from starlette.types import ASGIApp, Receive, Scope, Send

from enrich.sandbox.answers import ApiError, Surface, error_answer, surface_of
from enrich.sandbox.documents import Document
from enrich.sandbox.exchange import Exchange, heard
from enrich.sandbox.misbehaviour import misbehave
from enrich.sandbox.state import State

_LOOPBACK = frozenset({"127.0.0.1", "::1"})


class Front:
    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state
        self._bucket = Bucket(state.config.rate_limit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (surface_of(scope["path"]) is Surface.ADMIN and _is_local(scope)):
            await self._app(scope, receive, send)
            return
        body = await heard(receive)
        query = scope["query_string"].decode(errors="replace")
        entry = self._state.requests.arrived(scope["method"], scope["path"], query, body)
        exchange = Exchange(self._app, scope, receive, send, body, lambda status: self._finished(entry, status))
        await self._serve(exchange, entry)

    async def _serve(self, exchange: Exchange, entry: Document) -> None:
        surface = surface_of(entry["path"])
        wait = self._bucket.take() if surface is Surface.CRM else 0.0
        if surface is Surface.ADMIN:
            await exchange.reply(error_answer(surface, ApiError(403, "forbidden", "for this machine only")))
        elif wait:
            error = ApiError(429, "rate_limited", "too many requests")
            await exchange.reply(error_answer(surface, error, str(math.ceil(wait))))
        elif fault := self._state.faults.choose(entry["verb"], entry["path"]):
            entry["fault"] = fault.kind
            await misbehave(exchange, fault)
        else:
            await exchange.reply(await exchange.answered())

    def _finished(self, entry: Document, status: int | None) -> None:
        self._state.requests.answered(entry, status)
        # Reads are many and prove nothing after a restart; a write may be the one that should not have been.
        if entry["verb"] != "GET":
            self._state.keep({"do": "request", **entry})


class Bucket:
    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._tokens = max(rate or 0.0, 1.0)
        self._filled = time.monotonic()

    def take(self) -> float:
        """0 when the request may pass, else the seconds until one may."""
        if self._rate is None:
            return 0.0
        now = time.monotonic()
        self._tokens = min(max(self._rate, 1.0), self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        if self._tokens < 1.0:
            return (1.0 - self._tokens) / self._rate
        self._tokens -= 1.0
        return 0.0


def _is_local(scope: Scope) -> bool:
    return scope.get("client") is None or scope["client"][0] in _LOOPBACK
