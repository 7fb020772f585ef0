"""Connections, transactions and the database's own clock, alike on SQLite and PostgreSQL."""

import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Connection, Dialect, Engine, TypeDecorator, create_engine, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from enrich.errors import ConfigurationError, StoreUnavailable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

NOW = {
    "sqlite": text("SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000"),
    "postgresql": text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"),
}


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970 so that both databases compare it alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + value * MICROSECOND


class Database:
    """`busy_seconds`: how long a transaction may wait for another writer before StoreUnavailable."""

    def __init__(self, url: str, *, busy_seconds: float = 10.0) -> None:
        self.engine = create_engine(url, **_engine_options(url, busy_seconds))
        self._sqlite = self.engine.dialect.name == "sqlite"
        if self._sqlite:
            _prepare_sqlite(self.engine, busy_seconds)
        self._busy_seconds = busy_seconds
        self._turn = threading.Lock()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that is on disk when the block is left. StoreUnavailable when it cannot be."""
        with self._in_turn(), _translated(), self.engine.connect() as plain:
            conn = plain.execution_options(begin_mode="IMMEDIATE")
            with conn.begin():
                yield conn

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """SQLite lets waiting writers starve; within a process they queue here in turn instead."""
        if not self._sqlite:
            yield
            return
        if not self._turn.acquire(timeout=self._busy_seconds):
            raise StoreUnavailable("the database did not take the transaction: others of this process wait for it")
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with _translated(), self.engine.connect() as conn, conn.begin():
            yield conn

    def now(self, conn: Connection) -> datetime:
        """The database's clock: leases must not depend on which worker's clock is wrong."""
        micros: int = conn.execute(NOW[conn.dialect.name]).scalar_one()
        return EPOCH + micros * MICROSECOND

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except PoolExhausted:
        raise StoreUnavailable("every connection to the database is in use") from None
    except sqlite3.Error as error:
        raise StoreUnavailable(f"the database did not take the transaction: {error}") from error
    except (OperationalError, InterfaceError) as error:
        raise StoreUnavailable(f"the database did not take the transaction: {_cause(error)}") from error


def _cause(error: DBAPIError) -> str:
    """The driver's own words; SQLAlchemy's would add the statement and its parameters."""
    return f"{type(error.orig).__name__}: {str(error.orig).splitlines()[0] if str(error.orig) else ''}"


def _engine_options(url: str, busy_seconds: float) -> dict[str, Any]:
    common = {"hide_parameters": True, "pool_timeout": busy_seconds}
    if url.startswith("sqlite"):
        return {**common, "connect_args": {"timeout": busy_seconds, "check_same_thread": False}}
    limit = int(busy_seconds * 1000)
    connect_args = {
        "options": f"-c lock_timeout={limit} -c statement_timeout={limit * 2}",
        "connect_timeout": max(2, int(busy_seconds)),  # libpq's own least; its default is to wait for ever
    }
    return {**common, "connect_args": connect_args, "pool_pre_ping": True}


def _prepare_sqlite(engine: Engine, busy_seconds: float) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None  # the driver would begin by itself, too late and never IMMEDIATE
        cursor = dbapi.cursor()
        _switch_to_wal(cursor, busy_seconds)
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={int(busy_seconds * 1000)}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(conn: Connection) -> None:
        if conn.get_execution_options().get("begin_mode") == "IMMEDIATE":
            _begin_at_once(conn.connection.cursor(), busy_seconds)
        else:
            conn.exec_driver_sql("BEGIN DEFERRED")


def _begin_at_once(cursor: Any, within: float) -> None:
    """Take the write lock. SQLite itself waits in steps of up to 100 ms; other processes hold it for a few."""
    deadline = time.monotonic() + within
    cursor.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                cursor.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(random.uniform(0.0005, 0.002))  # noqa: S311
    finally:
        cursor.execute(f"PRAGMA busy_timeout={int(within * 1000)}")
        cursor.close()


def _switch_to_wal(cursor: sqlite3.Cursor, within: float) -> None:
    """Two processes that switch a new file at once: SQLite refuses one without the wait it grants elsewhere."""
    deadline = time.monotonic() + within
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def sqlite_url(folder: Path) -> str:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Whoever made it first may have been less careful.
    folder.chmod(0o700)
    return f"sqlite:///{(folder / 'enrich.sqlite').resolve()}"


def normalised_url(url: str) -> str:
    """`postgres://` and `postgresql://` as hosting platforms hand them out, with our driver named."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if not url.startswith(("sqlite", "postgresql+psycopg")):
        raise ConfigurationError("DATABASE_URL must be a SQLite or PostgreSQL address")
    if url == "sqlite://" or ":memory:" in url or "mode=memory" in url:
        raise ConfigurationError("DATABASE_URL must name a file: a database in memory keeps nothing")
    return url
