from collections.abc import Iterator

import httpx
import pytest
from sandbox_desk import CONFIG, sign_in

from enrich.sandbox.documents import client_document, tag_group_document
from enrich.sandbox.ids import client_id
from enrich.sandbox.server import running_sandbox

GROUPS = [
    tag_group_document("Dietary Restrictions", ["Vegan", "Shellfish Allergy"]),
    tag_group_document("Spend Tier", ["Silver", "Gold"]),
    tag_group_document("Regular", ["5+ visits"], autotag=True),
]


@pytest.fixture(scope="session")
def base() -> Iterator[str]:
    with running_sandbox(CONFIG) as url:
        yield url


@pytest.fixture(scope="session")
def admin(base: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{base}/sandbox", timeout=5) as client:
        yield client


@pytest.fixture(scope="session")
def account(base: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{base}{CONFIG.crm_prefix}", timeout=5) as client:
        yield client


@pytest.fixture
def sandbox(admin: httpx.Client) -> httpx.Client:
    """Its admin pages, with one guest called Ana in the book."""
    ana = client_document(client_id(1), email="ana@example.com", first_name="Ana", tags=[("Spend Tier", "Silver")])
    admin.delete("/faults")
    admin.put("/book", json={"clients": [ana], "tag_groups": GROUPS})
    return admin


@pytest.fixture
def crm(account: httpx.Client, sandbox: httpx.Client) -> httpx.Client:
    """Signed in, and nothing asked yet."""
    sign_in(account)
    sandbox.delete("/requests")
    return account
