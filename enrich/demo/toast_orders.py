"""A planned check as Toast's order, at each of its moments.

https://doc.toasttab.com/openapi/orders/operation/ordersGuidGet/
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from enrich.demo.checks import Check, Fate, Line

Document = dict[str, Any]
NEVER = "1970-01-01T00:00:00.000+0000"
TAX = Decimal("0.08875")
DINE_IN = "308f6ca9-f57d-57cc-bc47-3a6b07d11c1a"


class Step(StrEnum):
    OPEN = "open"
    ROUND = "round"
    PAID = "paid"
    TIP = "tip"
    CLOSED = "closed"
    VOIDED = "voided"


SETTLED = frozenset({Step.PAID, Step.TIP, Step.CLOSED})


@dataclass(frozen=True, slots=True)
class Moment:
    """The check as it is from one instant to the next change."""

    step: Step
    at: datetime
    rounds: int
    """How many have been ordered by then."""


def moments(check: Check) -> Iterator[Moment]:
    """Open, every round, paid, tip, closed; and what undoes it."""
    yield Moment(Step.OPEN, check.opened, 0)
    count = len(check.rounds)
    for number in range(1, count + 1):
        yield Moment(Step.ROUND, check.opened + (check.paid - check.opened) * number / (count + 1), number)
    yield Moment(Step.PAID, check.paid, count)
    yield Moment(Step.TIP, check.tipped, count)
    yield Moment(Step.CLOSED, check.closed, count)
    if check.fate is Fate.VOIDED:
        yield Moment(Step.VOIDED, check.closed + (check.closed - check.paid), count)


def order(check: Check, moment: Moment, *, guest: bool) -> Document:
    """`guest`: what the read API tells and the webhook leaves out."""
    settled = moment.step not in (Step.OPEN, Step.ROUND)
    named = f"SEVENROOMS:{check.reservation_id}" if check.reservation_id else None
    return {
        "guid": check.order_guid,
        "entityType": "Order",
        "externalId": named if guest else None,
        "source": "In Store",
        "diningOption": {"guid": DINE_IN, "entityType": "DiningOption", "externalId": None},
        "table": {"guid": _related(check.order_guid, "table"), "entityType": "Table", "externalId": None},
        "numberOfGuests": check.covers,
        "openedDate": _stamp(check.opened),
        "createdDate": _stamp(check.opened),
        "modifiedDate": _stamp(moment.at),
        "paidDate": _stamp(check.paid) if settled else None,
        "closedDate": _stamp(check.closed) if moment.at >= check.closed else None,
        "deletedDate": NEVER,
        "deleted": False,
        "voided": moment.step is Step.VOIDED,
        "voidDate": _stamp(moment.at) if moment.step is Step.VOIDED else None,
        "businessDate": int(f"{check.business_date:%Y%m%d}"),
        "createdInTestMode": check.fate is Fate.TEST_MODE,
        "excessFood": False,
        "approvalStatus": "APPROVED",
        "pricingFeatures": ["TAXESV2"],
        "checks": [_check(check, moment, guest=guest)],
    }


def envelope(check: Check, moment: Moment, restaurant: str, event_guid: str) -> Document:
    return {
        "timestamp": sent_stamp(moment.at),
        "eventCategory": "order_updated",
        "eventType": "order_updated",
        "guid": event_guid,
        "details": {"restaurantGuid": restaurant, "order": order(check, moment, guest=False)},
    }


def sent_stamp(at: datetime) -> str:
    """As an envelope writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _check(check: Check, moment: Moment, *, guest: bool) -> Document:
    lines = [line for ordered in check.rounds[: moment.rounds] for line in ordered]
    amount = sum((line.price for line in lines if not line.struck), Decimal(0))
    tax = (amount * TAX).quantize(Decimal("0.01"), ROUND_HALF_UP)
    tip = (amount / 5).quantize(Decimal("0.01"), ROUND_HALF_UP)
    settled = moment.step not in (Step.OPEN, Step.ROUND)
    return {
        "guid": check.guid,
        "entityType": "Check",
        "externalId": None,
        "displayNumber": str(check.number),
        "tabName": check.tab_name,
        "openedDate": _stamp(check.opened),
        "createdDate": _stamp(check.opened),
        "modifiedDate": _stamp(moment.at),
        "paidDate": _stamp(check.paid) if settled else None,
        "closedDate": _stamp(check.closed) if moment.at >= check.closed else None,
        "deletedDate": NEVER,
        "deleted": False,
        "voided": moment.step is Step.VOIDED,
        "paymentStatus": _payment_status(moment),
        "customer": _customer(check, guest=guest),
        "selections": [_selection(line, voided=moment.step is Step.VOIDED) for line in lines],
        "appliedServiceCharges": [_gratuity(tip)] if check.gratuity else [],
        "appliedDiscounts": [],
        "amount": float(amount),
        "taxAmount": float(tax),
        "totalAmount": float(amount + tax),
        "payments": [_payment(check, moment, amount + tax, tip)] if settled else [],
    }


def _payment_status(moment: Moment) -> str:
    if moment.step in (Step.PAID, Step.TIP):
        return "PAID"
    return "CLOSED" if moment.step in (Step.CLOSED, Step.VOIDED) else "OPEN"


def _customer(check: Check, *, guest: bool) -> Document | None:
    if check.email is None:
        return None
    known: Document = {"guid": _related(check.guid, "customer"), "entityType": "Customer"}
    return known | {"email": check.email} if guest else known


def _selection(line: Line, *, voided: bool) -> Document:
    card = line.dish == "Gift Card"
    item = {"guid": _related(line.guid, "item"), "entityType": "MenuItem", "externalId": None}
    discount = {"name": "On the house", "discountAmount": float(line.discount), "discountType": "FIXED"}
    return {
        "guid": line.guid,
        "entityType": "MenuItemSelection",
        "externalId": None,
        "item": None if card else item,
        "displayName": line.dish,
        "quantity": 1,
        "seatNumber": 0,
        "selectionType": "TOAST_CARD_SELL" if card else "NONE",
        "deferred": card,
        "preDiscountPrice": float(line.price + line.discount),
        "price": float(line.price),
        "tax": float((line.price * TAX).quantize(Decimal("0.01"), ROUND_HALF_UP)),
        "taxInclusion": "NOT_INCLUDED",
        "voided": line.struck or voided,
        "refundDetails": None,
        "appliedDiscounts": [discount] if line.discount else [],
        "modifiers": [],
    }


def _gratuity(tip: Decimal) -> Document:
    return {
        "entityType": "AppliedServiceCharge",
        "name": "Large party",
        "chargeAmount": float(tip),
        "gratuity": True,
        "serviceChargeCategory": "SERVICE_CHARGE",
        "refundDetails": None,
    }


def _payment(check: Check, moment: Moment, amount: Decimal, tip: Decimal) -> Document:
    tipped = moment.at >= check.tipped
    return {
        "guid": check.order_guid,
        "entityType": "OrderPayment",
        "paidDate": _stamp(check.paid),
        "type": "CREDIT",
        "amount": float(amount),
        "tipAmount": float(tip) if tipped else 0.0,
        "refundStatus": "NONE",
        "refund": None,
        "paymentStatus": "VOIDED" if moment.step is Step.VOIDED else "CAPTURED",
    }


def _stamp(moment: datetime) -> str:
    """Milliseconds and an offset without a colon."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


def _related(guid: str, what: str) -> str:
    return str(uuid5(UUID(guid), what))
