from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.events.guest_event import CheckEvent, CheckState, Money
from enrich.mapping.reading import Provenance
from enrich.visits.policy import LoyaltyRule, SpendPolicy, TierTable
from enrich.visits.spend import SpendSummary, last_totals, spend_of, spend_proposals

TODAY = date(2026, 11, 20)
CLOSED_AT = datetime(2026, 11, 13, 21, 0, tzinfo=UTC)
POLICY = SpendPolicy(
    average_to="avg_90",
    total_to="lifetime",
    visits_to="visits",
    tiers=TierTable(
        to="tier",
        by_currency={"USD": {"Gold": Decimal(100), "Platinum": Decimal(180)}, "EUR": {"Gold": Decimal(90)}},
    ),
    loyalty=LoyaltyRule(to="loyalty", value="Regular", visits=5, total_by_currency={"USD": Decimal(1000)}),
)
_serial = count()


def check(spend="100", covers="1", days_ago=7, **changes):
    number = changes.pop("number", next(_serial))
    return CheckEvent(
        **{
            "key": f"toast/check/{number}",
            "version": "1",
            "occurred_at": CLOSED_AT,
            "venue": "larkspur",
            "check_id": str(number),
            "order_id": f"order-{number}",
            "state": CheckState.CLOSED,
            "business_date": TODAY - timedelta(days=days_ago),
            "spend": Money(amount=Decimal(spend), currency=changes.pop("currency", "USD")),
            "covers": None if covers is None else Decimal(covers),
            **changes,
        }
    )


def summary(*checks, as_of=TODAY, currency="USD"):
    return spend_of(checks, POLICY, as_of, currency)


def test_the_average_is_all_spend_over_all_covers():
    assert summary(check("300", covers="1"), check("100", covers="3")).average == Decimal("100.00")


def test_half_a_cent_rounds_up():
    assert summary(check("50.10", covers="4")).average == Decimal("12.53")


def test_three_thirds_of_a_party_are_whole_people():
    third = str(Decimal(8) / Decimal(3))
    split = [check(amount, covers=third) for amount in ("24.33", "24.33", "24.34")]
    assert summary(*split).average == Decimal("9.13")


def test_two_checks_of_one_order_are_one_visit():
    assert summary(check(order_id="o"), check(order_id="o")).visits == 1


def test_unknown_covers_count_for_visits_and_total_but_not_for_the_average():
    found = summary(check("500", covers=None), check("80"))
    assert (found.visits, found.total, found.average) == (2, Decimal("580.00"), Decimal("80.00"))


def test_a_comped_check_is_a_visit_and_its_covers_stay_in_the_average():
    found = summary(check("0", covers="2"), check("200", covers="2"))
    assert (found.visits, found.average) == (2, Decimal("50.00"))


@pytest.mark.parametrize("state", [CheckState.OPEN, CheckState.VOIDED, CheckState.IGNORED])
def test_only_paid_and_closed_checks_count(state):
    found = summary(check(state=state), check("70", state=CheckState.PAID))
    assert (found.visits, found.total, len(found.basis)) == (1, Decimal("70.00"), 1)


def test_currencies_are_never_added():
    found = summary(check("95", currency="EUR"), check("400"), currency="EUR")
    assert (found.visits, found.total, found.tier) == (1, Decimal("95.00"), "Gold")


def test_a_void_takes_back_what_the_check_had_given():
    closed = check("200", number="v")
    voided = check("200", number="v", version="2", state=CheckState.VOIDED)
    assert summary(voided, closed).total == 0


@pytest.mark.parametrize(("days_ago", "average"), [(89, Decimal("100.00")), (90, None)])
def test_the_window_ends_after_ninety_days(days_ago, average):
    assert summary(check(days_ago=days_ago)).average == average


def test_the_summary_names_the_day_a_check_leaves_the_window():
    checks = [check(days_ago=60), check("60", days_ago=10)]
    leaves = summary(*checks).changes_on
    assert leaves == TODAY + timedelta(days=30)
    assert summary(*checks, as_of=leaves - timedelta(days=1)).average == Decimal("80.00")
    assert summary(*checks, as_of=leaves).average == Decimal("60.00")


@pytest.mark.parametrize(
    ("spend", "tier"), [("99.99", None), ("100", "Gold"), ("179.99", "Gold"), ("180", "Platinum")]
)
def test_the_highest_tier_reached_counts(spend, tier):
    assert summary(check(spend)).tier == tier


@pytest.mark.parametrize(
    ("visits", "spend", "loyal"), [(5, "1", True), (4, "1", False), (1, "1000", True), (1, "999.99", False)]
)
def test_visits_or_total_earn_loyalty(visits, spend, loyal):
    assert summary(*(check(spend) for _ in range(visits))).loyal is loyal


def test_last_totals_are_per_visit_and_newest_first():
    checks = [check("10", days_ago=9, order_id="o"), check("5", days_ago=9, order_id="o")]
    checks += [check("20", days_ago=1), check("30", days_ago=5), check("40", days_ago=30)]
    assert last_totals(checks, TODAY, "USD") == (Decimal("20.00"), Decimal("30.00"), Decimal("15.00"))


def proposed(found: SpendSummary):
    provenance = Provenance("toast/check/1", CLOSED_AT, "spend:window")
    return {proposal.field: proposal.value for proposal in spend_proposals(found, POLICY, provenance)}


def test_figures_are_proposed_as_text():
    assert proposed(summary(check("368.4", covers="2"), check("1000", covers=None))) == {
        "avg_90": "184.20",
        "lifetime": "1368.40",
        "visits": "2",
        "tier": "Platinum",
        "loyalty": "Regular",
    }


def test_nothing_is_proposed_for_a_guest_without_checks():
    assert proposed(summary()) == proposed(summary(check(state=CheckState.OPEN))) == {}


def test_zero_is_proposed_once_the_only_check_was_voided():
    assert proposed(summary(check(state=CheckState.VOIDED))) == {"lifetime": "0.00", "visits": "0"}


a_check = st.builds(
    check,
    spend=st.decimals(min_value=0, max_value=900, places=2).map(str),
    covers=st.sampled_from([None, "1", "2", str(Decimal(4) / 3), str(Decimal(2) / 3)]),
    days_ago=st.integers(-3, 200),
    number=st.integers(0, 5),
    version=st.sampled_from(["1", "2"]),
    order_id=st.sampled_from(["o1", "o2", "o3"]),
    state=st.sampled_from(list(CheckState)),
    currency=st.sampled_from(["USD", "EUR"]),
)


@given(st.data(), st.lists(a_check, max_size=8))
def test_order_and_repetition_of_checks_change_nothing(data, checks):
    shuffled = data.draw(
        st.permutations(checks + data.draw(st.lists(st.sampled_from(checks)) if checks else st.just([])))
    )
    assert summary(*shuffled) == summary(*checks)


@given(st.lists(a_check, max_size=6))
def test_nothing_changes_by_itself_before_the_named_day(checks):
    now = summary(*checks)
    last = (now.changes_on or TODAY + timedelta(days=400)) - timedelta(days=1)
    assert summary(*checks, as_of=last) == now
