"""The door as a vendor and an operator see it, and a way to hold its database shut."""

import json
import socket
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from restaurant import CONNECTIONS, SECRETS, toast_notice
from serving import served

from enrich.bootstrap import web_app
from enrich.sandbox.senders import signed_headers
from enrich.settings import Settings
from enrich.store.tables import metadata

TOAST = "/webhooks/toast/harbor-pos"
TYPEFORM = "/webhooks/typeform/harbor-survey"


class Doorstep:
    def __init__(self, base_url: str, settings: Settings) -> None:
        self.base_url = base_url
        self.client = httpx.Client(base_url=base_url, timeout=10)
        self._file = settings.state / "enrich.sqlite"

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        return self.client.post(path, content=body, headers=headers)

    def toast(self, body: bytes | None = None, secret: str = SECRETS["HARBOR_TOAST"]) -> httpx.Response:
        raw = notice() if body is None else body
        return self.post(TOAST, raw, signed_headers("toast", raw, secret))

    def signed(self, source: str, body: bytes, secret: str | None = None, **headers: str) -> httpx.Response:
        """For the vendors that sign the bytes alone, whatever they are."""
        key = secret or SECRETS[f"HARBOR_{source.upper()}"]
        path = f"/webhooks/{source}/{CONNECTIONS[source]}"
        return self.post(path, body, signed_headers(source, body, key) | headers)

    def rows(self, query: str = "SELECT * FROM inbox ORDER BY id") -> list[sqlite3.Row]:
        with sqlite3.connect(self._file, timeout=10) as conn:
            conn.row_factory = sqlite3.Row
            return conn.execute(query).fetchall()

    def counts(self) -> dict[str, int]:
        return {table: self.rows(f'SELECT count(*) FROM "{table}"')[0][0] for table in metadata.tables}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Another process writes and does not end."""
        conn = sqlite3.connect(self._file, isolation_level=None)
        conn.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            conn.execute("ROLLBACK")
            conn.close()

    def connect(self) -> socket.socket:
        where = urlsplit(self.base_url)
        conn = socket.create_connection((str(where.hostname), int(where.port or 0)), timeout=10)
        return conn


@contextmanager
def standing(settings: Settings) -> Iterator[Doorstep]:
    with served(web_app(settings)) as base_url:
        door = Doorstep(base_url, settings)
        yield door
        door.client.close()


def notice(*, sent: timedelta = timedelta(0), **fields: Any) -> bytes:
    stamp = (datetime.now(UTC) - sent).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return json.dumps({**toast_notice({"guid": str(uuid.uuid4())}), "timestamp": stamp, **fields}).encode()


def head(path: str, headers: dict[str, str], method: str = "POST") -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nHost: door\r\n{lines}\r\n".encode()


def status_of(conn: socket.socket) -> int:
    """Of the answer, without waiting for the connection's end."""
    answer = b""
    while b"\r\n" not in answer:
        answer += conn.recv(4096)
    return int(answer.split()[1])


def timed(act: Any) -> tuple[Any, float]:
    started = time.monotonic()
    return act(), time.monotonic() - started
