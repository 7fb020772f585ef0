"""Due rows under every order of marks, claims, crashes, ends and late ends, with a clock the test turns."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule
from shelves import due_rows, guest
from sqlalchemy import Connection, select

from enrich.due.retry import Again
from enrich.due.unit import Claim, Kind, Unit, Urgency
from enrich.store.database import Database, sqlite_url
from enrich.store.schema import upgrade
from enrich.store.tables import due

LEASE = timedelta(seconds=60)
BOTH = (guest("mara"), guest("ida"))
UNITS = st.sampled_from(BOTH)


class ClockedDatabase(Database):
    time = datetime(2026, 11, 20, 18, tzinfo=UTC)

    def now(self, conn: Connection) -> datetime:
        return self.time


class DueMachine(RuleBasedStateMachine):
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.database = ClockedDatabase(sqlite_url(Path(self.folder.name)))
        upgrade(self.database)
        self.rows = due_rows(self.database, LEASE)
        self.live: dict[Unit, Claim] = {}
        self.fences: dict[Unit, int] = {}
        self.marks: dict[Unit, int] = {}
        self.finished: dict[Unit, int] = {}
        """Marks the last honoured end had seen."""
        self.seen: dict[tuple[Unit, int], int] = {}
        """Marks at the time of each claim, by its fence."""

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @initialize()
    def both_are_marked(self) -> None:
        for unit in BOTH:
            self.mark(unit, 0, Urgency.SPEND)

    @rule(unit=UNITS, later=st.sampled_from([0, 0, 30, 90]), urgency=st.sampled_from(Urgency))
    def mark(self, unit: Unit, later: int, urgency: Urgency) -> None:
        with self.database.write() as conn:
            self.rows.mark(conn, [unit], self.database.time + timedelta(seconds=later), urgency)
        self.marks[unit] = self.marks.get(unit, 0) + 1

    @rule(target=claims, limit=st.integers(1, 2))
    def claim_some(self, limit: int) -> object:
        return self.claim(limit)

    def claim(self, limit: int) -> object:
        found = self.rows.claim(Kind.GUEST, limit)
        for claim in found:
            held = self.live.get(claim.unit)
            assert held is None or not self.stands(held)
            assert claim.fence > self.fences.get(claim.unit, 0)
            self.live[claim.unit] = claim
            self.fences[claim.unit] = claim.fence
            self.seen[claim.unit, claim.fence] = self.marks[claim.unit]
        return multiple(*found)

    @rule(claim=claims, sent=st.booleans())
    def finish(self, claim: Claim, sent: bool) -> None:
        """Also of claims that ended, expired or were taken over long ago."""
        mine = self.live.get(claim.unit) is claim
        with self.database.write() as conn:
            honoured = self.rows.finish(conn, claim, sent=sent)
        assert mine or not honoured or self.fences[claim.unit] == claim.fence
        if honoured:
            self.finished[claim.unit] = self.seen[claim.unit, claim.fence]
            self.live.pop(claim.unit, None)
        elif sent:
            self.marks[claim.unit] += 1

    @rule(claim=claims)
    def mark_and_finish(self, claim: Claim) -> None:
        self.mark(claim.unit, 0, Urgency.SURVEY)
        self.finish(claim, False)

    @rule(claim=claims, later=st.sampled_from([0, 30]), counted=st.booleans())
    def retry(self, claim: Claim, later: int, counted: bool) -> None:
        again = Again(self.database.time + timedelta(seconds=later), "crm_unavailable", counted=counted)
        with self.database.write() as conn:
            self.rows.retry(conn, claim, again, "no answer")
        self.forget(claim)

    @rule(claim=claims)
    def die(self, claim: Claim) -> None:
        with self.database.write() as conn:
            self.rows.die(conn, claim, "crm_rejected", "no")
        self.forget(claim)

    @rule(unit=UNITS)
    def drop(self, unit: Unit) -> None:
        with self.database.write() as conn:
            self.rows.drop(conn, [unit])
        self.live.pop(unit, None)
        self.finished[unit] = self.marks.get(unit, 0)

    @precondition(lambda self: self.live)
    @rule(target=claims)
    def crash_and_be_taken_over(self) -> object:
        self.database.time += LEASE
        return self.claim(2)

    @rule(seconds=st.sampled_from([1, 30, 59, 61, 200]))
    def time_passes(self, seconds: int) -> None:
        self.database.time += timedelta(seconds=seconds)

    @rule()
    def the_clock_goes_back_an_hour(self) -> None:
        self.database.time -= timedelta(hours=1)

    @invariant()
    def no_mark_is_lost(self) -> None:
        for row in self.table():
            unit = Unit(Kind(row["kind"]), row["ref"])
            if self.marks[unit] > self.finished.get(unit, 0):
                assert row["due_at"] is not None or row["dead"]

    @invariant()
    def a_dead_letter_is_never_due(self) -> None:
        assert [row["ref"] for row in self.table() if row["dead"] and row["due_at"] is not None] == []

    @invariant()
    def fences_only_grow(self) -> None:
        for row in self.table():
            assert row["fence"] >= self.fences.get(Unit(Kind(row["kind"]), row["ref"]), 0)

    def table(self) -> list[dict[str, object]]:
        with self.database.read() as conn:
            return [dict(row) for row in conn.execute(select(due)).mappings()]

    def stands(self, claim: Claim) -> bool:
        return self.database.time < claim.lease_until <= self.database.time + timedelta(minutes=10)

    def forget(self, claim: Claim) -> None:
        if self.fences[claim.unit] == claim.fence:
            self.live.pop(claim.unit, None)


TestDueMachine = DueMachine.TestCase
PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
TestDueMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None, phases=PHASES)
