"""Every database we run on, one fresh and migrated for each test."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from postgres_server import PostgresAbsent, PostgresServer, running_postgres
from shelves import Shelves, opened

from enrich.store.database import Database, normalised_url, sqlite_url
from enrich.store.schema import upgrade

MIGRATED = "enrich_template"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with ExitStack() as running:
        try:
            server = running.enter_context(running_postgres())
        except PostgresAbsent as reason:
            pytest.skip(f"no PostgreSQL here: {reason}")
        server.execute(f"CREATE DATABASE {MIGRATED} TEMPLATE template0")
        with opened(normalised_url(server.url(MIGRATED))) as database:
            upgrade(database)
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def _url(engine: str, template: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    if engine == "sqlite":
        yield sqlite_url(folder)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.fresh(template) as url:
        yield normalised_url(url)


@pytest.fixture
def empty_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database without a table."""
    with _url(engine, "template0", tmp_path, request) as url:
        yield url


@pytest.fixture
def url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    with _url(engine, MIGRATED, tmp_path, request) as url:
        if engine == "sqlite":
            with opened(url) as database:
                upgrade(database)
        yield url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with opened(url) as database:
        yield database


@pytest.fixture
def shelves(database: Database) -> Shelves:
    return Shelves(database)
