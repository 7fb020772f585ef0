from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from scripted_crm import CrmHost, ScriptedCrm, a_directory, hosted, scripted_app

from enrich.crm.sevenrooms.client import SevenRoomsDirectory


@pytest.fixture(scope="session")
def crm_host() -> Iterator[tuple[CrmHost, str]]:
    host = CrmHost()
    with hosted(scripted_app(host)) as base_url:
        yield host, base_url


@pytest.fixture
def crm(crm_host: tuple[CrmHost, str]) -> ScriptedCrm:
    host, base_url = crm_host
    host.crm = ScriptedCrm(base_url)
    return host.crm


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 14, 21, 30, tzinfo=UTC)


@pytest.fixture
def directory(crm: ScriptedCrm, now: datetime) -> Iterator[SevenRoomsDirectory]:
    directory = a_directory(crm.base_url, now=now)
    yield directory
    directory.close()
