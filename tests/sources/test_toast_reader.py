"""The reader against a small Toast on loopback."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from enrich.errors import ReaderUnavailable, RecordGone
from enrich.sources.toast.reader import ToastReader
from enrich.venues import ReaderAccess

ORDER = {"guid": "o-1", "externalId": "SEVENROOMS:rsv_1", "amount": 12.10}


class SmallToast(ThreadingHTTPServer):
    """Answers every order read with `answer`, unless its token is not among the `valid` ones."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer: tuple[int, bytes] = (200, json.dumps(ORDER).encode())
        self.login_status = 200
        self.token_life = 86400
        self.logins = 0
        self.valid: set[str] = set()
        self.seen: list[tuple[str, str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: SmallToast

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert sent["userAccessType"] == "TOAST_MACHINE_CLIENT"
        self.server.logins += 1
        token = f"token-{self.server.logins}"
        self.server.valid = {token}
        granted = {"token": {"tokenType": "Bearer", "expiresIn": self.server.token_life, "accessToken": token}}
        self.reply(self.server.login_status, json.dumps(granted).encode())

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.command, self.path, headers))
        token = headers.get("authorization", "").removeprefix("Bearer ")
        self.reply(*(self.server.answer if token in self.server.valid else (401, b"{}")))

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status in {301, 302, 307}:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def toast() -> Iterator[SmallToast]:
    with SmallToast() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def reader(toast: SmallToast) -> Iterator[ToastReader]:
    reader = reader_at(toast.url)
    yield reader
    reader.close()


def reader_at(url: str) -> ToastReader:
    access = ReaderAccess(base_url=url, client_id="client", client_secret=SecretStr("hush-9f2"), location="loc-1")
    return ToastReader(access, timeout=2.0)


def test_an_order_is_read_with_the_headers_toast_asks_for(toast: SmallToast, reader: ToastReader) -> None:
    order = reader.read("o-1")
    assert order["externalId"] == "SEVENROOMS:rsv_1"
    assert str(order["amount"]) == "12.1"
    ((method, path, headers),) = toast.seen
    assert (method, path) == ("GET", "/orders/v2/orders/o-1")
    assert headers["authorization"] == "Bearer token-1"
    assert headers["toast-restaurant-external-id"] == "loc-1"


def test_one_login_serves_many_reads_and_threads(toast: SmallToast, reader: ToastReader) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(reader.read, ["o-1"] * 24))) == 24
    assert toast.logins == 1


def test_a_revoked_token_is_renewed_once(toast: SmallToast, reader: ToastReader) -> None:
    reader.read("o-1")
    toast.valid = set()
    assert reader.read("o-1")["guid"] == "o-1"
    assert toast.logins == 2


def test_a_token_near_its_end_is_not_used(toast: SmallToast, reader: ToastReader) -> None:
    toast.token_life = 200
    reader.read("o-1")
    reader.read("o-1")
    assert toast.logins == 2


def test_a_second_refusal_is_left_for_later(toast: SmallToast, reader: ToastReader) -> None:
    toast.answer = (401, b"{}")
    with pytest.raises(ReaderUnavailable):
        reader.read("o-1")
    assert toast.logins == 2
    assert len(toast.seen) == 2


@pytest.mark.parametrize("status", [400, 404, 410])
def test_an_order_toast_does_not_know_is_gone(toast: SmallToast, reader: ToastReader, status: int) -> None:
    toast.answer = (status, b"{}")
    with pytest.raises(RecordGone):
        reader.read("o-1")


@pytest.mark.parametrize(
    "answer",
    [
        (403, b"{}"),
        (429, b""),
        (500, b"<html>"),
        (503, b""),
        (302, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"guid": 1, "guid": 2}'),
        (204, b""),
    ],
    ids=str,
)
def test_any_other_answer_can_be_tried_later(
    toast: SmallToast, reader: ToastReader, answer: tuple[int, bytes]
) -> None:
    toast.answer = answer
    with pytest.raises(ReaderUnavailable):
        reader.read("o-1")
    assert [path for _, path, _ in toast.seen] == ["/orders/v2/orders/o-1"]


def test_a_refused_login_is_told_without_the_secret(toast: SmallToast, reader: ToastReader) -> None:
    toast.login_status = 401
    with pytest.raises(ReaderUnavailable) as refused:
        reader.read("o-1")
    assert "hush" not in str(refused.value)


def test_nobody_there_can_be_tried_later(toast: SmallToast) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as closed:
        url = f"http://127.0.0.1:{closed.server_port}"
    reader = reader_at(url)
    with pytest.raises(ReaderUnavailable):
        reader.read("o-1")
    reader.close()


def test_a_reference_cannot_leave_its_path(toast: SmallToast, reader: ToastReader) -> None:
    reader.read("../../admin?x=1")
    assert toast.seen[0][1] == "/orders/v2/orders/..%2F..%2Fadmin%3Fx%3D1"


def test_a_proxy_in_the_environment_is_not_used(toast: SmallToast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    reader = reader_at(toast.url)
    assert reader.read("o-1")["guid"] == "o-1"
    reader.close()
