"""The rows that are due: marked with the fact that made them so, claimed with a lease, settled under a fence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    RowMapping,
    and_,
    bindparam,
    case,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    update,
)

from enrich.due.retry import Again
from enrich.due.unit import Claim, Kind, Unit, Urgency
from enrich.errors import ConfigurationError
from enrich.store.database import Database, Instant
from enrich.store.tables import account, due
from enrich.store.upsert import Insert, insert_on

ACCOUNT = "crm"
NEEDS_CRM = frozenset({Kind.GUEST, Kind.RESERVATION, Kind.SURVEY})
LONGEST_LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Backlog:
    kind: Kind
    ready: int
    later: int
    dead: int
    escalated: int
    oldest_ready: datetime | None


@dataclass(frozen=True, slots=True)
class UnitState:
    unit: Unit
    reason: str | None
    detail: str | None
    tries: int
    escalated: bool
    dead: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """Something new for a unit, to be looked at by then."""

    unit: Unit
    at: datetime
    urgency: Urgency


class DueRows:
    def __init__(self, database: Database, *, owner: str, lease: timedelta, most_starts: int = 5) -> None:
        if lease > LONGEST_LEASE:
            raise ConfigurationError(f"a lease may last {LONGEST_LEASE} at most, not {lease}")
        self._database = database
        self._owner = owner
        self._lease = lease
        self._most_starts = most_starts

    def mark(self, conn: Connection, units: Iterable[Unit], at: datetime, urgency: Urgency) -> None:
        """There is something new for these units: due at the earlier of `at` and what they were due before.

        A dead letter is tried again from the start.
        """
        self.mark_all(conn, [Mark(unit, at, urgency) for unit in set(units)])

    def mark_all(self, conn: Connection, marks: Iterable[Mark]) -> None:
        rows = [_fresh(mark) for mark in sorted(marks, key=lambda mark: (mark.unit.kind, mark.unit.ref))]
        if rows:
            conn.execute(_marking(conn.dialect.name), rows)

    def claim(self, kind: Kind, limit: int) -> list[Claim]:
        """Up to `limit` ready units, the most urgent first. Units that never end become dead letters here."""
        with self._database.write() as conn:
            now = self._database.now(conn)
            ready = self._ready(kind, now)
            query = select(due).where(ready).order_by(due.c.urgency, due.c.due_at).limit(limit)
            found = conn.execute(query.with_for_update(skip_locked=True)).mappings().all()
            for row in found:
                if row["starts"] >= self._most_starts:
                    self._bury(
                        conn, kind, row["ref"], "worker_crash", f"started {row['starts']} times, never ended"
                    )
            rows = _apart([row for row in found if row["starts"] < self._most_starts])
            refs = [row["ref"] for row in rows]
            until = now + self._lease
            conn.execute(
                update(due)
                .where(due.c.kind == kind, due.c.ref.in_(refs))
                .values(lease_owner=self._owner, lease_until=until, fence=due.c.fence + 1, starts=due.c.starts + 1)
            )
            return [
                Claim(
                    unit=Unit(kind, row["ref"]),
                    wanted=row["wanted"],
                    fence=row["fence"] + 1,
                    starts=row["starts"] + 1,
                    tries=row["tries"],
                    failing_since=row["failing_since"],
                    lease_until=until,
                )
                for row in rows
            ]

    def give_back(self, conn: Connection, claims: Sequence[Claim]) -> None:
        """Nothing was begun of these: whoever is free may claim them, and the start does not count."""
        if claims:
            conn.execute(_GIVE_BACK, [_held(claim) for claim in claims])

    def _ready(self, kind: Kind, now: datetime) -> ColumnElement[bool]:
        # A lease that ends later than any lease may is a clock that went back.
        free = or_(due.c.lease_until.is_(None), due.c.lease_until <= now, due.c.lease_until > now + LONGEST_LEASE)
        ready = and_(due.c.kind == kind, due.c.due_at <= now, free)
        if kind not in NEEDS_CRM:
            return ready
        paused = select(account.c.name).where(account.c.name == ACCOUNT, account.c.paused_until > now)
        return and_(ready, ~paused.exists())

    def holds(self, conn: Connection, claim: Claim, *, for_at_least: timedelta = timedelta(0)) -> bool:
        """Whether the claim still stands and its lease lasts long enough for what comes next."""
        now = self._database.now(conn)
        until = conn.execute(_LEASE, _held(claim)).scalar_one_or_none()
        return until is not None and until >= now + for_at_least

    def finish(
        self, conn: Connection, claim: Claim, *, again_at: datetime | None = None, sent: bool = False
    ) -> bool:
        """The unit is at the claimed revision. False when the fence was lost.

        Then whatever we `sent` may have come after a newer value: the unit is due again.
        """
        if conn.execute(_FINISH, _end_of(claim, again_at)).rowcount == 1:
            return True
        if sent:
            self.mark(conn, [claim.unit], self._database.now(conn), Urgency.SAFETY)
        return False

    def finish_all(self, conn: Connection, claims: Sequence[Claim]) -> set[Claim]:
        """The claims of one kind that stood, now finished. Those that lost their fence are left out."""
        by_ref = {claim.unit.ref: claim for claim in claims}
        held = conn.execute(_HELD, {"of_kind": claims[0].unit.kind, "refs": list(by_ref)}) if claims else ()
        ours = [by_ref[row.ref] for row in held if row.fence == by_ref[row.ref].fence]
        if ours:
            conn.execute(_FINISH, [_end_of(claim, None) for claim in ours])
        return set(ours)

    def retry(self, conn: Connection, claim: Claim, again: Again, detail: str) -> None:
        now = self._database.now(conn)
        values = {"due_at": again.at, "reason": again.reason, "detail": _storable(detail), **_ended()}
        if again.counted:
            values["tries"] = due.c.tries + 1
            values["failing_since"] = func.coalesce(due.c.failing_since, literal(now, Instant()))
        else:
            # The account was at fault meanwhile: its time must not count against the unit.
            values["failing_since"] = null()
        if again.escalated:
            values["escalated"] = True
        conn.execute(update(due).where(_STANDS).values(values), _held(claim))

    def die(self, conn: Connection, claim: Claim, reason: str, detail: str) -> None:
        """Unless it was marked since it was claimed: what is new may be what was wrong."""
        newer = due.c.wanted > claim.wanted
        conn.execute(
            update(due)
            .where(_STANDS)
            .values(
                dead=case((newer, False), else_=True),
                due_at=case((newer, due.c.due_at), else_=null()),
                tries=case((newer, 0), else_=due.c.tries),
                failing_since=case((newer, null()), else_=due.c.failing_since),
                reason=reason,
                detail=_storable(detail),
                **_ended(),
            ),
            _held(claim),
        )

    def _bury(self, conn: Connection, kind: Kind, ref: str, reason: str, detail: str) -> None:
        conn.execute(
            update(due)
            .where(due.c.kind == kind, due.c.ref == ref)
            .values(dead=True, due_at=None, reason=reason, detail=detail, **_ended())
        )

    def drop(self, conn: Connection, units: Sequence[Unit]) -> None:
        """Nothing is left to do for these units. A worker that still holds one loses its fence.

        The rows stay: were one made anew, its fences would begin again and an old claim's would fit.
        """
        keys = [(unit.kind, unit.ref) for unit in units]
        conn.execute(
            update(due)
            .where(tuple_(due.c.kind, due.c.ref).in_(keys))
            .values(done=due.c.wanted, due_at=None, dead=False, **_well(), **_ended())
        )

    def dead(self, conn: Connection, limit: int) -> list[UnitState]:
        query = select(due).where(due.c.dead).order_by(due.c.kind, due.c.ref).limit(limit)
        return [_state(row) for row in conn.execute(query).mappings()]

    def failing(self, conn: Connection, limit: int = 1_000) -> list[UnitState]:
        """Units that failed and will be tried again, the longest failing first."""
        query = select(due).where(due.c.reason.is_not(None), ~due.c.dead).order_by(due.c.failing_since)
        return [_state(row) for row in conn.execute(query.limit(limit)).mappings()]

    def state_of(self, conn: Connection, unit: Unit) -> UnitState | None:
        query = select(due).where(due.c.kind == unit.kind, due.c.ref == unit.ref)
        row = conn.execute(query).mappings().one_or_none()
        return _state(row) if row else None

    def revive(self, conn: Connection, unit: Unit) -> None:
        """Try a dead letter once more, from the start."""
        self.mark(conn, [unit], self._database.now(conn), Urgency.BACKFILL)

    def ready_since(self, conn: Connection, kind: Kind) -> datetime | None:
        """Since when the unit that waits longest for a claim could have been claimed."""
        query = select(func.min(due.c.due_at)).where(self._ready(kind, self._database.now(conn)))
        at: datetime | None = conn.execute(query).scalar_one()
        return at

    def backlog(self, conn: Connection) -> list[Backlog]:
        now = self._database.now(conn)
        ready = due.c.due_at <= now
        query = select(
            due.c.kind,
            func.count().filter(ready),
            func.count().filter(due.c.due_at > now),
            func.count().filter(due.c.dead),
            func.count().filter(due.c.escalated),
            func.min(due.c.due_at).filter(ready),
        ).group_by(due.c.kind)
        return [Backlog(Kind(row[0]), *row[1:]) for row in conn.execute(query)]


@cache
def _marking(dialect: str) -> Insert:
    """Built once: building a statement costs more than running it."""
    statement = insert_on(dialect, due)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=[due.c.kind, due.c.ref],
        set_={
            "wanted": due.c.wanted + 1,
            "due_at": case(
                (or_(due.c.due_at.is_(None), due.c.due_at > new.due_at), new.due_at), else_=due.c.due_at
            ),
            "urgency": case((due.c.urgency < new.urgency, due.c.urgency), else_=new.urgency),
            "dead": False,
            "tries": case((due.c.dead, 0), else_=due.c.tries),
            "failing_since": case((due.c.dead, null()), else_=due.c.failing_since),
            "escalated": case((due.c.dead, False), else_=due.c.escalated),
        },
    )


def _fresh(mark: Mark) -> dict[str, object]:
    return {
        "kind": mark.unit.kind,
        "ref": mark.unit.ref,
        "urgency": mark.urgency,
        "due_at": mark.at,
        "wanted": 1,
        "done": 0,
        "fence": 0,
        "starts": 0,
        "tries": 0,
        "escalated": False,
        "dead": False,
    }


def _apart(rows: Sequence[RowMapping]) -> Sequence[RowMapping]:
    """What was begun and never ended may take its process down: it is claimed alone, and takes no other along."""
    if rows and rows[0]["starts"]:
        return rows[:1]
    return [row for row in rows if not row["starts"]]


def _held(claim: Claim) -> dict[str, object]:
    """What _STANDS asks of the claim."""
    return {"of_kind": claim.unit.kind, "of_ref": claim.unit.ref, "under": claim.fence}


def _end_of(claim: Claim, again_at: datetime | None) -> dict[str, object]:
    return {**_held(claim), "reached": claim.wanted, "again_at": again_at}


def _state(row: RowMapping) -> UnitState:
    return UnitState(
        Unit(Kind(row["kind"]), row["ref"]),
        row["reason"],
        row["detail"],
        row["tries"],
        row["escalated"],
        row["dead"],
    )


def _ended() -> dict[str, object]:
    return {"lease_owner": None, "lease_until": None, "starts": 0}


def _well() -> dict[str, object]:
    return {"tries": 0, "failing_since": None, "reason": None, "detail": None, "escalated": False}


def _storable(text: str) -> str:
    """The CRM's words may hold what PostgreSQL's text (NUL) or any encoding (half a surrogate pair) refuses."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


