"""Real processes: the door, Redis, a Celery worker with its dispatcher, and the sandbox."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from restaurant import Restaurant, settings_for
from serving import free_port

from enrich.sandbox.server import running_sandbox
from enrich.supervise.specs import specs_for
from enrich.supervise.stack import Stack


@pytest.fixture(scope="session")
def restaurant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restaurant]:
    folder: Path = tmp_path_factory.mktemp("journeys")
    with running_sandbox() as sandbox:
        settings = settings_for(folder, sandbox, port=free_port())
        door = f"http://{settings.host}:{settings.port}"
        with (
            Stack(specs_for(settings, with_sandbox=False), settings.state) as stack,
            httpx.Client(base_url=door, timeout=30) as client,
        ):
            stack.wait_ready({"web": lambda: _is_ready(client)}, timeout=30)
            yield Restaurant(sandbox, client.post, state=settings.state)


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").is_success
    except httpx.HTTPError:
        return False
