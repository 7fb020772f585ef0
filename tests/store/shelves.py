"""The repositories on one database, with one-line words for what tests do to them."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier
from typing import Any, TypeVar

from sqlalchemy import func, select, update

from enrich.due.unit import Claim, Kind, Unit, Urgency
from enrich.sources.contract import Delivery
from enrich.store.accounts import Accounts
from enrich.store.database import Database
from enrich.store.due import DueRows, UnitState
from enrich.store.facts import Facts
from enrich.store.inbox import Acceptance, Inbox, Received
from enrich.store.ledger import Ledger
from enrich.store.tables import due, inbox

Result = TypeVar("Result")
NO_TIME = timedelta(0)
SECOND = timedelta(seconds=1)


@contextmanager
def opened(url: str, *, busy_seconds: float = 10.0) -> Iterator[Database]:
    database = Database(url, busy_seconds=busy_seconds)
    try:
        yield database
    finally:
        database.close()


def due_rows(database: Database, lease: timedelta = timedelta(minutes=1), owner: str = "one") -> DueRows:
    return DueRows(database, owner=owner, lease=lease)


def guest(ref: str) -> Unit:
    return Unit(Kind.GUEST, ref)


def received(key: str | None = "evt_1", body: bytes = b"{}", **fields: Any) -> Received:
    delivery = Delivery("", (("content-type", "application/json"),), body)
    return Received(**{"source": "toast", "connection": "pos", "key": key, "delivery": delivery, **fields})


class Shelves:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.due = due_rows(database)
        self.inbox = Inbox(database, self.due)
        self.facts = Facts(database)
        self.ledger = Ledger(database)
        self.accounts = Accounts(database)

    def mark(self, *units: Unit, after: timedelta = NO_TIME, urgency: Urgency = Urgency.SPEND) -> None:
        with self.database.write() as conn:
            self.due.mark(conn, units, self.database.now(conn) + after, urgency)

    def claim(self, kind: Kind = Kind.GUEST, limit: int = 50) -> list[Claim]:
        return self.due.claim(kind, limit)

    def claim_one(self, unit: Unit) -> Claim:
        (claim,) = [claim for claim in self.claim(unit.kind) if claim.unit == unit]
        return claim

    def finish(self, claim: Claim, **fields: Any) -> bool:
        with self.database.write() as conn:
            return self.due.finish(conn, claim, **fields)

    def die(self, claim: Claim, reason: str = "crm_rejected", detail: str = "") -> None:
        with self.database.write() as conn:
            self.due.die(conn, claim, reason, detail)

    def time_passes(self, unit: Unit, by: timedelta) -> None:
        """For this unit: its moments are moved into the past instead."""
        with self.database.write() as conn:
            row = conn.execute(select(due).where(due.c.kind == unit.kind, due.c.ref == unit.ref)).mappings().one()
            moments = ("due_at", "lease_until", "failing_since")
            earlier = {name: row[name] - by for name in moments if row[name]}
            conn.execute(update(due).where(due.c.kind == unit.kind, due.c.ref == unit.ref).values(earlier))

    def lease_ends(self, unit: Unit) -> None:
        self.time_passes(unit, timedelta(minutes=2))

    def row(self, unit: Unit) -> dict[str, Any]:
        with self.database.read() as conn:
            query = select(due).where(due.c.kind == unit.kind, due.c.ref == unit.ref)
            return dict(conn.execute(query).mappings().one())

    def state(self, unit: Unit) -> UnitState | None:
        with self.database.read() as conn:
            return self.due.state_of(conn, unit)

    def record(self, *batch: Received) -> list[Acceptance]:
        return self.inbox.record(batch)

    def entries(self) -> list[Any]:
        with self.database.read() as conn:
            return list(conn.execute(select(inbox).order_by(inbox.c.id)).mappings())


def count(database: Database, table: Any) -> int:
    with database.read() as conn:
        return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


def at_once(number: int, act: Callable[[int], Result]) -> Sequence[Result]:
    """The results of so many threads that set out together."""
    start = Barrier(number)

    def run(place: int) -> Result:
        start.wait()
        return act(place)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))
