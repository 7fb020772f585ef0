"""Deliveries as they came, each once, for ever."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

import orjson
from sqlalchemy import Connection, RowMapping, bindparam, func, select, update
from sqlalchemy.sql.dml import ReturningInsert

from enrich.due.unit import Kind, Unit, Urgency
from enrich.sources.contract import Delivery
from enrich.store.database import Database
from enrich.store.due import DueRows
from enrich.store.tables import inbox
from enrich.store.upsert import insert_on

_SETTLE = update(inbox).where(inbox.c.id == bindparam("entry"))


class EntryState(StrEnum):
    RECEIVED = "received"
    DONE = "done"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"


class Acceptance(StrEnum):
    NEW = "new"
    DUPLICATE = "duplicate"
    ID_REUSE = "id_reuse"


@dataclass(frozen=True, slots=True)
class Received:
    """A delivery that proved genuine. `key` is None when the vendor names none; the body's digest serves then.

    `quarantine` is the reason a genuine delivery must not be processed, if there is one.
    """

    source: str
    connection: str
    key: str | None
    delivery: Delivery
    quarantine: str | None = None

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.delivery.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    source: str
    connection: str
    key: str
    body: bytes
    headers: tuple[tuple[str, str], ...]
    received_at: datetime
    state: EntryState
    reason: str | None
    detail: str | None
    replays: int

    @property
    def delivery(self) -> Delivery:
        return Delivery(url="", headers=self.headers, body=self.body)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of an entry."""

    entry_id: int
    state: EntryState
    reason: str | None = None
    detail: str | None = None


class Inbox:
    def __init__(self, database: Database, rows: DueRows) -> None:
        self._database = database
        self._due = rows

    def record(self, batch: Sequence[Received]) -> list[Acceptance]:
        """Store them in one transaction. On return they are on disk."""
        with self._database.write() as conn:
            now = self._database.now(conn)
            return [self._record_one(conn, received, now) for received in batch]

    def _record_one(self, conn: Connection, received: Received, now: datetime) -> Acceptance:
        digest = received.digest
        key = received.key or digest
        entry_id = self._insert(conn, received, key, digest, now)
        if entry_id is not None:
            if not received.quarantine:
                self._due.mark(conn, [Unit(Kind.DELIVERY, str(entry_id))], now, Urgency.ARRIVING)
            return Acceptance.NEW
        if self._digest_of(conn, received, key) == digest:
            return Acceptance.DUPLICATE
        self._insert(conn, received, f"{key[:180]}#{digest}", digest, now, reason=Acceptance.ID_REUSE)
        return Acceptance.ID_REUSE

    def _insert(
        self,
        conn: Connection,
        received: Received,
        key: str,
        digest: str,
        now: datetime,
        reason: str | None = None,
    ) -> int | None:
        reason = reason or received.quarantine
        values = {
            "source": received.source,
            "connection": received.connection,
            "key": key,
            "headers": orjson.dumps(received.delivery.headers).decode(),
            "body": received.delivery.body,
            "digest": digest,
            "received_at": now,
            "state": EntryState.QUARANTINED if reason else EntryState.RECEIVED,
            "reason": reason,
        }
        found: int | None = conn.execute(_storing(conn.dialect.name), values).scalar_one_or_none()
        return found

    def _digest_of(self, conn: Connection, received: Received, key: str) -> str | None:
        query = select(inbox.c.digest).where(
            inbox.c.source == received.source,
            inbox.c.connection == received.connection,
            inbox.c.key == key,
        )
        found: str | None = conn.execute(query).scalar_one_or_none()
        return found

    def load(self, conn: Connection, ids: Iterable[int]) -> dict[int, Entry]:
        rows = conn.execute(select(inbox).where(inbox.c.id.in_(list(ids)))).mappings()
        return {row["id"]: _entry(row) for row in rows}

    def settle(self, conn: Connection, settlements: Iterable[Settlement]) -> None:
        rows = [
            {"entry": one.entry_id, "state": one.state, "reason": one.reason, "detail": one.detail}
            for one in settlements
        ]
        if rows:
            conn.execute(_SETTLE, rows)

    def replay(self, conn: Connection, entry_id: int) -> None:
        """Process it once more; what it leads to knows that it is a replay and sends nothing."""
        conn.execute(
            update(inbox)
            .where(inbox.c.id == entry_id)
            .values(state=EntryState.RECEIVED, reason=None, detail=None, replays=inbox.c.replays + 1)
        )
        self._due.mark(conn, [Unit(Kind.DELIVERY, str(entry_id))], self._database.now(conn), Urgency.BACKFILL)

    def recent(self, conn: Connection, *, state: EntryState | None = None, limit: int = 50) -> list[Entry]:
        query = select(inbox).order_by(inbox.c.id.desc()).limit(limit)
        if state:
            query = query.where(inbox.c.state == state)
        return [_entry(row) for row in conn.execute(query).mappings()]

    def counts(self, conn: Connection) -> list[tuple[str, str, str | None, int]]:
        """(source, state, reason, how many)"""
        grouped = (inbox.c.source, inbox.c.state, inbox.c.reason)
        query = select(*grouped, func.count()).group_by(*grouped).order_by(*grouped)
        return [(row[0], row[1], row[2], row[3]) for row in conn.execute(query)]


@cache
def _storing(dialect: str) -> ReturningInsert[int]:
    """Built once: building a statement costs more than running it."""
    return insert_on(dialect, inbox).on_conflict_do_nothing().returning(inbox.c.id)


def _entry(row: RowMapping) -> Entry:
    return Entry(
        id=row["id"],
        source=row["source"],
        connection=row["connection"],
        key=row["key"],
        body=row["body"],
        headers=tuple((name, value) for name, value in orjson.loads(row["headers"])),
        received_at=row["received_at"],
        state=EntryState(row["state"]),
        reason=row["reason"],
        detail=row["detail"],
        replays=row["replays"],
    )
