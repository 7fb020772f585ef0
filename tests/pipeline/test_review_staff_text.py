"""What staff typed stays, also where a search does not show it yet."""

import threading
import time

from in_process import House
from restaurant import Check, choice

from enrich.due.unit import Kind


def test_notes_typed_since_the_search_are_kept(house: House) -> None:
    guest = house.add_guest("typed@example.com", total_visits=3, notes="Old friend of the house.")
    house.check(Check(email="typed@example.com"), "PAID")
    house.works()
    house.answers(house.guest_ref("typed@example.com"), [choice("dietary_needs", "nut_allergy")])
    house.worker.run(Kind.DELIVERY)
    house.fault(method="GET", path="/clients", kind="drip", delay=0.001, times=1)
    working = threading.Thread(target=house.worker.run, args=(Kind.GUEST,))
    working.start()
    time.sleep(0.3)
    house.staff_edits(guest, notes="Old friend of the house. Still water only.")
    working.join()
    house.works_on()
    notes = house.profile(guest)["notes"]
    assert "Still water only." in notes
    assert "ALLERGY: nuts" in notes


def test_a_tag_the_crm_refused_from_us_and_staff_then_gave_is_staffs(house: House) -> None:
    guest = house.add_guest("gave.it@example.com", marketing_opt_in=False)
    house.fault(method="PATCH", path="/clients", kind="status", status=422, times=1)
    house.check(Check(email="gave.it@example.com", spend="400.00"))
    house.works()
    assert not house.tags(guest)
    house.staff_tags(guest, "Spend Tier:Gold")
    house.check(Check(email="gave.it@example.com", spend="20.00", covers=40))
    house.works()
    assert "Spend Tier:Gold" in house.tags(guest)
