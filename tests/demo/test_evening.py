"""The planned evening keeps to the figures of the worked example, whatever the seed."""

import json
from collections import Counter
from decimal import Decimal

import pytest

from enrich.demo.checks import Fate
from enrich.demo.clock import FIRST_CLOSE, LAST_CLOSE, speed_for
from enrich.demo.evening import Evening, plan
from enrich.demo.expectation import expected, figures
from enrich.demo.guests import Answering
from enrich.demo.house import tier_of
from enrich.demo.seen import tags
from tests.demo.builders import START, an_evening

SEEDS = range(1, 21)
seeded = pytest.mark.parametrize("seed", SEEDS)


@seeded
def test_110_guests_are_invited_and_34_answer(seed: int) -> None:
    wanted = expected(an_evening(seed))
    replies = Counter(each.seat.guest.reply.about for each in wanted if each.seat.guest.reply)
    assert sum(each.invited for each in wanted) == 110
    assert replies == {Answering.DIET: 12, Answering.TABLE: 9, Answering.OCCASION: 6, Answering.RATING: 7}


@seeded
def test_their_checks_close_between_six_and_ten(seed: int) -> None:
    evening = an_evening(seed)
    closes = [evening.clock.minute_of(each.seat.check.closed) for each in expected(evening) if each.invited]
    assert min(closes) >= FIRST_CLOSE and max(closes) <= LAST_CLOSE
    late = [evening.clock.minute_of(each.seat.check.closed) for each in expected(evening) if not each.invited]
    assert len(late) == 4 and min(late) > LAST_CLOSE


@seeded
def test_exactly_the_seven_who_only_rate_change_their_tier(seed: int) -> None:
    evening = an_evening(seed)
    changed = [each.seat.guest for each in expected(evening) if each.tier_tag != tier_before(each, evening)]
    assert len(changed) == 7
    assert all(guest.reply and guest.reply.about is Answering.RATING for guest in changed)
    assert all(guest.moves_to for guest in changed)


def tier_before(wanted, evening: Evening) -> str | None:
    before = figures(wanted.seat.guest.earlier, evening.business_date).average
    tier = tier_of(before) if before is not None else None
    return f"Spend Tier:{tier}" if tier else None


@seeded
def test_twenty_guests_have_earlier_checks_and_some_cross_the_loyalty_line(seed: int) -> None:
    evening = an_evening(seed)
    regulars = [each for each in expected(evening) if each.invited and each.seat.guest.earlier]
    before = [figures(each.seat.guest.earlier, evening.business_date) for each in regulars]
    crossed = [each for each, past in zip(regulars, before, strict=True) if each.loyal and not past.is_loyal]
    assert len(regulars) == 20
    assert crossed


@seeded
def test_everybody_who_comes_can_be_told_from_everybody_else(seed: int) -> None:
    evening = an_evening(seed)
    owners: dict[str, set[str]] = {}
    for house in evening.houses:
        for client in house.clients:
            for address in filter(None, (client["email"], client["email_alt"])):
                owners.setdefault(address.casefold(), set()).add(f"{client['first_name']} {client['last_name']}")
    assert all(len(names) == 1 for names in owners.values())
    assert len({client["id"] for client in evening.book["clients"]}) == len(evening.book["clients"])


@seeded
def test_the_canonical_profile_has_more_visits_or_the_later_one(seed: int) -> None:
    pairs = [seat.profiles for seat in an_evening(seed).seats if seat.profiles.duplicate]
    assert len(pairs) == 9
    assert all(standing(pair.canonical) > standing(pair.duplicate) for pair in pairs)
    assert sum(pair.canonical["total_visits"] == pair.duplicate["total_visits"] for pair in pairs) == 1


def standing(client) -> tuple[int, str]:
    return client["total_visits"], max(stats["last_visit_date"] for stats in client["venue_stats"].values())


@seeded
def test_every_odd_case_is_there(seed: int) -> None:
    house = an_evening(seed).houses[0]
    fates = Counter(check.fate for check in house.checks)
    assert (fates[Fate.VOIDED], fates[Fate.GIFT_CARD], fates[Fate.TEST_MODE]) == (1, 1, 1)
    assert len(house.unclear) == 2 and len(house.bystanders) == 250
    assert sum(seat.guest.relayed for seat in house.seats) == 3
    relayed = [seat.booking.document for seat in house.seats if seat.guest.relayed]
    assert all(document["venue_group_client_id"] and "opentable" in document["email"] for document in relayed)


def test_staff_have_typed_notes_and_some_of_the_very_tags_a_survey_asks_for() -> None:
    evening = an_evening()
    wanted_already = [e for seed in SEEDS for e in expected(an_evening(seed)) if e.answered_tags & before(e)]
    assert sum(bool(client["notes"]) for client in evening.book["clients"]) > 100
    assert wanted_already


def before(wanted) -> frozenset[str]:
    return tags(wanted.seat.profiles.canonical)


def test_the_same_arguments_give_the_same_evening() -> None:
    again = plan(1, 1, START, speed_for(75))
    assert again == an_evening(1)
    assert an_evening(2) != an_evening(1)


def test_more_venues_are_more_of_the_same() -> None:
    evening = an_evening(1, 3)
    assert len(expected(evening)) == 3 * 114
    assert len({house.place.crm_venue_id for house in evening.houses}) == 3
    assert len({client["id"] for client in evening.book["clients"]}) == len(evening.book["clients"])


def test_the_guest_book_is_plain_json() -> None:
    book = an_evening().book
    assert json.loads(json.dumps(book)) == book


def test_spend_is_what_the_lines_not_struck_come_to() -> None:
    checks = [seat.check for seat in an_evening().seats]
    assert all(check.spend > 0 and check.spend % Decimal("0.5") == 0 for check in checks)
    struck = sum(line.struck for check in checks for ordered in check.rounds for line in ordered)
    assert struck > 0
