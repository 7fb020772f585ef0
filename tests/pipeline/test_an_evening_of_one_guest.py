from in_process import House
from restaurant import Check, choice


def test_a_confirmed_reservation_of_a_known_guest_is_briefed(house: House) -> None:
    mara = house.add_guest("mara@example.com", total_visits=4, tags=[("Dietary Restrictions", "Vegan")])
    booking = house.add_reservation(mara, internal_notes="Likes the terrace.")
    assert house.confirms(booking).status_code == 202
    house.works()
    note = house.note(booking)
    assert note.startswith("Likes the terrace.")
    assert "Vegan" in note
    assert 3 <= note.count("• ") <= 5


def test_a_check_close_writes_spend_and_invites_and_the_answer_lands(house: House) -> None:
    mara = house.add_guest("mara@example.com", total_visits=4, marketing_opt_in=True)
    booking = house.add_reservation(mara)
    house.confirms(booking)
    house.check(Check(booking["id"], spend="320.00"))
    house.works()
    assert house.custom(mara)["custom_field_01"] == "160.00"
    assert {"Spend Tier:Gold", "Automation:Surveyed by enrich"} <= house.tags(mara)
    assert len(house.mails("mara@example.com")) == 1
    house.answers(house.guest_ref("mara@example.com"), [choice("dietary_needs", "shellfish_allergy")])
    house.works()
    assert "Dietary Restrictions:Shellfish Allergy" in house.tags(mara)
    assert "ALLERGY: shellfish" in house.profile(mara)["notes"]
