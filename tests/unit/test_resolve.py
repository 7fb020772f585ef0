from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.guests.profile import Profile
from enrich.identity.resolve import choose


def profile(client_id, **fields):
    return Profile(client_id, **{"emails": ("ada@example.com",), **fields})


def chosen(*candidates):
    resolution = choose(candidates)
    return resolution.canonical.client_id if resolution else None


def created(year):
    return datetime(year, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("winner", "loser"),
    [
        (profile("b", visits=3), profile("a", visits=2, last_visit=date(2026, 1, 1))),
        (profile("b", last_visit=date(2026, 1, 2)), profile("a", last_visit=date(2026, 1, 1))),
        (profile("b", last_visit=date(2020, 1, 1)), profile("a", created=created(2019))),
        (profile("b", created=created(2019)), profile("a", created=created(2020))),
        (profile("b", created=created(2019)), profile("a")),
        (profile("a"), profile("b")),
        (profile("b"), profile("a", visits=9, deleted=True)),
    ],
)
def test_the_canonical_rule_decides_in_its_order(winner, loser):
    assert chosen(loser, winner) == chosen(winner, loser) == winner.client_id


def test_nobody_left_is_no_resolution():
    assert choose([]) is None
    assert choose([profile("a", deleted=True)]) is None


def test_a_profile_found_twice_is_no_duplicate_of_itself():
    found = choose([profile("a"), profile("b"), profile("a"), profile("b")])
    assert [duplicate.client_id for duplicate in found.duplicates] == ["b"]


def evidence(one, two):
    return dict(choose([one, two]).duplicates[0].evidence)


def test_evidence_says_what_agrees_and_what_does_not():
    one = profile("a", visits=9, first_name="José", last_name="Núñez", phone="+1 (773) 555-9775")
    two = profile("b", visits=2, first_name="NUNEZ", last_name="jose", phone="773.555.9775 ext 4")
    assert evidence(one, two) == {
        "email": "same address",
        "phone": "same number",
        "name": "same name",
        "visits": "2 against 9",
    }


def test_evidence_shows_that_it_may_be_somebody_else():
    one = profile("a", first_name="Ada", phone="7735559775", emails=("a.da@gmail.com",))
    two = profile("b", first_name="Bob", phone="7735559776", emails=("ada@googlemail.com",))
    assert evidence(one, two) == {
        "email": "same mailbox, written differently",
        "phone": "different numbers",
        "name": "different names",
        "visits": "0 against 0",
    }


profiles = st.builds(
    profile,
    client_id=st.sampled_from("abcdef"),
    visits=st.integers(0, 2),
    last_visit=st.sampled_from([None, date(2026, 1, 1), date(2026, 1, 2)]),
    created=st.sampled_from([None, created(2019), created(2020)]),
    deleted=st.booleans(),
)


@given(st.data(), st.lists(profiles, unique_by=lambda found: found.client_id))
def test_the_order_of_the_candidates_plays_no_part(data, candidates):
    assert choose(data.draw(st.permutations(candidates))) == choose(candidates)
