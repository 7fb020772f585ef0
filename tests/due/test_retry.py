import inspect
from datetime import UTC, datetime, timedelta

import pytest

from enrich import errors
from enrich.due.retry import Again, Dead, Pause, Policy, decide, pause_for
from enrich.due.unit import Claim, Kind, Unit
from enrich.errors import CrmServerError, CrmThrottled, CrmUnavailable, EnrichError, Halted

NOW = datetime(2026, 11, 20, 21, tzinfo=UTC)
POLICY = Policy()
LATER = NOW + timedelta(minutes=10)
MOST_TIMES = 200
"""Draws of the jitter in each test of its bounds."""

FOLLOWS = {
    # a fault of this unit's, or of the moment: again, later and later
    "CrmUnavailable": "backoff",
    "CrmConflict": "backoff",
    "SearchInconclusive": "backoff",
    "NoProfile": "backoff",
    "LeaseTooShort": "backoff",
    "ReaderUnavailable": "backoff",
    "SenderUnavailable": "backoff",
    "StoreUnavailable": "backoff",
    "TryLater": "backoff",
    "EnrichError": "backoff",
    # never a unit's fault, so never its end
    "Refused": "backoff",
    "SourceUnknown": "backoff",
    "SignatureInvalid": "backoff",
    "DeliveryTooLarge": "backoff",
    "ConfigurationError": "backoff",
    "SettingMissing": "backoff",
    "TableInvalid": "backoff",
    # a 500: once more soon, then for a person to see
    "CrmServerError": "once more soon",
    # the whole account waits, and no unit's tries are counted
    "CrmThrottled": "account pauses",
    "Halted": "account pauses",
    "CrmAuthenticationFailed": "account pauses",
    "CrmForbidden": "account pauses",
    # a dead letter
    "Quarantined": "dead",
    "TimestampOutsideTolerance": "dead",
    "DeliveryMalformed": "dead",
    "PayloadInvalid": "dead",
    "GiveUp": "dead",
    "CrmRejected": "dead",
    "GuestGone": "dead",
    "RecordGone": "dead",
    "SenderRejected": "dead",
    "VenueUnknown": "dead",
}


def known_errors() -> dict[str, type[EnrichError]]:
    found = inspect.getmembers(errors, lambda each: isinstance(each, type) and issubclass(each, EnrichError))
    return dict(found)


def error_of(name: str) -> EnrichError:
    kind = known_errors()[name]
    return kind("$.guid", "missing") if name == "PayloadInvalid" else kind("no")


def those_that(follow: str) -> list[str]:
    return [name for name, what in FOLLOWS.items() if what == follow]


def claim(tries: int = 0, failing_for: timedelta | None = None) -> Claim:
    since = None if failing_for is None else NOW - failing_for
    return Claim(Unit(Kind.GUEST, "mara"), 1, 1, 1, tries, since, NOW + timedelta(minutes=1))


def again(error: EnrichError, held: Claim) -> Again:
    verdict = decide(error, held, NOW, POLICY)
    assert isinstance(verdict, Again)
    return verdict


def seconds(verdict: Again) -> float:
    return (verdict.at - NOW).total_seconds()


def test_what_follows_is_written_down_for_every_error_there_is() -> None:
    assert set(FOLLOWS) == set(known_errors())


@pytest.mark.parametrize("name", FOLLOWS)
def test_the_reason_is_the_errors_own(name: str) -> None:
    error = error_of(name)
    assert decide(error, claim(), NOW, POLICY).reason == error.reason


@pytest.mark.parametrize("failing_for", [None, timedelta(0), timedelta(days=30)])
@pytest.mark.parametrize("name", those_that("dead"))
def test_what_can_never_work_is_a_dead_letter_at_once(name: str, failing_for: timedelta | None) -> None:
    assert decide(error_of(name), claim(5, failing_for), NOW, POLICY) == Dead(error_of(name).reason)
    assert pause_for(error_of(name), NOW, POLICY) is None


@pytest.mark.parametrize(("tries", "longest"), [(0, 2), (1, 4), (5, 64), (9, 900), (10_000, 900)])
@pytest.mark.parametrize("name", those_that("backoff"))
def test_what_may_work_later_is_tried_later_and_later_but_never_at_the_same_moment(
    name: str, tries: int, longest: float
) -> None:
    waits = [seconds(again(error_of(name), claim(tries, timedelta(hours=1)))) for _ in range(MOST_TIMES)]
    if name == "NoProfile":
        longest = min(2 * 2**tries, 6 * 3600)  # its searches are the CRM's to spend
    assert 1 <= min(waits) < 1 + longest / 2 < max(waits) <= longest + 1
    assert len(set(waits)) > MOST_TIMES / 2
    counted = again(error_of(name), claim())
    assert counted.counted
    assert not counted.escalated
    assert pause_for(error_of(name), NOW, POLICY) is None


@pytest.mark.parametrize("name", those_that("backoff") + those_that("once more soon"))
def test_an_outage_overnight_leaves_no_dead_letter_and_three_days_do(name: str) -> None:
    assert isinstance(decide(error_of(name), claim(1_000, timedelta(hours=72)), NOW, POLICY), Again)
    too_long = timedelta(hours=72, seconds=1)
    assert decide(error_of(name), claim(1, too_long), NOW, POLICY) == Dead(error_of(name).reason)


def test_a_server_error_is_tried_once_more_after_five_seconds_and_then_shown_to_a_person() -> None:
    error = CrmServerError("500")
    first, second = again(error, claim(0)), again(error, claim(1, timedelta(seconds=5)))
    assert (seconds(first), first.escalated, first.counted) == (5.0, False, True)
    assert (second.escalated, second.counted) == (True, True)
    assert 1 <= seconds(second) <= 5


@pytest.mark.parametrize("name", those_that("account pauses"))
def test_a_fault_of_the_account_pauses_it_and_never_buries_a_guest(name: str) -> None:
    pause = pause_for(error_of(name), NOW, POLICY)
    assert pause and pause.until > NOW
    for held in (claim(), claim(1_000, timedelta(days=30))):
        assert again(error_of(name), held) == Again(pause.until, error_of(name).reason, counted=False)


def test_the_account_pauses_as_long_as_the_crm_says_or_else_as_long_as_we_do() -> None:
    assert pause_for(CrmThrottled("429", not_before=LATER), NOW, POLICY) == Pause(LATER, "crm_throttled")
    assert pause_for(CrmThrottled("429"), NOW, POLICY) == Pause(NOW + timedelta(seconds=5), "crm_throttled")
    assert pause_for(Halted("no"), NOW, POLICY) == Pause(NOW + timedelta(seconds=60), "halted")


def test_nothing_is_tried_before_the_other_side_said() -> None:
    assert again(CrmUnavailable("503", not_before=LATER), claim()).at == LATER
    assert again(CrmUnavailable("503", not_before=NOW - timedelta(hours=1)), claim()).at > NOW
