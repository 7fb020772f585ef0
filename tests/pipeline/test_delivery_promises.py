"""Twice, late, out of order, irrelevant: nothing is written twice and nothing newer is turned back."""

import itertools
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from in_process import House
from restaurant import Check, now, reservation_notice, toast_notice

from enrich.store.inbox import EntryState


def reasons(house: House) -> Mapping[str, int]:
    with house.stores.database.read() as conn:
        return {reason: count for _, _, reason, count in house.stores.inbox.counts(conn) if reason}


def test_a_delivery_seen_twice_changes_nothing_twice(house: House) -> None:
    guest = house.add_guest("twice@example.com")
    check = Check(email="twice@example.com", spend="400.00")
    house.check(check)
    house.works()
    calls = len(house.requests())
    body = json.dumps(toast_notice(check.document("CLOSED", guest=False)), separators=(",", ":")).encode()
    assert [house.send("toast", body).status_code for _ in range(3)] == [202, 200, 200]
    house.works()
    assert house.custom(guest)["custom_field_02"] == "400.00"
    assert len(house.requests()) == calls


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_versions_of_a_check_in_any_order_end_alike(house: House, order: tuple[int, ...]) -> None:
    address = f"order{''.join(map(str, order))}@example.com"
    guest = house.add_guest(address)
    start = now() - timedelta(minutes=5)
    stages = [("PAID", "300.00"), ("PAID", "340.00"), ("CLOSED", "360.00")]
    check = Check(email=address, paid_at=start)
    for index in order:
        status, check.spend = stages[index]
        check.modified = start + timedelta(minutes=index)
        house.check(check, status)
        house.works()
    assert house.custom(guest)["custom_field_02"] == "360.00"
    assert house.custom(guest)["custom_field_03"] == "1"
    assert len(house.mails(address)) == 1


def test_only_relevant_updates_of_a_reservation_cost_a_call(house: House) -> None:
    guest = house.add_guest("filter@example.com", total_visits=3)
    booking = house.add_reservation(guest, party_size=2)
    house.confirms(booking)
    house.works()
    house.sandbox.delete("/sandbox/requests")
    house.confirms(booking, "reservation.updated", table_numbers=["12"])
    house.confirms(booking, "reservation.updated", internal_notes="moved to 12")
    house.confirms(booking, "reservation.updated", max_guests=1)
    house.works()
    assert house.requests() == []
    assert reasons(house)["no_relevant_change"] == 3


@pytest.mark.parametrize(
    "change",
    [
        {"max_guests": 6},
        {"booked_by": "OpenTable"},
        {"tags": [{"group": "Special Occasion", "tag": "Birthday", "tag_display": "Birthday"}]},
    ],
)
def test_a_relevant_update_briefs_the_host_again(house: House, change: dict[str, Any]) -> None:
    guest = house.add_guest("relevant@example.com", total_visits=3)
    booking = house.add_reservation(guest, party_size=2, booked_by="Website")
    house.confirms(booking)
    house.works()
    house.sandbox.delete("/sandbox/requests")
    house.confirms(booking, "reservation.updated", **change)
    house.works()
    assert house.requests() != []
    if "tags" in change:
        assert "Birthday" in house.note(booking)


def test_an_echo_of_our_own_note_is_not_answered_with_another_write(house: House) -> None:
    guest = house.add_guest("echo@example.com", total_visits=3)
    booking = house.add_reservation(guest)
    house.confirms(booking)
    house.works()
    house.sandbox.delete("/sandbox/requests")
    for _ in range(3):
        house.confirms(booking, "reservation.updated", internal_notes=house.note(booking))
        house.works()
    assert house.requests() == []


def test_an_older_version_after_a_newer_one_is_stale(house: House) -> None:
    guest = house.add_guest("stale@example.com", total_visits=3)
    booking = house.add_reservation(guest)
    old = reservation_notice({**booking, "max_guests": 2})
    new = reservation_notice({**booking, "max_guests": 4}, "reservation.updated")
    house.send("sevenrooms", new)
    house.send("sevenrooms", old)
    house.works()
    assert reasons(house) == {"stale": 1}


def test_a_broken_element_does_not_sink_its_siblings(house: House) -> None:
    guest = house.add_guest("sibling@example.com", total_visits=3)
    booking = house.add_reservation(guest)
    stamped = {**booking, "updated": f"{now():%Y-%m-%dT%H:%M:%S.%f}"}
    good = {"entity_type": "reservation", "event_type": "created", "updates": [], "entity": stamped}
    broken = {"entity_type": "reservation", "event_type": "created", "entity": {"id": 7}}
    house.send("sevenrooms", json.dumps([broken, good]).encode())
    house.works()
    assert "Briefing" in house.note(booking)
    with house.stores.database.read() as conn:
        kept = house.stores.inbox.recent(conn, state=EntryState.QUARANTINED)
    assert [entry.reason for entry in kept] == ["payload_invalid"]


def test_open_rounds_of_a_check_cost_no_call(house: House) -> None:
    check = Check(email="rounds@example.com")
    for _ in range(4):
        check.modified = now()
        house.check(check, "OPEN")
    house.works()
    assert house.requests() == []
    assert reasons(house) == {"check_open": 4}


def test_many_events_of_one_guest_are_one_read_and_one_write(house: House) -> None:
    house.add_guest("burst@example.com")
    for _ in range(10):
        house.check(Check(email="burst@example.com"))
    house.works()
    assert len(house.requests("PATCH")) == 1
    assert len([row for row in house.requests("GET") if row["path"].endswith("/clients")]) == 1
