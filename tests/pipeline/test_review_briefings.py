"""A briefing a host can trust: every allergy in it, and nobody else's."""

from in_process import House
from restaurant import Check, choice
from sqlalchemy import select

from enrich.due.unit import Kind
from enrich.store.tables import write


def visited(house: House, address: str) -> dict[str, object]:
    """A guest who was asked after a visit."""
    guest = house.add_guest(address, total_visits=3)
    house.check(Check(email=address), "PAID")
    house.works()
    return guest


def test_an_allergy_whose_write_was_answered_late_reaches_the_briefing(house: House) -> None:
    guest = visited(house, "late.answer@example.com")
    booking = house.add_reservation(guest)
    house.confirms(booking)
    house.works()
    house.fault(method="PATCH", path="/clients", kind="reset_after_applying", times=1)
    house.answers(house.guest_ref("late.answer@example.com"), [choice("dietary_needs", "nut_allergy")])
    house.works_on()
    assert "Dietary Restrictions:Nut Allergy" in house.tags(guest)
    assert "Nut Allergy" in house.note(booking)


def test_an_allergy_staff_had_noted_since_the_briefing_reaches_it_too(house: House) -> None:
    guest = visited(house, "noted@example.com")
    booking = house.add_reservation(guest)
    house.confirms(booking)
    house.works()
    notes = "— Kitchen (auto) —\n• ALLERGY: nuts (guest survey)\n— end Kitchen —"
    house.staff_tags(guest, "Dietary Restrictions:Nut Allergy", "Automation:Surveyed by enrich", "Spend Tier:Gold")
    house.staff_edits(guest, notes=notes)
    house.answers(house.guest_ref("noted@example.com"), [choice("dietary_needs", "nut_allergy")])
    house.works()
    assert "Nut Allergy" in house.note(booking)


def test_a_booking_handed_to_a_guest_we_know_nothing_of_keeps_no_briefing_of_the_other(house: House) -> None:
    first = house.add_guest("had.it@example.com", total_visits=4, tags=[("Dietary Restrictions", "Vegan")])
    second = house.add_guest("has.it@example.com")
    booking = house.add_reservation(first, internal_notes="Corner table.")
    house.confirms(booking)
    house.works()
    assert "Vegan" in house.note(booking)
    handed = {"email": "has.it@example.com", "client_id": second["id"], "venue_group_client_id": second["id"]}
    house.confirms({**booking, "internal_notes": house.note(booking)}, "reservation.updated", **handed)
    house.works()
    assert house.note(booking) == "Corner table."


def test_a_note_whose_write_was_never_answered_gets_its_receipt_settled(house: House) -> None:
    guest = house.add_guest("unanswered@example.com", total_visits=4)
    booking = house.add_reservation(guest)
    house.fault(method="PATCH", path="/reservations", kind="reset_after_applying", times=1)
    house.confirms(booking)
    house.works_on()
    assert "Briefing" in house.note(booking)
    with house.stores.database.read() as conn:
        states = conn.execute(select(write.c.state).where(write.c.kind == Kind.RESERVATION)).scalars().all()
    assert set(states) == {"confirmed"}


def test_an_allergy_the_profile_refuses_reaches_the_briefing_all_the_same(house: House) -> None:
    guest = visited(house, "refusing@example.com")
    booking = house.add_reservation(guest)
    house.confirms(booking)
    house.works()
    house.fault(method="PATCH", path="/clients", kind="status", status=422, times=1)
    house.answers(house.guest_ref("refusing@example.com"), [choice("dietary_needs", "nut_allergy")])
    house.works()
    assert "Dietary Restrictions:Nut Allergy" not in house.tags(guest)
    assert "Nut Allergy" in house.note(booking)


def test_an_allergy_told_after_staff_edited_the_briefing_still_reaches_it(house: House) -> None:
    guest = house.add_guest("edited@example.com", total_visits=3)
    tonight, later = house.add_reservation(guest), house.add_reservation(guest)
    for booking in (tonight, later):
        house.confirms(booking)
    house.check(Check(tonight["id"]), "PAID")
    house.works()
    edited = house.note(later).replace("• 3 visits", "• 3 visits, loves the terrace (Ana)")
    house.sandbox.patch(f"/sandbox/reservations/{later['id']}", json={"internal_notes": edited})
    house.answers(house.guest_ref("edited@example.com"), [choice("dietary_needs", "nut_allergy")])
    house.works()
    note = house.note(later)
    assert "Nut Allergy" in note and "loves the terrace (Ana)" in note
    assert "No dietary needs on record" not in note


def test_a_safety_line_staff_took_out_is_not_put_back(house: House) -> None:
    guest = house.add_guest("cleared@example.com", total_visits=3, tags=[("Dietary Restrictions", "Vegan")])
    booking = house.add_reservation(guest)
    house.confirms(booking)
    house.works()
    edited = house.note(booking).replace("• Diet: Vegan\n", "")
    house.sandbox.patch(f"/sandbox/reservations/{booking['id']}", json={"internal_notes": edited})
    house.confirms(booking, "reservation.updated", max_guests=6)
    house.works()
    assert house.note(booking) == edited


def test_a_request_that_may_name_an_allergy_is_briefed_for_a_guest_nobody_knows(house: House) -> None:
    guest = house.add_guest("stranger@example.com")
    booking = house.add_reservation(guest, client_requests="Severe peanut allergy at the table!")
    house.confirms(booking)
    house.works()
    assert "Severe peanut allergy" in house.note(booking)
    assert "No dietary needs on record" not in house.note(booking)
