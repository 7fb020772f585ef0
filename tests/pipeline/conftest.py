"""The pipeline in one process: the real door, database, CRM client and sandbox; no broker, no timing."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from in_process import House
from restaurant import settings_for
from serving import served

from enrich.bootstrap import open_worker, web_app
from enrich.sandbox.server import running_sandbox
from enrich.settings import Settings


@pytest.fixture(scope="session")
def sandbox() -> Iterator[str]:
    with running_sandbox() as base_url:
        yield base_url


@pytest.fixture
def settings(tmp_path: Path, sandbox: str) -> Settings:
    return settings_for(tmp_path, sandbox)


@pytest.fixture
def house(settings: Settings, sandbox: str) -> Iterator[House]:
    with ExitStack() as opened:
        worker, stores = opened.enter_context(open_worker(settings))
        door = opened.enter_context(served(web_app(settings)))
        client = opened.enter_context(httpx.Client(base_url=door, timeout=30))
        house = House(sandbox, client.post, worker, stores)
        house.sandbox.put("/sandbox/book", json={}).raise_for_status()
        for log in ("faults", "requests"):
            house.sandbox.delete(f"/sandbox/{log}").raise_for_status()
        yield house
        house.sandbox.close()
