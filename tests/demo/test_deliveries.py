"""What the vendors send: readable, complete, and as disorderly as promised."""

import json
from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest

from enrich.demo.deliveries import What, deliveries, publications
from enrich.demo.guests import Answering, Manner
from enrich.demo.survey_form import response, token
from enrich.sources.contract import Delivery as AtTheDoor
from enrich.sources.registry import SOURCES
from enrich.venues import Venue
from tests.demo.builders import START, an_evening

NOW = datetime(2026, 11, 14, 3, 0, tzinfo=UTC)
VENUE = Venue(
    id="v1",
    name="Larkspur",
    zone="America/New_York",
    currency="USD",
    country="US",
    crm_venue_id="v",
    crm_venue_group_id="g",
)


def events(delivery):
    source = SOURCES[delivery.source]
    given = AtTheDoor(url="", headers=(), body=delivery.body)
    return [event for notice in source.notices(given) for event in source.normalise(notice, VENUE)]


@pytest.mark.parametrize("seed", range(1, 6))
def test_every_body_is_one_its_vendor_could_have_sent(seed: int) -> None:
    assert all(len(events(delivery)) == 1 for delivery in deliveries(an_evening(seed)))


def test_the_last_word_on_every_check_is_its_planned_spend() -> None:
    evening = an_evening()
    closed = {d.about: events(d)[0] for d in deliveries(evening) if d.what is What.CLOSED and not d.forged}
    for seat in evening.seats:
        assert closed[seat.check.order_guid].spend.amount == seat.check.spend
        assert closed[seat.check.order_guid].covers == seat.check.covers


def test_webhooks_leave_out_who_the_guest_is_and_the_read_api_tells() -> None:
    evening = an_evening()
    sent = [d for d in deliveries(evening) if d.source == "toast" and not d.forged]
    shown = {publication.key: publication for publication in publications(evening)}
    assert not any(b"SEVENROOMS:" in d.body or b"@" in d.body for d in sent)
    orders = [shown[d.shown].order for d in sent if d.what in (What.PAID, What.CLOSED, What.PAST_CHECK)]
    assert all(order["externalId"] or order["checks"][0]["customer"]["email"] for order in orders)
    by_email = {o["guid"] for o in orders if not o["externalId"] and o["businessDate"] == 20261113}
    assert 22 <= len(by_email) <= 26


def test_about_one_in_eight_comes_twice_and_no_first_delivery_is_missing() -> None:
    sent = deliveries(an_evening())
    share = sum(d.repeated for d in sent) / len(sent)
    assert 0.08 < share < 0.16
    firsts = Counter(d.what for d in sent if not d.repeated and not d.forged)
    assert firsts[What.CLOSED] == firsts[What.PAID] == firsts[What.OPENED] == 116
    assert firsts[What.BOOKED] == 116


def test_some_states_arrive_after_the_one_that_replaces_them() -> None:
    times = {(d.what, d.about): d.at for d in reversed(deliveries(an_evening())) if not d.forged}
    late = [a for (what, a), at in times.items() if what is What.PAID and at > times[What.CLOSED, a]]
    assert late


def test_forged_deliveries_speak_of_records_that_do_not_exist() -> None:
    evening = an_evening()
    forged = [d for d in deliveries(evening) if d.forged]
    assert len(forged) >= 3
    assert all(b"forged-" in d.body and d.about.encode() not in d.body for d in forged)


def test_nothing_is_sent_before_the_evening_starts() -> None:
    assert min(d.at for d in deliveries(an_evening())) >= START


def test_an_answer_says_what_its_reply_chose_and_carries_the_reference_of_the_mail() -> None:
    survey = SOURCES["typeform"]
    replies = [seat.guest.reply for seat in an_evening().seats if seat.guest.reply]
    for reply in replies:
        body = json.dumps(response(reply, "inv_42", NOW, token(Random(1)))).encode()
        notice = survey.notices(AtTheDoor(url="", headers=(), body=body))[0]
        (event,) = survey.normalise(notice, VENUE)
        chosen = {choice for answer in event.answers for choice in answer.choices}
        assert event.identifiers.invitation == "inv_42"
        if reply.manner is not Manner.WORDS:
            assert chosen == {choice.ref for choice in reply.choices}
        else:
            assert reply.choices[0].words in {answer.text for answer in event.answers}
        assert len(event.answers) == (1 if reply.about is Answering.RATING else 2)
