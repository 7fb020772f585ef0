"""What the guests of a Toast check spent: food, drink and service, net of discounts and refunds, without tax.

https://doc.toasttab.com/doc/devguide/apiOrdersNetSalesCalculation.html
"""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

from enrich.sources.vendor_value import VendorValue

NOT_A_MEAL = frozenset({"TOAST_CARD_SELL", "TOAST_CARD_RELOAD", "HOUSE_ACCOUNT_PAY_BALANCE"})
CENT = Decimal("0.01")


def spend_of(check: VendorValue) -> Decimal:
    sold = [item for item in live_selections(check) if not _is_gift_card(item)]
    charges = [charge for charge in check["appliedServiceCharges"] if _is_service(charge)]
    net = sum((_net_price(item) for item in sold), Decimal(0))
    net += sum((charge["chargeAmount"].amount() for charge in charges), Decimal(0))
    refunded = sum((line["refundDetails"]["refundAmount"].amount() for line in (*sold, *charges)), Decimal(0))
    spend = net - refunded - _undetailed_refund(check) * _net_share(net, check)
    return max(spend, Decimal(0)).quantize(CENT, ROUND_HALF_UP)


def live_selections(check: VendorValue) -> Iterator[VendorValue]:
    return (selection for selection in check["selections"] if not selection["voided"].yes())


def is_gift_cards_only(check: VendorValue) -> bool:
    sold = list(live_selections(check))
    return bool(sold) and all(_is_gift_card(item) for item in sold)


def _is_gift_card(item: VendorValue) -> bool:
    """Money paid in advance, or back: neither is a meal."""
    named = item["item"].raw is None and (item["displayName"].text() or "").casefold() == "gift card"
    return bool(item["deferred"].yes() or item["selectionType"].text() in NOT_A_MEAL or named)


def _net_price(item: VendorValue) -> Decimal:
    """`price` holds quantity, modifiers and all discounts already."""
    included = item["taxInclusion"].text() == "INCLUDED"
    return item["price"].amount() - (item["tax"].amount() if included else 0)


def _is_service(charge: VendorValue) -> bool:
    """Not automatic tips, card surcharges, donations or the rounding of cash."""
    category = charge["serviceChargeCategory"].text() or "SERVICE_CHARGE"
    return category == "SERVICE_CHARGE" and not charge["gratuity"].yes()


def _undetailed_refund(check: VendorValue) -> Decimal:
    """What the payments gave back beyond what any line says; tax included."""
    paid_back = sum((payment["refund"]["refundAmount"].amount() for payment in check["payments"]), Decimal(0))
    lines: Sequence[VendorValue] = [*check["selections"], *check["appliedServiceCharges"]]
    detailed = sum((_with_tax(line["refundDetails"]) for line in lines), Decimal(0))
    return max(paid_back - detailed, Decimal(0))


def _with_tax(refund: VendorValue) -> Decimal:
    return refund["refundAmount"].amount() + refund["taxRefundAmount"].amount()


def _net_share(net: Decimal, check: VendorValue) -> Decimal:
    gross = net + check["taxAmount"].amount()
    return net / gross if net > 0 and gross > 0 else Decimal(0)
