import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from postgres_server import PostgresServer
from shelves import at_once, opened
from sqlalchemy import event

from enrich.errors import ConfigurationError, StoreUnavailable
from enrich.store.database import Database, normalised_url, sqlite_url
from enrich.store.schema import refuse_unsafe, upgrade
from enrich.store.tables import metadata

START = """
import sys
from enrich.store.database import Database
from enrich.store.schema import upgrade
sys.stdin.readline()
upgrade(Database(sys.argv[1]))
"""


def differences(database: Database) -> list[object]:
    with database.read() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True, "user_module_prefix": ""})
        return list(compare_metadata(context, metadata))


def test_migrations_give_exactly_the_tables_the_code_knows(empty_url: str) -> None:
    with opened(empty_url) as database:
        assert differences(database) != []
        upgrade(database)
        assert differences(database) == []


def test_an_upgrade_of_what_is_new_already_changes_nothing_and_takes_no_time(database: Database) -> None:
    started = time.monotonic()
    for _ in range(10):
        upgrade(database)
    assert time.monotonic() - started < 2
    assert differences(database) == []


def test_an_upgrade_waits_for_no_writer_when_there_is_nothing_to_do(database: Database, url: str) -> None:
    with opened(url, busy_seconds=0.2) as other, database.write():
        upgrade(other)


def test_threads_that_start_at_once_on_an_empty_database_all_find_it_ready(empty_url: str) -> None:
    def start(_place: int) -> list[object]:
        with opened(empty_url) as database:
            upgrade(database)
            return differences(database)

    assert at_once(4, start) == [[]] * 4


def test_processes_that_start_at_once_on_an_empty_database_all_find_it_ready(empty_url: str) -> None:
    command = [sys.executable, "-c", START, empty_url]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=30)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, said
    with opened(empty_url) as database:
        assert differences(database) == []


def test_sqlite_syncs_every_commit_in_every_connection(tmp_path: Path) -> None:
    with opened(sqlite_url(tmp_path)) as database, ExitStack() as held:
        for _ in range(12):
            conn = held.enter_context(database.engine.connect())
            pragmas = ("synchronous", "journal_mode", "foreign_keys")
            assert [conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in pragmas] == [2, "wal", 1]


def test_all_who_open_a_new_file_at_once_get_in(tmp_path: Path) -> None:
    """Each switches it to write-ahead logging, for which SQLite itself does not let them wait."""
    for number in range(10):
        url = sqlite_url(tmp_path / str(number))
        assert at_once(8, lambda _, url=url: journal_of(url)) == ["wal"] * 8  # type: ignore[misc]


def journal_of(url: str) -> str:
    with opened(url) as database, database.read() as conn:
        return str(conn.exec_driver_sql("PRAGMA journal_mode").scalar_one())


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_a_database_that_keeps_nothing_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="keeps nothing"):
        normalised_url(url)


def test_a_file_that_is_not_synced_is_refused(tmp_path: Path) -> None:
    with opened(sqlite_url(tmp_path)) as database:
        event.listen(database.engine, "checkout", lambda dbapi, *_: dbapi.execute("PRAGMA synchronous = NORMAL"))
        with pytest.raises(ConfigurationError, match="synchronous=1"):
            upgrade(database)


def test_a_server_that_answers_before_the_disk_is_refused(postgres: PostgresServer) -> None:
    with postgres.fresh() as url, opened(normalised_url(url)) as database:
        name = database.engine.url.database
        postgres.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        with pytest.raises(ConfigurationError, match="synchronous_commit=off"):
            upgrade(database)


def test_a_server_that_does_not_sync_is_refused(postgres: PostgresServer) -> None:
    def set_to(value: str) -> None:
        postgres.execute(f"ALTER SYSTEM SET fsync = {value}", "SELECT pg_reload_conf()", "SELECT pg_sleep(0.1)")

    with opened(normalised_url(postgres.url("postgres"))) as database:
        refuse_unsafe(database)
        set_to("off")
        try:
            with pytest.raises(ConfigurationError, match="fsync=off"):
                refuse_unsafe(database)
        finally:
            set_to("on")


def test_a_transaction_that_gets_no_turn_fails_in_time(url: str) -> None:
    with opened(url, busy_seconds=0.3) as database, database.write() as conn:
        conn.exec_driver_sql("UPDATE lease SET owner = 'me'")
        conn.exec_driver_sql("DELETE FROM alembic_version WHERE version_num = 'none'")
        (seconds,) = at_once(1, lambda _: seconds_until_refused(database))
    assert seconds < 1.5


def seconds_until_refused(database: Database) -> float:
    """What PostgreSQL locks is what is touched; SQLite locks all."""
    started = time.monotonic()
    with pytest.raises(StoreUnavailable), database.write() as conn:
        conn.exec_driver_sql("LOCK TABLE lease" if conn.dialect.name == "postgresql" else "SELECT 1")
    return time.monotonic() - started


def test_more_readers_than_connections_are_told_so_in_time(url: str) -> None:
    with opened(url, busy_seconds=0.3) as database:
        held = [database.engine.connect() for _ in range(15)]
        with pytest.raises(StoreUnavailable, match="in use"), database.read():
            pass
        for conn in held:
            conn.close()
        with database.read():
            pass


def test_a_server_that_accepts_and_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+psycopg://u@127.0.0.1:{silent.getsockname()[1]}/d"
        started = time.monotonic()
        with opened(url, busy_seconds=0.3) as database, pytest.raises(StoreUnavailable), database.read():
            pass
        assert time.monotonic() - started < 5


def test_addresses_are_taken_as_hosting_platforms_hand_them_out() -> None:
    assert normalised_url("postgres://u:p@h/d") == "postgresql+psycopg://u:p@h/d"
    assert normalised_url("postgresql://u:p@h/d") == "postgresql+psycopg://u:p@h/d"
    assert normalised_url("sqlite:///x") == "sqlite:///x"
    with pytest.raises(ConfigurationError):
        normalised_url("mysql://u:p@h/d")
