"""A mailbox a family shares leads to nobody else's profile."""

from in_process import House
from restaurant import Check

from enrich.store.reviews import ReviewKind


def test_the_owner_of_a_guests_second_address_is_not_the_guest(house: House) -> None:
    mara = house.add_guest(
        "mara.k@example.com", email_alt="klein@example.com", total_visits=2, first_name="Mara", last_name="Klein"
    )
    john = house.add_guest("klein@example.com", total_visits=9, first_name="John", last_name="Klein")
    house.check(Check(email="mara.k@example.com", spend="400.00"))
    house.works()
    assert "Spend Tier:Gold" in house.tags(mara)
    assert not house.tags(john)
    with house.stores.database.read() as conn:
        flagged = house.stores.reviews.listed(conn, ReviewKind.DUPLICATE)
    assert [review.target for review in flagged] == [john["id"]]
