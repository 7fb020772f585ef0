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
