"""The right profile, or none."""

import threading

import pytest
from in_process import House
from restaurant import Check, choice, typeform_response

from enrich.due.unit import Kind
from enrich.store.reviews import ReviewKind


def test_the_profile_with_most_visits_is_written_and_the_others_are_flagged(house: House) -> None:
    rare = house.add_guest("Ana.Ruiz@Example.com", total_visits=2)
    regular = house.add_guest("ana.ruiz@example.com", total_visits=9)
    second = house.add_guest("other@example.com", email_alt="ana.ruiz@example.com", total_visits=1)
    house.check(Check(email="ana.ruiz@example.com", spend="400.00"))
    house.works()
    assert "Spend Tier:Gold" in house.tags(regular)
    assert not house.tags(rare) and not house.tags(second)
    with house.stores.database.read() as conn:
        flagged = house.stores.reviews.listed(conn, ReviewKind.DUPLICATE)
    assert {review.target for review in flagged} == {rare["id"], second["id"]}
    assert all(review.evidence["canonical"] == regular["id"] for review in flagged)


def test_a_booking_on_a_duplicate_with_an_old_address_reaches_the_canonical_profile(house: House) -> None:
    old = house.add_guest("old.kim@example.com", email_alt="kim@example.com", total_visits=1)
    current = house.add_guest("kim@example.com", total_visits=9)
    booking = house.add_reservation(old)
    house.confirms(booking)
    house.check(Check(booking["id"], spend="400.00"))
    house.works()
    assert "Spend Tier:Gold" in house.tags(current)
    assert not house.tags(old)


@pytest.mark.parametrize(
    "address", ["concierge@grandhotel.example", "x7k2@guest.booking.com", "none@none.com", "noreply@example.com"]
)
def test_role_relay_and_placeholder_addresses_never_decide(house: House, address: str) -> None:
    other = house.add_guest(address, total_visits=7)
    assert house.check(Check(email=address, spend="400.00")).status_code == 202
    house.works()
    assert house.requests("PATCH") == []
    assert not house.tags(other)


def test_a_masked_booking_with_the_crms_own_id_reaches_that_profile(house: House) -> None:
    guest = house.add_guest("teo@example.com", total_visits=3)
    booking = house.add_reservation(guest)
    house.confirms(booking, email="x7k2@guest.booking.com")
    house.check(Check(booking["id"], spend="400.00"))
    house.works()
    assert "Spend Tier:Gold" in house.tags(guest)


def test_a_masked_booking_on_a_duplicate_reaches_the_canonical_profile(house: House) -> None:
    duplicate = house.add_guest("noor@example.com", total_visits=1)
    canonical = house.add_guest("NOOR@example.com", total_visits=9)
    booking = house.add_reservation(duplicate)
    house.confirms(booking, email="x7k2@guest.booking.com")
    house.check(Check(booking["id"], spend="400.00"))
    house.works()
    assert "Spend Tier:Gold" in house.tags(canonical)
    assert not house.tags(duplicate)


def test_a_check_without_a_guest_waits_for_its_reservation(house: House) -> None:
    guest = house.add_guest("late@example.com", total_visits=3)
    booking = house.add_reservation(guest)
    house.check(Check(booking["id"], spend="400.00"))
    house.works()
    assert not house.tags(guest)
    house.confirms(booking)
    house.works()
    assert "Spend Tier:Gold" in house.tags(guest)


def test_a_booking_that_changes_hands_takes_its_check_along(house: House) -> None:
    first, second = house.add_guest("first@example.com"), house.add_guest("second@example.com")
    booking = house.add_reservation(first)
    house.confirms(booking)
    house.check(Check(booking["id"], spend="400.00"))
    house.works()
    assert "Spend Tier:Gold" in house.tags(first)
    handed = {"email": "second@example.com", "client_id": second["id"], "venue_group_client_id": second["id"]}
    house.confirms(booking, "reservation.updated", **handed)
    house.works()
    assert "Spend Tier:Gold" in house.tags(second)
    assert "Spend Tier:Gold" not in house.tags(first)


def test_two_concurrent_events_of_a_new_guest_end_in_one_resolution(house: House) -> None:
    guest = house.add_guest("new@example.com")
    for spend in ("100.00", "300.00"):
        house.check(Check(email="new@example.com", spend=spend))
    threads = [threading.Thread(target=house.worker.run, args=(Kind.DELIVERY,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    house.works()
    assert house.custom(guest)["custom_field_02"] == "400.00"
    assert len({row["path"] for row in house.requests("PATCH")}) == 1


def test_a_guest_known_by_id_and_by_address_is_one_guest(house: House) -> None:
    guest = house.add_guest("both@example.com", total_visits=3)
    booking = house.add_reservation(guest)
    house.confirms(booking, email=None)
    house.check(Check(booking["id"], spend="100.00"))
    house.works()
    house.check(Check(email="both@example.com", spend="300.00"))
    house.works()
    house.works()
    assert house.custom(guest)["custom_field_02"] == "400.00"
    assert house.custom(guest)["custom_field_03"] == "2"


def test_could_not_check_is_not_a_new_guest(house: House) -> None:
    guest = house.add_guest("filtered@example.com")
    for number in range(60):
        house.add_guest(f"bystander{number}@example.com")
    house.fault(method="GET", path="/clients", kind="status", status=503, times=1)
    house.check(Check(email="filtered@example.com", spend="400.00"))
    house.works()
    assert not house.tags(guest)
    with house.stores.database.read() as conn:
        waiting = [row for row in house.stores.due.backlog(conn) if row.kind is Kind.GUEST]
    assert waiting[0].later + waiting[0].ready == 1 and waiting[0].dead == 0


def test_an_answer_with_an_unknown_reference_goes_to_a_person(house: House) -> None:
    house.send("typeform", typeform_response("inv_forged", [choice("dietary_needs", "vegan")]))
    house.works()
    assert house.requests("PATCH") == []
    with house.stores.database.read() as conn:
        assert [review.kind for review in house.stores.reviews.listed(conn)] == [ReviewKind.UNMATCHED]
