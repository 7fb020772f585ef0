"""How long things took is told from the first sending to the change that shows it, and from nothing else."""

from dataclasses import replace

from enrich.demo.deliveries import What
from enrich.demo.expectation import answers_about, expected
from enrich.demo.guests import Answering
from enrich.demo.latency import ENRICHED, INVITED, NOTED, SPENT, calls, percentile, samples, spreads
from enrich.demo.record import Record
from tests.demo.builders import an_evening, seen_after


def a_change(about: str, at: float, **fields: list) -> dict:
    return {"n": 1, "at": at, "actor": "api", "id": about, "fields": fields, "tags_added": []}


def the_only(evening, changes=(), outbox=(), **sent: float):
    wanted = answers_about(expected(evening), Answering.DIET)[0]
    record = Record()
    seat = wanted.seat
    about = {"booked": seat.reservation_id, "answered": seat.guest.email}
    for what, at in sent.items():
        record.first_sent[What(what), about.get(what, seat.check.order_guid)] = at
    found = samples(evening, replace(seen_after(evening), changes=changes, outbox=outbox), record)
    return [(sample.kind, sample.seconds) for sample in found]


def diner():
    return answers_about(expected(an_evening()), Answering.DIET)[0]


def test_a_briefing_counts_from_the_booking() -> None:
    note = a_change(diner().seat.reservation_id, 12.5, internal_notes=[None, "…"])
    assert the_only(an_evening(), (note,), booked=10.0) == [(NOTED, 2.5)]


def test_spend_counts_from_the_first_of_paid_and_closed_to_the_final_total() -> None:
    total = diner().custom_fields["custom_field_02"]
    wrong, right = ([[], [{"system_name": "custom_field_02", "value": value}]] for value in ("1.00", total))
    about = diner().client_id
    changes = (a_change(about, 11.0, custom_fields=wrong), a_change(about, 14.0, custom_fields=right))
    assert the_only(an_evening(), changes, paid=10.0, closed=12.0) == [(SPENT, 4.0)]


def test_an_invitation_counts_to_its_mail() -> None:
    mail = {"id": "1", "at": 13.0, "to": [diner().seat.guest.email]}
    assert the_only(an_evening(), outbox=(mail,), paid=10.0) == [(INVITED, 3.0)]


def test_an_answer_counts_to_the_note_that_carries_it_and_not_to_what_came_before() -> None:
    early, late = (a_change(diner().client_id, at, notes=[None, "…"]) for at in (9.0, 11.0))
    assert the_only(an_evening(), (early, late), answered=10.0) == [(ENRICHED, 1.0)]


def test_what_never_showed_is_no_sample() -> None:
    assert the_only(an_evening(), booked=10.0, paid=10.0, answered=10.0) == []
    assert list(spreads([])) == []


def test_percentiles_are_values_that_were_measured() -> None:
    ordered = [float(number) for number in range(1, 101)]
    assert [percentile(ordered, share) for share in (50, 95, 99)] == [50.0, 95.0, 99.0]
    assert percentile([3.0], 50) == percentile([3.0], 95) == 3.0


def test_only_calls_on_the_crm_surface_are_counted() -> None:
    asked = [("GET", "/api-yoa/2_4/clients"), ("PATCH", "/api-yoa/2_4/clients/x"), ("POST", "/mail/emails")]
    seen = replace(seen_after(an_evening()), requests=tuple({"verb": v, "path": p} for v, p in asked))
    record = Record()
    record.statuses[202] = 4
    cost = calls(an_evening(), seen, record)
    assert (cost.total, cost.writes, cost.per_delivery) == (2, 1, 0.5)
