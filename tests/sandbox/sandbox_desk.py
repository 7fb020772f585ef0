"""What the tests of the sandbox share: its credentials and a signed-in client."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from enrich.sandbox.config import SandboxConfig
from enrich.sandbox.ids import client_id

CONFIG = SandboxConfig()
CREDENTIALS = {"client_id": CONFIG.crm_client_id, "client_secret": CONFIG.crm_client_secret}
ANA = f"/clients/{client_id(1)}"


@contextmanager
def signed_in(base: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{base}{CONFIG.crm_prefix}", timeout=5) as client:
        sign_in(client)
        yield client


def sign_in(client: httpx.Client) -> None:
    client.headers["Authorization"] = client.post("/auth", data=CREDENTIALS).json()["data"]["token"]


def error_code(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status
    return answer.json()["error"]["code"]
