from restaurant import Check, Restaurant, choice, eventually, text


def test_allergy_told_in_a_survey_is_on_the_profile_before_the_next_visit(restaurant: Restaurant) -> None:
    mara = restaurant.add_guest("mara.allergy@example.com", total_visits=3, notes="Prefers still water.")
    tonight, next_week = restaurant.add_reservation(mara), restaurant.add_reservation(mara)
    restaurant.confirms(tonight)
    restaurant.confirms(next_week)
    restaurant.check(Check(tonight["id"], spend="150.00"), "PAID")
    assert eventually(lambda: len(restaurant.mails("mara.allergy@example.com")) == 1)
    ref = restaurant.guest_ref("mara.allergy@example.com")
    restaurant.answers(ref, [text("dietary_needs", "I'm gluten-free"), choice("seating_preference", "window")])
    assert eventually(
        lambda: {"Dietary Restrictions:Gluten Free", "Seating Preference:Window"} <= restaurant.tags(mara)
    )
    assert eventually(lambda: "Gluten Free" in restaurant.note(next_week))
    notes = restaurant.profile(mara)["notes"]
    assert notes.startswith("Prefers still water.") and "Gluten-free (guest survey)" in notes
