import random
import time
from datetime import timedelta

import pytest
from shelves import SECOND, Shelves, at_once, due_rows, guest
from sqlalchemy import update

from enrich.due.retry import Again, Pause
from enrich.due.unit import Claim, Kind, Unit, Urgency
from enrich.errors import ConfigurationError
from enrich.store.database import Database
from enrich.store.tables import due

MARA, IDA = guest("mara"), guest("ida")
HOUR = timedelta(hours=1)


def retry(shelves: Shelves, claim: Claim, after: timedelta, **fields: bool) -> None:
    with shelves.database.write() as conn:
        again = Again(shelves.database.now(conn) + after, "crm_unavailable", **fields)
        shelves.due.retry(conn, claim, again, "no answer")


def pause(shelves: Shelves, lasting: timedelta) -> None:
    with shelves.database.write() as conn:
        shelves.accounts.pause(conn, Pause(shelves.database.now(conn) + lasting, "crm_throttled"))


def crash(shelves: Shelves, unit: Unit, times: int) -> Claim:
    """The last of the claims that never ended."""
    for _ in range(times):
        claim = shelves.claim_one(unit)
        shelves.lease_ends(unit)
    return claim


def test_what_is_marked_is_claimed_once(shelves: Shelves) -> None:
    shelves.mark(MARA)
    assert [claim.unit for claim in shelves.claim()] == [MARA]
    assert shelves.claim() == []


def test_what_is_due_later_is_not_claimed_yet(shelves: Shelves) -> None:
    shelves.mark(MARA, after=SECOND)
    assert shelves.claim() == []
    shelves.time_passes(MARA, SECOND)
    assert shelves.claim_one(MARA)


def test_the_most_urgent_is_claimed_first_and_the_longest_due_of_those(shelves: Shelves) -> None:
    for urgency in (Urgency.BACKFILL, Urgency.SAFETY, Urgency.SPEND):
        shelves.mark(guest(f"{urgency.name} later"), after=-SECOND, urgency=urgency)
        shelves.mark(guest(f"{urgency.name} sooner"), after=-2 * SECOND, urgency=urgency)
    order = [claim.unit.ref for _ in range(3) for claim in shelves.claim(limit=2)]
    assert order == [f"{name} {when}" for name in ("SAFETY", "SPEND", "BACKFILL") for when in ("sooner", "later")]


def test_a_unit_marked_twice_keeps_the_earliest_moment_and_the_higher_urgency(shelves: Shelves) -> None:
    shelves.mark(MARA, after=HOUR, urgency=Urgency.SURVEY)
    first = shelves.row(MARA)
    shelves.mark(MARA, after=2 * HOUR, urgency=Urgency.BACKFILL)
    assert (shelves.row(MARA)["due_at"], shelves.row(MARA)["urgency"]) == (first["due_at"], Urgency.SURVEY)
    shelves.mark(MARA, urgency=Urgency.SAFETY)
    assert shelves.claim_one(MARA).wanted == 3
    assert shelves.row(MARA)["urgency"] == Urgency.SAFETY


def test_many_events_of_a_guest_are_one_claim(shelves: Shelves) -> None:
    shelves.mark(MARA, MARA, IDA)
    shelves.mark(MARA)
    assert {claim.unit: claim.wanted for claim in shelves.claim()} == {MARA: 2, IDA: 1}


def test_a_finished_unit_rests_until_there_is_something_new(shelves: Shelves) -> None:
    shelves.mark(MARA)
    assert shelves.finish(shelves.claim_one(MARA))
    assert shelves.claim() == []
    shelves.mark(MARA)
    assert shelves.claim_one(MARA)


def test_a_unit_marked_while_it_is_worked_on_is_due_again_afterwards(shelves: Shelves) -> None:
    shelves.mark(MARA)
    claim = shelves.claim_one(MARA)
    shelves.mark(MARA)
    assert shelves.claim() == []
    assert shelves.finish(claim)
    assert shelves.claim_one(MARA).wanted == claim.wanted + 1


