import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from sandbox_desk import ANA, CONFIG, signed_in

from enrich.sandbox.config import SandboxConfig
from enrich.sandbox.documents import client_document
from enrich.sandbox.ids import client_id
from enrich.sandbox.server import running_sandbox

PROGRAM = """
import sys
from pathlib import Path
from enrich.sandbox.config import SandboxConfig
from enrich.sandbox.server import serve

serve(SandboxConfig(journal=Path(sys.argv[1])), port=int(sys.argv[2]))
"""
PAGES = ("clients", "changes", "outbox", "requests")
MAIL = {"from": "a@example.com", "to": ["b@example.com"], "subject": "s", "text": "t"}


@contextmanager
def killed_at_the_end(journal: Path) -> Iterator[str]:
    """A sandbox in a process of its own that ends by SIGKILL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(journal), str(port)])
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def wait_until_it_answers(url: str) -> None:
    for _ in range(200):
        try:
            httpx.get(f"{url}/sandbox/stats")
            return
        except httpx.ConnectError:
            time.sleep(0.05)
    raise AssertionError("it never started")


def send(url: str) -> str:
    headers = {"Authorization": f"Bearer {CONFIG.mail_api_key}", "Idempotency-Key": "once"}
    return httpx.post(f"{url}/mail/emails", json=MAIL, headers=headers).json()["id"]


def remembered(url: str) -> dict[str, object]:
    return {page: httpx.get(f"{url}/sandbox/{page}").json() for page in PAGES}


def test_a_killed_sandbox_comes_back_as_it_was(tmp_path):
    with killed_at_the_end(tmp_path / "journal") as url, signed_in(url) as crm:
        httpx.put(
            f"{url}/sandbox/book", json={"clients": [client_document(client_id(1), email="ana@example.com")]}
        )
        httpx.put(f"{url}/sandbox/toast/orders/order-1", json={"guid": "order-1"})
        crm.patch(ANA, json={"notes": "x", "client_tags_to_add": ["Spend Tier:Gold"]})
        httpx.patch(f"{url}/sandbox{ANA}", json={"email": "ana@new.example.com"})
        token, mail_id, before = crm.headers["Authorization"], send(url), remembered(url)
    with killed_at_the_end(tmp_path / "journal") as url:
        assert remembered(url) == before
        assert send(url) == mail_id
        assert httpx.get(f"{url}/sandbox/stats").json()["toast_orders"] == 1
        query = {"email": "ANA@new.example.com"}
        answer = httpx.get(f"{url}{CONFIG.crm_prefix}/clients", params=query, headers={"Authorization": token})
        assert [row["id"] for row in answer.json()["data"]["results"]] == [client_id(1)]


def test_a_line_half_written_at_the_end_is_dropped(tmp_path):
    journal = tmp_path / "journal"
    for torn in (b'{"do":"chan', b'{"do"', b""):
        with running_sandbox(SandboxConfig(journal=journal)) as url:
            send(url)
            assert len(httpx.get(f"{url}/sandbox/outbox").json()["outbox"]) == 1
        with journal.open("ab") as file:
            file.write(torn)


def test_a_stopped_sandbox_leaves_no_thread_even_with_a_request_hanging():
    before = set(threading.enumerate())
    with running_sandbox() as url, httpx.Client(base_url=url) as client:
        client.post("/sandbox/faults", json={"kind": "hang"})
        caller = threading.Thread(target=lambda: ignore_the_cut(client))
        caller.start()
        time.sleep(0.1)
    caller.join()
    assert set(threading.enumerate()) == before


def ignore_the_cut(client: httpx.Client) -> None:
    with suppress(httpx.TransportError):
        client.get("/mail/emails", timeout=10)
