"""How each of the stand-ins words a success and a failure."""

import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

Handler = Callable[[Request], Awaitable[Response]]


class Surface(Enum):
    CRM = auto()
    TOAST = auto()
    MAIL = auto()
    ADMIN = auto()


_FIRST_SEGMENT = {"toast": Surface.TOAST, "mail": Surface.MAIL, "sandbox": Surface.ADMIN}


class ApiError(Exception):
    def __init__(self, status: int, code: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = dict(details or {})


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


def surface_of(path: str) -> Surface:
    return _FIRST_SEGMENT.get(path.split("/", 2)[1], Surface.CRM)


def json_response(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def enveloped(data: object, **more: object) -> Response:
    return json_response({"status": 200, **more, "data": data, "request_id": request_id()})


def request_id() -> str:
    return f"{int(time.time())}.{uuid.uuid4()}"


def error_body(surface: Surface, error: ApiError) -> dict[str, Any]:
    if surface is Surface.TOAST:
        return {"status": error.status, "code": error.code, "message": error.message, "requestId": request_id()}
    if surface is Surface.MAIL:
        return {"statusCode": error.status, "name": error.code, "message": error.message}
    return {"error": {"code": error.code, "message": error.message, "details": error.details}}


def error_answer(surface: Surface, error: ApiError, retry_after: str | None = None) -> Answer:
    headers = [(b"content-type", b"application/json")]
    if retry_after is not None:
        headers.append((b"retry-after", retry_after.encode()))
    if surface is Surface.TOAST and error.status == 429:
        headers += _toast_limit()
    return Answer(error.status, orjson.dumps(error_body(surface, error)), tuple(headers))


def _toast_limit() -> list[tuple[bytes, bytes]]:
    return [
        (b"x-toast-ratelimit-by", b"restaurant"),
        (b"x-toast-ratelimit-remaining", b"0"),
        (b"x-toast-ratelimit-reset", str(int(time.time()) + 1).encode()),
    ]


def json_object(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise ApiError(400, "malformed_json", str(problem)) from problem
    if not isinstance(value, dict):
        raise ApiError(400, "malformed_json", "the body is not a JSON object")
    return value
