"""What each kind of fault does to a request."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import orjson

from enrich.sandbox.answers import Answer, ApiError, error_answer, error_body, request_id, surface_of
from enrich.sandbox.exchange import Exchange
from enrich.sandbox.faults import Fault, FaultKind

_JSON = ((b"content-type", b"application/json"),)
_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    408: "request_timeout",
    409: "conflict",
    429: "rate_limited",
    500: "internal_error",
    502: "bad_gateway",
    503: "unavailable",
}


async def misbehave(exchange: Exchange, fault: Fault) -> None:
    await _WAYS[fault.kind](exchange, fault)


async def _status(exchange: Exchange, fault: Fault) -> None:
    await exchange.reply(error_answer(surface_of(exchange.scope["path"]), _error(fault), fault.retry_after))


async def _hang(exchange: Exchange, fault: Fault) -> None:
    await exchange.hold(3600.0 if fault.delay is None else fault.delay)
    await exchange.cut()


async def _reset(exchange: Exchange, fault: Fault) -> None:
    await exchange.cut()


async def _reset_after_applying(exchange: Exchange, fault: Fault) -> None:
    await exchange.answered()
    await exchange.cut()


async def _truncated(exchange: Exchange, fault: Fault) -> None:
    answer = await exchange.answered()
    await exchange.begin(answer)
    await exchange.part(answer.body[: len(answer.body) // 2])
    await exchange.close()


async def _ok_with_error(exchange: Exchange, fault: Fault) -> None:
    error = error_body(surface_of(exchange.scope["path"]), _error(fault))
    envelope = {"status": fault.status, "request_id": request_id(), **error}
    await exchange.reply(Answer(200, orjson.dumps(envelope), _JSON))


async def _html(exchange: Exchange, fault: Fault) -> None:
    page = f"<html><head><title>{fault.status}</title></head><body><h1>Error: Server Error</h1></body></html>"
    await exchange.reply(Answer(fault.status, page.encode(), ((b"content-type", b"text/html"),)))


async def _drip(exchange: Exchange, fault: Fault) -> None:
    """Never silent for long enough to trip a read timeout, never done either."""
    answer = await exchange.answered()
    await exchange.begin(answer)
    for byte in answer.body:
        await exchange.part(bytes([byte]))
        if await exchange.hold(0.1 if fault.delay is None else fault.delay):
            return
    await exchange.send({"type": "http.response.body", "body": b""})


async def _wrong_type(exchange: Exchange, fault: Fault) -> None:
    """The request is applied; the answer holds text where an object belongs."""
    answer = await exchange.answered()
    told = orjson.loads(answer.body)
    told = told | {"data": "ok"} if isinstance(told, dict) and "data" in told else "ok"
    await exchange.reply(replace(answer, body=orjson.dumps(told)))


async def _slow(exchange: Exchange, fault: Fault) -> None:
    await exchange.hold(1.0 if fault.delay is None else fault.delay)
    await exchange.reply(await exchange.answered())


def _error(fault: Fault) -> ApiError:
    return ApiError(fault.status, fault.code or _CODES.get(fault.status, "error"), "ordered by a fault")


_WAYS: dict[FaultKind, Callable[[Exchange, Fault], Awaitable[None]]] = {
    "status": _status,
    "hang": _hang,
    "reset": _reset,
    "reset_after_applying": _reset_after_applying,
    "truncated": _truncated,
    "ok_with_error": _ok_with_error,
    "html": _html,
    "drip": _drip,
    "wrong_type": _wrong_type,
    "slow": _slow,
}