def test_a_unit_may_ask_to_be_looked_at_again_later(shelves: Shelves) -> None:
    shelves.mark(MARA)
    with shelves.database.read() as conn:
        tomorrow = shelves.database.now(conn) + timedelta(days=1)
    shelves.finish(shelves.claim_one(MARA), again_at=tomorrow)
    assert shelves.row(MARA)["due_at"] == tomorrow


@pytest.mark.parametrize("sent", [True, False])
def test_a_worker_that_lost_its_lease_ends_nothing_and_what_it_sent_is_looked_at_again(
    shelves: Shelves, sent: bool
) -> None:
    shelves.mark(MARA)
    zombie = shelves.claim_one(MARA)
    shelves.lease_ends(MARA)
    heir = shelves.claim_one(MARA)
    assert heir.fence > zombie.fence
    assert shelves.finish(heir)
    assert not shelves.finish(zombie, sent=sent)
    assert [claim.unit for claim in shelves.claim()] == ([MARA] if sent else [])


def test_of_a_batch_only_the_claims_that_stand_are_finished(shelves: Shelves) -> None:
    shelves.mark(MARA, guest("teo"))
    claims = {claim.unit: claim for claim in shelves.claim()}
    zombie, teo = claims[MARA], claims[guest("teo")]
    shelves.lease_ends(MARA)
    heir = shelves.claim_one(MARA)
    with shelves.database.write() as conn:
        assert shelves.due.finish_all(conn, [zombie, teo]) == {teo}
        assert shelves.due.finish_all(conn, [heir, teo]) == {heir}
    assert shelves.claim() == []


def test_a_claim_that_ended_cannot_be_given_back(shelves: Shelves) -> None:
    shelves.mark(MARA)
    claim = shelves.claim_one(MARA)
    assert shelves.finish(claim)
    before = shelves.row(MARA)
    with shelves.database.write() as conn:
        shelves.due.give_back(conn, [claim])
    assert shelves.row(MARA) == before


def test_a_worker_that_lost_its_lease_neither_retries_nor_buries(shelves: Shelves) -> None:
    shelves.mark(MARA)
    zombie = shelves.claim_one(MARA)
    shelves.lease_ends(MARA)
    shelves.claim_one(MARA)
    before = shelves.row(MARA)
    retry(shelves, zombie, HOUR)
    shelves.die(zombie)
    assert shelves.row(MARA) == before


def test_a_claim_ends_once(shelves: Shelves) -> None:
    shelves.mark(MARA)
    claim = shelves.claim_one(MARA)
    assert shelves.finish(claim)
    before = shelves.row(MARA)
    assert not shelves.finish(claim)
    retry(shelves, claim, -SECOND)
    shelves.die(claim)
    assert shelves.row(MARA) == before


def test_a_lease_is_held_only_as_long_as_it_lasts(shelves: Shelves) -> None:
    shelves.mark(MARA)
    claim = shelves.claim_one(MARA)

    def holds(seconds: int) -> bool:
        with shelves.database.write() as conn:
            return shelves.due.holds(conn, claim, for_at_least=seconds * SECOND)

    assert holds(50)
    assert not holds(70)
    shelves.lease_ends(MARA)
    assert not holds(0)
    shelves.claim_one(MARA)
    assert not holds(0)


def test_a_lease_far_in_the_future_is_a_clock_that_went_back(shelves: Shelves) -> None:
    shelves.mark(MARA)
    first = shelves.claim_one(MARA)
    shelves.time_passes(MARA, -HOUR)
    shelves.mark(MARA)
    with shelves.database.write() as conn:
        conn.execute(update(due).values(due_at=shelves.database.now(conn)))
    assert shelves.claim_one(MARA).fence > first.fence


def test_a_lease_that_would_always_count_as_expired_is_refused(database: Database) -> None:
    with pytest.raises(ConfigurationError):
        due_rows(database, lease=timedelta(minutes=11))


def test_five_starts_without_an_end_are_a_dead_letter(shelves: Shelves) -> None:
    shelves.mark(MARA)
    crash(shelves, MARA, 5)
    assert shelves.claim() == []
    state = shelves.state(MARA)
    assert state and state.dead and state.reason == "worker_crash"


