"""What is odd about Toast."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from source_cases import HERE, SECRET, VENUE, Sample, delivered, record_of, sent_at, signed

from enrich.errors import PayloadInvalid, SignatureInvalid, TimestampOutsideTolerance
from enrich.events.guest_event import CheckEvent, CheckState
from enrich.sources.contract import Notice
from enrich.sources.toast import SOURCE, TOLERANCE

VECTORS = json.loads((HERE / "vectors" / "toast.json").read_text())
CLOSED = Sample(SOURCE, "closed_dine_in")
KEYS = [SECRET.encode()]
Change = dict[str, Any]


def order(sample: str = "closed_dine_in", *, check: Change | None = None, **changes: Any) -> Notice:
    record = record_of("toast", sample) | changes
    record["checks"][0] |= check or {}
    return Notice("key", "order_updated", record)


def event(sample: str = "closed_dine_in", *, check: Change | None = None, **changes: Any) -> CheckEvent:
    return SOURCE.normalise(order(sample, check=check, **changes), VENUE)[0]


def item(price: float, **more: Any) -> Change:
    return {"price": price, "tax": 0, "voided": False, "seatNumber": 0, "item": {"guid": "i"}, **more}


def spend(*items: Change, **check: Any) -> Decimal:
    return event(check={"selections": list(items), "payments": [], **check}).spend.amount


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_vectors(vector: dict[str, Any]) -> None:
    body = vector["body"].encode()
    delivery = delivered("toast", body, {"Toast-Signature": vector["signature"]})
    if vector["valid"]:
        SOURCE.verify(delivery, [vector["secret"].encode()], sent_at(body))
        assert signed_headers_agree(vector)
    else:
        with pytest.raises(SignatureInvalid):
            SOURCE.verify(delivery, [vector["secret"].encode()], sent_at(body))


def signed_headers_agree(vector: dict[str, Any]) -> bool:
    delivery = signed("toast", vector["body"].encode(), vector["secret"])
    return delivery.header("toast-signature") == vector["signature"]


@pytest.mark.parametrize("off", [TOLERANCE + timedelta(seconds=1), -TOLERANCE - timedelta(seconds=1)])
def test_a_genuine_delivery_outside_the_tolerance_is_kept_apart_not_refused(off: timedelta) -> None:
    with pytest.raises(TimestampOutsideTolerance):
        SOURCE.verify(CLOSED.delivery, KEYS, sent_at(CLOSED.body) + off)


def test_a_forged_delivery_is_refused_however_old() -> None:
    with pytest.raises(SignatureInvalid):
        SOURCE.verify(CLOSED.delivery, [b"other"], sent_at(CLOSED.body) + timedelta(days=365))


def test_the_last_retry_is_within_the_tolerance() -> None:
    SOURCE.verify(CLOSED.delivery, KEYS, sent_at(CLOSED.body) + timedelta(minutes=15, seconds=10))


def test_another_timestamp_inside_the_order_does_not_confuse() -> None:
    envelope = json.loads(CLOSED.body)
    stamp = envelope.pop("timestamp")
    envelope["details"]["order"]["timestamp"] = "2020-01-01T00:00:00.000Z"
    body = json.dumps(envelope | {"timestamp": stamp}).encode()
    SOURCE.verify(signed("toast", body), KEYS, sent_at(CLOSED.body))


def test_a_genuine_delivery_with_broken_json_is_not_refused() -> None:
    body = CLOSED.body.replace(b'"guid"', b'"guid": 1, "guid"', 1)
    SOURCE.verify(signed("toast", body), KEYS, sent_at(body))


@pytest.mark.parametrize(
    ("changes", "check", "state"),
    [
        ({}, {}, CheckState.CLOSED),
        ({}, {"paymentStatus": "PAID"}, CheckState.PAID),
        ({}, {"paymentStatus": "OPEN"}, CheckState.OPEN),
        ({}, {"paymentStatus": "SOMETHING_NEW"}, CheckState.OPEN),
        ({"voided": True}, {}, CheckState.VOIDED),
        ({}, {"voided": True}, CheckState.VOIDED),
        ({"deleted": True, "voided": True}, {}, CheckState.IGNORED),
        ({}, {"deleted": True}, CheckState.IGNORED),
        ({"createdInTestMode": True}, {}, CheckState.IGNORED),
        ({"excessFood": True}, {}, CheckState.IGNORED),
        ({"approvalStatus": "FUTURE"}, {}, CheckState.IGNORED),
    ],
)
def test_the_state_of_a_check(changes: Change, check: Change, state: CheckState) -> None:
    assert event(check=check, **changes).state is state


def test_a_reopened_check_has_not_been_paid_although_it_keeps_its_closing_date() -> None:
    reopened = event(check={"paymentStatus": "OPEN"})
    assert reopened.state is CheckState.OPEN
    assert reopened.paid_at is None


def test_the_clock_starts_when_the_card_is_taken() -> None:
    assert event().paid_at == event("paid").paid_at
    assert (
        event(check={"paidDate": "1970-01-01T00:00:00.000+0000"}).paid_at
        == event(check={"paidDate": None}).paid_at
    )


def test_the_version_is_the_later_stamp_of_order_and_check() -> None:
    later = {"modifiedDate": "2026-11-15T00:00:00.000+0000"}
    assert event(**later).version == event(check=later).version == "2026-11-15T00:00:00.000000Z"
    with pytest.raises(PayloadInvalid, match=r"\$\.checks\[0\]\.modifiedDate: missing"):
        event(modifiedDate=None, check={"modifiedDate": None})


def test_spend_leaves_out_tax_tips_and_gratuity() -> None:
    assert event().spend.amount == Decimal("172.60")
    assert event("closed_service_and_gratuity").spend.amount == Decimal("185.10")


@pytest.mark.parametrize(
    "gift",
    [
        item(100, deferred=True),
        item(100, selectionType="TOAST_CARD_SELL"),
        item(100, selectionType="TOAST_CARD_RELOAD"),
        item(100, selectionType="HOUSE_ACCOUNT_PAY_BALANCE"),
        item(100, item=None, displayName="Gift Card"),
    ],
)
def test_money_paid_ahead_or_back_is_no_meal(gift: Change) -> None:
    assert spend(item(20), gift) == Decimal("20.00")
    assert event(check={"selections": [gift]}).state is CheckState.IGNORED


def test_voided_items_do_not_count_and_modifiers_are_in_the_price() -> None:
    assert spend(item(20.35, modifiers=[{"price": 2}]), item(9, voided=True)) == Decimal("20.35")


def test_tax_inside_the_price_is_taken_out() -> None:
    assert spend(item(110, tax=10, taxInclusion="INCLUDED"), item(20, tax=2)) == Decimal("120.00")


def test_a_refunded_item_is_taken_off_once() -> None:
    refunded = item(42, refundDetails={"refundAmount": 42, "taxRefundAmount": 3.47})
    assert spend(item(10), refunded, payments=[{"refund": {"refundAmount": 45.47}}]) == Decimal("10.00")


def test_a_refund_without_items_is_shared_between_meal_and_tax() -> None:
    assert event("refunded").spend.amount == Decimal("152.60")
    assert spend(item(100), taxAmount=10, payments=[{"refund": {"refundAmount": 110}}]) == Decimal("0.00")


def test_cents_add_up_exactly() -> None:
    assert spend(*[item(0.1)] * 3) == Decimal("0.30")


def seated(*numbers: int) -> Change:
    return {"selections": [item(10, seatNumber=number) for number in numbers]}


@pytest.mark.parametrize(
    ("guests", "check", "covers"),
    [
        (2, seated(1, 2, 3), Decimal(2)),
        (0, seated(1, 1, 3, 0, -1), Decimal(2)),
        (None, seated(0, -1), None),
    ],
)
def test_covers_of_one_check(guests: int | None, check: Change, covers: Decimal | None) -> None:
    assert event(numberOfGuests=guests, check=check).covers == covers


def split(*seats: tuple[int, ...], guests: int | None, **changes: Any) -> list[Decimal | None]:
    base = record_of("toast", "closed_dine_in")
    checks = [base["checks"][0] | seated(*numbers) | {"guid": str(number)} for number, numbers in enumerate(seats)]
    checks[-1] |= changes
    notice = Notice("key", "order_updated", base | {"checks": checks, "numberOfGuests": guests})
    return [event.covers for event in SOURCE.normalise(notice, VENUE)]


def test_several_checks_share_the_party_by_seat_else_equally() -> None:
    assert split((1, 2), (3,), guests=4) == [Decimal(2), Decimal(1)]
    assert split((1, 2), (0,), guests=3) == [Decimal("1.5"), Decimal("1.5")]
    assert split((1, 2), (0,), guests=None) == [None, None]


def test_a_dead_check_takes_no_share_of_the_party() -> None:
    assert split((1, 2), (0,), guests=3, deleted=True) == [Decimal(3), None]
    assert split((1, 2), (0,), guests=3, voided=True) == [Decimal(3), None]


@pytest.mark.parametrize("guests", [None, 2])
def test_a_guest_left_out_is_worth_a_call_once_somebody_paid(guests: int | None) -> None:
    guid = record_of("toast", "paid")["guid"]
    assert SOURCE.lacks(order("paid", numberOfGuests=guests)) == guid
    assert SOURCE.lacks(order("closed_dine_in")) == guid
    assert SOURCE.lacks(order("opened")) is None


@pytest.mark.parametrize("sample", ["test_mode", "voided_after_close", "gift_card_only", "merged_away"])
def test_no_call_is_spent_on_what_is_no_meal(sample: str) -> None:
    assert SOURCE.lacks(order(sample)) is None


def test_no_call_is_spent_on_a_guest_we_know() -> None:
    assert SOURCE.lacks(order(externalId="SEVENROOMS:rsv_1")) is None
    assert SOURCE.lacks(order(check={"customer": {"email": "elena.okafor@example.com"}})) is None


def test_what_the_reader_brings_says_who_the_guest_is() -> None:
    notice = order()
    customer = {"firstName": "Elena", "lastName": "Okafor", "phone": "3125550119", "phoneCountryCode": "1"}
    read = order(externalId="SEVENROOMS:rsv_a81c20", check={"customer": customer}).record
    (whole,) = SOURCE.normalise(Notice(notice.key, notice.type, {**notice.record, **read}), VENUE)
    assert whole.identifiers.reservation_id == "rsv_a81c20"
    assert whole.identifiers.phone == "+13125550119"
    assert whole.identifiers.first_name == "Elena"


@pytest.mark.parametrize("external", ["OTHERPARTNER:77", "SEVENROOMS:", None])
def test_another_partner_s_mark_is_no_reservation_of_ours(external: str | None) -> None:
    assert event(externalId=external).identifiers.reservation_id is None


@pytest.mark.parametrize("day", [None, 202611, 20261332, "soon", 20261113.5, -20261113])
def test_a_business_day_that_is_none(day: object) -> None:
    with pytest.raises(PayloadInvalid, match=r"\$\.businessDate"):
        event(businessDate=day)


def test_an_order_without_checks_is_of_no_interest() -> None:
    assert list(SOURCE.normalise(Notice("key", "order_updated", {"guid": "o", "checks": []}), VENUE)) == []
