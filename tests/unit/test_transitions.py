from datetime import UTC, date, datetime, time

import pytest

from enrich.events.guest_event import Identifiers, ReservationEvent, ReservationStatus
from enrich.events.transitions import CHANGES, changes


def reservation(**fields):
    return ReservationEvent(
        **{
            "key": "sevenrooms/reservation/r1",
            "version": "1",
            "occurred_at": datetime(2026, 11, 20, tzinfo=UTC),
            "venue": "larkspur",
            "reservation_id": "r1",
            "status": ReservationStatus.CONFIRMED,
            "date": date(2026, 11, 21),
            "time": time(19, 30),
            "party_size": 2,
            "channel": "direct",
            "occasions": ("birthday",),
            "identifiers": Identifiers(client_id="c1", email="ada@example.com"),
            **fields,
        }
    )


CASES = [
    ({"channel": "resy"}, {"channel_changed"}),
    ({"channel": " Direct "}, set()),
    ({"channel": None}, set()),
    ({"party_size": 3}, {"party_size_increased"}),
    ({"party_size": 1}, set()),
    ({"party_size": None}, set()),
    ({"occasions": ("Birthday ", "anniversary")}, {"occasion_added"}),
    ({"occasions": ("BIRTHDAY",)}, set()),
    ({"occasions": ()}, set()),
    ({"status": ReservationStatus.CANCELLED}, {"status_changed"}),
    ({"identifiers": Identifiers(client_id="c2", email="ada@example.com")}, {"guest_changed"}),
    ({"identifiers": Identifiers(client_id="c1", email="new@example.com")}, set()),
    ({"identifiers": Identifiers(email="bob@example.com")}, {"guest_changed"}),
    ({"identifiers": Identifiers()}, set()),
    ({"date": date(2026, 11, 22)}, {"moved"}),
    ({"time": time(20, 0)}, {"moved"}),
    ({"time": None}, set()),
    ({"venue": "brass-fern"}, {"moved"}),
    ({"deleted": True}, {"deleted"}),
    ({"party_size": 4, "channel": "google"}, {"party_size_increased", "channel_changed"}),
    ({"version": "2", "guest_request": "a window"}, set()),
]


@pytest.mark.parametrize(("fields", "expected"), CASES)
def test_a_change_has_its_name(fields, expected):
    assert changes(reservation(), reservation(**fields)) == expected


def test_the_first_version_is_created():
    assert changes(None, reservation()) == {"created"}


def test_a_reservation_first_heard_of_when_deleted_was_never_created_for_us():
    assert changes(None, reservation(deleted=True)) == {"deleted"}


def test_a_reservation_that_comes_back_is_created_again():
    assert changes(reservation(deleted=True), reservation()) == {"created"}


def test_every_change_has_a_case():
    assert set().union(*(expected for _, expected in CASES)) | {"created"} == CHANGES