def test_an_end_of_any_kind_counts_the_starts_anew(shelves: Shelves) -> None:
    shelves.mark(MARA)
    crash(shelves, MARA, 4)
    retry(shelves, shelves.claim_one(MARA), -SECOND)
    assert shelves.claim_one(MARA).starts == 1


def test_one_that_crashes_its_worker_keeps_no_other_back(shelves: Shelves) -> None:
    shelves.mark(MARA, urgency=Urgency.SAFETY)
    crash(shelves, MARA, 5)
    shelves.mark(IDA, urgency=Urgency.BACKFILL)
    assert [claim.unit for claim in shelves.claim()] == [IDA]


def test_the_late_end_of_a_buried_claim_brings_nothing_back_to_life_by_half(shelves: Shelves) -> None:
    shelves.mark(MARA)
    last = crash(shelves, MARA, 5)
    shelves.claim()
    retry(shelves, last, -SECOND)
    assert not shelves.finish(last)
    assert shelves.claim() == []
    assert shelves.state(MARA).dead  # type: ignore[union-attr]
    assert not shelves.finish(last, sent=True)
    assert shelves.claim_one(MARA)


def test_a_failure_counts_and_keeps_since_when(shelves: Shelves) -> None:
    shelves.mark(MARA)
    retry(shelves, shelves.claim_one(MARA), HOUR)
    assert shelves.claim() == []
    shelves.time_passes(MARA, HOUR)
    first = shelves.claim_one(MARA)
    retry(shelves, first, -SECOND, escalated=True)
    second = shelves.claim_one(MARA)
    assert (first.tries, second.tries) == (1, 2)
    assert second.failing_since == first.failing_since
    assert shelves.row(MARA)["escalated"]
    shelves.finish(second)
    shelves.mark(MARA)
    fresh = shelves.claim_one(MARA)
    assert (fresh.tries, fresh.failing_since, shelves.row(MARA)["escalated"]) == (0, None, False)


def test_a_fault_of_the_account_is_not_counted_against_the_guest(shelves: Shelves) -> None:
    shelves.mark(MARA)
    retry(shelves, shelves.claim_one(MARA), -SECOND, counted=False)
    claim = shelves.claim_one(MARA)
    assert (claim.tries, claim.failing_since) == (0, None)


def test_the_words_of_an_error_are_kept_whatever_they_hold(shelves: Shelves) -> None:
    shelves.mark(MARA)
    shelves.die(shelves.claim_one(MARA), detail="a\0b \udc80 \N{HOT BEVERAGE}")
    state = shelves.state(MARA)
    assert state and state.detail == "ab ? \N{HOT BEVERAGE}"


def test_a_dead_letter_is_left_alone_until_it_is_revived(shelves: Shelves) -> None:
    shelves.mark(MARA)
    retry(shelves, shelves.claim_one(MARA), -SECOND, escalated=True)
    shelves.die(shelves.claim_one(MARA))
    assert shelves.claim() == []
    with shelves.database.write() as conn:
        assert [state.unit for state in shelves.due.dead(conn, 10)] == [MARA]
        shelves.due.revive(conn, MARA)
    claim = shelves.claim_one(MARA)
    assert (claim.tries, claim.failing_since, shelves.row(MARA)["escalated"]) == (0, None, False)


def test_something_new_about_a_dead_letter_starts_its_days_of_grace_anew(shelves: Shelves) -> None:
    shelves.mark(MARA)
    retry(shelves, shelves.claim_one(MARA), -SECOND)
    shelves.die(shelves.claim_one(MARA))
    shelves.mark(MARA)
    assert shelves.claim_one(MARA).failing_since is None


def test_something_new_while_a_unit_dies_keeps_it_alive(shelves: Shelves) -> None:
    shelves.mark(MARA)
    claim = shelves.claim_one(MARA)
    shelves.mark(MARA)
    shelves.die(claim)
    assert not shelves.state(MARA).dead  # type: ignore[union-attr]
    assert shelves.claim_one(MARA).wanted == 2