_NEWER = due.c.wanted > bindparam("reached", type_=Integer)
# A claim that ended is nobody's: a second end, after a commit whose answer was lost, changes nothing.
_STANDS = and_(
    due.c.kind == bindparam("of_kind"),
    due.c.ref == bindparam("of_ref"),
    due.c.fence == bindparam("under"),
    due.c.lease_until.is_not(None),
)
# Built once, like _marking.
_FINISH = (
    update(due)
    .where(_STANDS)
    .values(
        done=bindparam("reached", type_=Integer),
        due_at=case((_NEWER, due.c.due_at), else_=bindparam("again_at", type_=Instant())),
        urgency=case((_NEWER, due.c.urgency), else_=Urgency.BACKFILL),
        **_well(),
        **_ended(),
    )
)
_GIVE_BACK = update(due).where(_STANDS).values(lease_owner=None, lease_until=None, starts=due.c.starts - 1)
_LEASE = select(due.c.lease_until).where(_STANDS).with_for_update()
_REFS: BindParameter[list[str]] = bindparam("refs", expanding=True)
_HELD = (
    select(due.c.ref, due.c.fence)
    .where(due.c.kind == bindparam("of_kind"), due.c.ref.in_(_REFS), due.c.lease_until.is_not(None))
    .with_for_update()
)
