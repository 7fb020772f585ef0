"""Facts in any order end in the same profile."""

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest
from in_process import House
from restaurant import Check, now, toast_notice


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


@pytest.mark.parametrize("newest_first", [False, True])
def test_the_guest_only_an_older_version_names_keeps_the_check(house: House, newest_first: bool) -> None:
    guest = house.add_guest("named.once@example.com", marketing_opt_in=False)
    named = Check(email="named.once@example.com", spend="300.00", modified=now() - timedelta(minutes=5))
    nameless = Check(spend="400.00", order=named.order, check=named.check, modified=now())
    whole = nameless.document("CLOSED", guest=False)
    house.sandbox.put(f"/sandbox/toast/orders/{named.order}", json=whole).raise_for_status()
    versions = [toast_notice(named.document("PAID", guest=True)), toast_notice(whole)]
    for version in reversed(versions) if newest_first else versions:
        house.send("toast", version)
        house.works()
    assert house.custom(guest).get("custom_field_02") == "400.00"