def test_while_the_account_is_paused_the_crm_is_left_alone_and_deliveries_are_not(shelves: Shelves) -> None:
    units = [Unit(kind, "1") for kind in Kind]
    shelves.mark(*units)
    pause(shelves, HOUR)
    assert [kind for kind in Kind if shelves.claim(kind)] == [Kind.DELIVERY]
    assert all(shelves.row(unit)["starts"] == 0 for unit in units if unit.kind is not Kind.DELIVERY)


def test_when_the_pause_is_over_work_goes_on(shelves: Shelves) -> None:
    shelves.mark(MARA)
    pause(shelves, timedelta(milliseconds=50))
    time.sleep(0.06)
    assert shelves.claim_one(MARA)


def test_a_shorter_pause_does_not_end_a_longer_one(shelves: Shelves) -> None:
    pause(shelves, HOUR)
    pause(shelves, SECOND)
    with shelves.database.read() as conn:
        paused = shelves.accounts.paused(conn)
        assert paused and paused.until > shelves.database.now(conn) + HOUR / 2


def test_a_dropped_unit_is_forgotten_and_whoever_held_it_has_lost_it(shelves: Shelves) -> None:
    shelves.mark(MARA, IDA)
    zombie = shelves.claim_one(MARA)
    with shelves.database.write() as conn:
        shelves.due.drop(conn, [MARA])
    assert shelves.claim() == []
    assert not shelves.finish(zombie)
    shelves.mark(MARA)
    heir = shelves.claim_one(MARA)
    assert not shelves.finish(zombie)
    assert shelves.finish(heir)


def test_the_backlog_counts_every_unit_by_what_it_waits_for(shelves: Shelves) -> None:
    shelves.mark(guest("dead"), guest("failed"))
    for claim in shelves.claim():
        shelves.die(claim) if claim.unit.ref == "dead" else retry(shelves, claim, HOUR, escalated=True)
    shelves.mark(guest("ready"))
    with shelves.database.read() as conn:
        (backlog,) = shelves.due.backlog(conn)
        since = shelves.due.ready_since(conn, Kind.GUEST)
    assert (backlog.ready, backlog.later, backlog.dead, backlog.escalated) == (1, 1, 1, 1)
    assert backlog.oldest_ready == since == shelves.row(guest("ready"))["due_at"]


def test_threads_that_claim_at_once_never_share_a_unit(shelves: Shelves) -> None:
    """Leases far longer than the test: every unit is claimed exactly once."""
    units = [guest(str(number)) for number in range(200)]
    shelves.mark(*units)

    def claim_all(_place: int) -> list[str]:
        mine: list[str] = []
        while found := shelves.claim(limit=7):
            mine += [claim.unit.ref for claim in found]
        return mine

    claimed = [ref for refs in at_once(8, claim_all) for ref in refs]
    assert sorted(claimed) == sorted(unit.ref for unit in units)


def test_with_leases_that_end_under_the_workers_one_claim_at_most_is_honoured(database: Database) -> None:
    """Of all claims on a unit between two marks, one may finish; the fences of a unit never repeat."""
    shelves, rows = Shelves(database), due_rows(database, lease=timedelta(milliseconds=20))
    units = [guest(str(number)) for number in range(8)]
    shelves.mark(*units)
    ends = time.monotonic() + 1.5

    def work(place: int) -> list[tuple[Claim, bool]]:
        dice, ended = random.Random(place), []
        while time.monotonic() < ends:
            for claim in rows.claim(Kind.GUEST, 3):
                time.sleep(dice.choice([0, 0, 0.03]))
                ended.append((claim, shelves.finish(claim)))
                shelves.mark(claim.unit)
        return ended

    ended = [pair for pairs in at_once(6, work) for pair in pairs]
    fences = [(claim.unit, claim.fence) for claim, _ in ended]
    revisions = [(claim.unit, claim.wanted) for claim, honoured in ended if honoured]
    assert len(set(fences)) == len(fences)
    assert len(set(revisions)) == len(revisions) > 20
    assert any(not honoured for _, honoured in ended)
