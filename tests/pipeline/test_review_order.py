"""Facts in any order end in the same profile."""

import itertools
from collections.abc import Callable

import pytest
from in_process import House
from restaurant import Check


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("at_once", [True, False])
def test_a_check_with_a_booking_and_an_address_of_its_own_follows_the_booking(
    house: House, order: tuple[int, ...], at_once: bool
) -> None:
    """The one who pays may not be the one who booked; the booking is the higher rung whenever it comes."""
    host, payer = house.add_guest("host@example.com"), house.add_guest("payer@example.com")
    booking = house.add_reservation(host)
    deliveries: list[Callable[[], object]] = [
        lambda: house.check(Check(booking["id"], email="payer@example.com", spend="400.00")),
        lambda: house.confirms(booking),
        lambda: house.check(Check(email="payer@example.com", spend="100.00")),
    ]
    for number in order:
        deliveries[number]()
        if not at_once:
            house.works()
    house.works()
    assert house.custom(host).get("custom_field_02") == "400.00"
    assert house.custom(payer).get("custom_field_02") == "100.00"
