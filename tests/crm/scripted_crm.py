"""A CRM that says what a test tells it to, over a real connection."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import anyio.to_thread
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from enrich.crm.sevenrooms.auth import InMemoryTokenStore, TokenStore
from enrich.crm.sevenrooms.call import CallRecord
from enrich.crm.sevenrooms.client import SevenRoomsDirectory
from enrich.crm.sevenrooms.dialects import GUIDE

PREFIX = GUIDE.prefix
SECRET = "c3" * 64


@dataclass
class Seen:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class ScriptedCrm:
    base_url: str = ""
    seen: list[Seen] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)
    expires: str = "2030-01-01T00:00:00.000001"
    login: Callable[[], Response] | None = None
    login_seconds: float = 0.0
    answer: Callable[[Seen], Response] = lambda seen: Response(status_code=500)

    def says(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        self.answer = lambda seen: JSONResponse(body, status, headers)

    def holds(self, record: dict[str, Any]) -> None:
        self.says(200, {"status": 200, "data": record, "request_id": "1.a"})

    def respond_to_login(self, body: bytes) -> Response:
        self.logins.append(body)
        if self.login:
            return self.login()
        time.sleep(self.login_seconds)
        token = f"{len(self.logins):04d}" + "ab" * 62
        self.valid.add(token)
        data = {"token": token, "token_expiration_datetime": self.expires}
        return JSONResponse({"status": 200, "msg": "Successfully authenticated.", "data": data})

    def respond(self, seen: Seen) -> Response:
        self.seen.append(seen)
        if seen.headers.get("authorization") not in self.valid:
            return JSONResponse({"error": {"code": "unauthorized", "message": "Token is not valid"}}, 401)
        return self.answer(seen)


class CrmHost:
    """One server for all tests; each test gets a CRM of its own."""

    def __init__(self) -> None:
        self.crm = ScriptedCrm()

    async def handle(self, request: Request) -> Response:
        body = await request.body()
        seen = Seen(
            request.method,
            request.scope["raw_path"].decode(),
            dict(request.query_params),
            dict(request.headers),
            body,
        )
        return await anyio.to_thread.run_sync(self._respond, seen)

    def _respond(self, seen: Seen) -> Response:
        if seen.path == f"{PREFIX}/auth":
            return self.crm.respond_to_login(seen.body)
        return self.crm.respond(seen)


@contextmanager
def hosted(app: Any) -> Iterator[str]:
    """The application behind a real socket on loopback."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)


def scripted_app(host: CrmHost) -> Starlette:
    verbs = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return Starlette(routes=[Route("/{path:path}", host.handle, methods=verbs)])


def a_directory(
    base_url: str,
    *,
    now: datetime,
    deadline: float = 5.0,
    store: TokenStore | None = None,
    secret: str = SECRET,
    on_call: Callable[[CallRecord], None] | None = None,
) -> SevenRoomsDirectory:
    return SevenRoomsDirectory(
        base_url=base_url,
        dialect=GUIDE,
        venue_group_id="group",
        client_id="5a" * 64,
        client_secret=secret,
        token_store=store or InMemoryTokenStore(),
        deadline=deadline,
        now=lambda: now,
        on_call=on_call,
    )


def a_client(client_id: str = "ahhzClient", **fields: Any) -> dict[str, Any]:
    return {
        "id": client_id,
        "email": "amelie.fournier@example.com",
        "email_alt": None,
        "client_tags": [],
        "custom_fields": [],
        "notes": None,
        "deleted": None,
        "venue_stats": {},
        **fields,
    }
