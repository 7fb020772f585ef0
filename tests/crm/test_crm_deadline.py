"""A call ends at its deadline, however the server dawdles."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from scripted_crm import ScriptedCrm, Seen, a_client, a_directory
from starlette.responses import Response

from enrich.crm.sevenrooms.auth import InMemoryTokenStore, Token
from enrich.crm.sevenrooms.call import CallRecord
from enrich.errors import CrmUnavailable

DEADLINE = 0.7
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n"


@contextmanager
def dripping(at_once: bytes, drip: bytes) -> Iterator[tuple[str, list[bool]]]:
    """A server that says `at_once`, then a byte of `drip` each 0.2 s; the list holds whether the peer hung up."""
    hung_up: list[bool] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            try:
                connection.sendall(at_once)
                for byte in drip:
                    time.sleep(0.2)
                    connection.sendall(bytes([byte]))
            except OSError:
                hung_up.append(True)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", hung_up
        thread.join(3)


@pytest.mark.parametrize(
    ("at_once", "drip"),
    [(b"", HEAD), (HEAD, b"{" + b" " * 100), (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 9)],
    ids=["headers", "body", "informational"],
)
def test_a_dripping_server_cannot_hold_a_call_past_its_deadline(
    at_once: bytes, drip: bytes, now: datetime
) -> None:
    records: list[CallRecord] = []
    with dripping(at_once, drip) as (base_url, hung_up):
        store = InMemoryTokenStore()
        store.save(Token("t", now.replace(year=2030)))
        directory = a_directory(base_url, now=now, deadline=DEADLINE, store=store, on_call=records.append)
        started = time.monotonic()
        with pytest.raises(CrmUnavailable):
            directory.get("guest")
        assert time.monotonic() - started < DEADLINE + 0.5
    assert hung_up == [True]
    assert [record.failure for record in records] == ["ReadTimeout"]


def test_a_login_that_hangs_counts_against_the_calls_deadline(now: datetime) -> None:
    with dripping(b"", HEAD) as (base_url, _):
        started = time.monotonic()
        with pytest.raises(CrmUnavailable, match="/auth"):
            a_directory(base_url, now=now, deadline=DEADLINE).get("guest")
        assert time.monotonic() - started < DEADLINE + 0.5


def test_a_refused_connection_is_tried_thrice_and_quickly(now: datetime) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    records: list[CallRecord] = []
    started = time.monotonic()
    with pytest.raises(CrmUnavailable):
        a_directory(base_url, now=now, on_call=records.append).get("guest")
    assert time.monotonic() - started < 1.5
    assert [record.failure for record in records] == ["ConnectError"] * 3


def test_a_host_is_reached_by_any_of_its_addresses(crm: ScriptedCrm, now: datetime) -> None:
    crm.holds(a_client())
    base_url = crm.base_url.replace("127.0.0.1", "localhost")
    assert a_directory(base_url, now=now).get("ahhzClient").client_id == "ahhzClient"


def test_a_connection_that_met_its_deadline_is_not_used_again(crm: ScriptedCrm, now: datetime) -> None:
    directory = a_directory(crm.base_url, now=now, deadline=DEADLINE)
    crm.holds(a_client("slow"))
    prompt, crm.answer = crm.answer, lambda seen: slowly(crm.seen[0], prompt)
    with pytest.raises(CrmUnavailable):
        directory.get("slow")
    crm.holds(a_client("next"))
    assert directory.get("next").client_id == "next"


def slowly(seen: Seen, answer: Callable[[Seen], Response]) -> Response:
    time.sleep(DEADLINE + 0.2)
    return answer(seen)
