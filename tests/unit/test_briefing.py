from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.briefing.bullets import LINE_LIMIT, TOTAL_LIMIT, BriefingInput, briefing, names_in
from enrich.guests.profile import Tag

REGULAR = BriefingInput(
    diet=("Nut allergy", "Vegetarian"),
    seating=("Booth",),
    occasions=("Birthday",),
    visits=12,
    last_visit=date(2026, 10, 3),
    last_totals=(Decimal("210"), Decimal("96.5"), Decimal("143"), Decimal("80")),
    average=Decimal("184.20"),
    tier="Platinum",
    currency="USD",
    party_size=4,
    request="Quiet\nplease",
)


def test_safety_comes_first_and_the_request_last():
    assert briefing(REGULAR) == (
        "Diet: Nut allergy, Vegetarian",
        "Occasion: Birthday",
        "Seating: Booth",
        "12 visits, last on 3 Oct 2026; Platinum; 184.20 USD a cover; last checks 210.00, 96.50, 143.00",
        "Request: Quiet please",
    )


def test_history_and_spend_have_a_line_each_where_there_is_room():
    assert briefing(BriefingInput(visits=1, tier="Gold", seating=("Booth",))) == (
        "Seating: Booth",
        "1 visit",
        "Gold",
    )


@pytest.mark.parametrize(
    "stranger",
    [
        BriefingInput(),
        BriefingInput(diet=(" ",), tier=""),
        BriefingInput(party_size=6, request="window", occasions=("Birthday",)),
    ],
)
def test_a_guest_we_know_nothing_about_gets_no_briefing(stranger):
    assert briefing(stranger) == ()


def test_a_guest_we_hardly_know_still_gets_three_lines():
    assert briefing(BriefingInput(visits=2, party_size=3)) == (
        "2 visits",
        "No dietary needs on record: please ask",
        "Party of 3",
    )


def test_a_kitchen_note_that_repeats_a_tag_is_said_once():
    facts = BriefingInput(diet=("Gluten-free",), kitchen=("gluten-free", "Separate fryer"))
    assert briefing(facts)[:2] == ("Diet: Gluten-free", "Kitchen: Separate fryer")


def test_safety_that_finds_no_room_is_counted():
    many = tuple(f"Allergy to substance number {number:02}" for number in range(12))
    shown = [line for line in briefing(BriefingInput(diet=many, visits=1)) if line.startswith("Diet")]
    named = sum(line.count("Allergy") for line in shown)
    assert len(shown) == 2
    assert shown[-1].endswith(f"(+{12 - named} more on the profile)")


def test_what_exceeds_the_whole_is_left_out_from_the_end():
    long = ("nothing that was ever near a shellfish " * 3,)
    bullets = briefing(BriefingInput(diet=long, occasions=long, seating=long, visits=3, request=long[0]))
    assert [line.split()[0] for line in bullets] == ["Diet:", "Occasion:", "Seating:", "3"]


def test_only_tags_of_the_named_groups_are_taken():
    tags = {Tag("Dietary", "Vegan"), Tag("Allergy", "Nuts"), Tag("Staff", "Bad tipper")}
    assert names_in(tags, {"Dietary", "Allergy"}) == ("Nuts", "Vegan")


words = st.lists(st.text(max_size=150), max_size=6).map(tuple)
money = st.decimals(min_value=0, max_value=99999, places=2)
inputs = st.builds(
    BriefingInput,
    diet=words,
    kitchen=words,
    seating=words,
    occasions=words,
    visits=st.integers(0, 500),
    last_visit=st.none() | st.dates(),
    last_totals=st.lists(money, max_size=4).map(tuple),
    average=st.none() | money,
    tier=st.none() | st.text(max_size=80),
    currency=st.just("USD"),
    party_size=st.none() | st.integers(1, 40),
    request=st.none() | st.text(max_size=300),
)


@given(inputs)
def test_a_briefing_is_three_to_five_short_lines_or_none(facts):
    bullets = briefing(facts)
    assert len(bullets) in ((3, 4, 5) if facts.visits else (0, 3, 4, 5))
    assert all(0 < len(line) <= LINE_LIMIT and "\n" not in line for line in bullets)
    assert len("\n".join(bullets)) <= TOTAL_LIMIT
    assert len(set(bullets)) == len(bullets)
