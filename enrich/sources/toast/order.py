"""A Toast order as our events, one for each of its checks.

https://doc.toasttab.com/openapi/orders
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from enrich.events.guest_event import CheckEvent, CheckState, Identifiers, Money, version_of
from enrich.sources.toast.spend import is_gift_cards_only, live_selections, spend_of
from enrich.sources.vendor_value import VendorValue
from enrich.venues import Venue

RESERVATION_PREFIX = "SEVENROOMS:"
"""How the reservation partner marks the order it opens: `externalId` is "<prefix><reservation id>"."""
NOT_YET_ORDERS = frozenset({"FUTURE", "NEEDS_APPROVAL", "NOT_APPROVED"})
TAKEN_AWAY = frozenset({"TAKE_OUT", "DELIVERY"})
SETTLED = frozenset({CheckState.PAID, CheckState.CLOSED})
LIVE = SETTLED | {CheckState.OPEN}
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Party:
    """Toast counts guests by order: one check has them all, several share them by seat, else equally."""

    guests: int
    checks: int
    """Live ones: a voided or merged check takes no share."""
    by_seat: bool
    """Every check has some seat of its own."""


def check_events(record: Mapping[str, Any], venue: Venue) -> Sequence[CheckEvent]:
    order = VendorValue(record)
    states = [(check, _state(order, check)) for check in order["checks"]]
    live = [check for check, state in states if state in LIVE]
    party = Party(
        guests=max(order["numberOfGuests"].whole() or 0, 0),
        checks=len(live),
        by_seat=len(live) > 1 and all(_seats(check) for check in live),
    )
    return [
        _event(order, check, state, covers=_covers(party, check) if state in LIVE else None, venue=venue)
        for check, state in states
    ]


def guest_left_out(record: Mapping[str, Any]) -> str | None:
    """The order's guid when somebody has paid and nothing here says who: one read is worth it then."""
    order = VendorValue(record)
    if order["externalId"].text():
        return None
    settled = [check for check in order["checks"] if _state(order, check) in SETTLED]
    if not settled or any(check["customer"]["email"].text() for check in settled):
        return None
    return order["guid"].identifier()


def _event(
    order: VendorValue, check: VendorValue, state: CheckState, *, covers: Decimal | None, venue: Venue
) -> CheckEvent:
    check_id = check["guid"].identifier()
    modified = _modified(order, check)
    return CheckEvent(
        key=f"toast/check/{check_id}",
        version=version_of(modified),
        occurred_at=modified,
        venue=venue.id,
        identifiers=_identifiers(order, check),
        check_id=check_id,
        order_id=order["guid"].identifier(),
        state=state,
        business_date=_business_date(order["businessDate"]),
        opened_at=_moment(check["openedDate"]),
        paid_at=_paid_at(check) if state in SETTLED else None,
        spend=Money(amount=spend_of(check), currency=venue.currency),
        covers=covers,
        table=order["table"]["guid"].text(),
        tab_name=check["tabName"].text(),
        dine_in=order["diningOption"]["behavior"].text() not in TAKEN_AWAY,
    )


def _state(order: VendorValue, check: VendorValue) -> CheckState:
    if order["deleted"].yes() or check["deleted"].yes():
        return CheckState.IGNORED
    if order["voided"].yes() or check["voided"].yes():
        return CheckState.VOIDED  # paymentStatus may still say CLOSED
    if _is_no_meal(order) or is_gift_cards_only(check):
        return CheckState.IGNORED
    status = check["paymentStatus"].text()
    return {"PAID": CheckState.PAID, "CLOSED": CheckState.CLOSED}.get(status or "", CheckState.OPEN)


def _is_no_meal(order: VendorValue) -> bool:
    return bool(
        order["createdInTestMode"].yes()
        or order["excessFood"].yes()
        or order["approvalStatus"].text() in NOT_YET_ORDERS
    )


def _modified(order: VendorValue, check: VendorValue) -> datetime:
    """Of order and check the later: a change to the table's order concerns each of its checks."""
    stamps = (_moment(order["modifiedDate"]), _moment(check["modifiedDate"]))
    known = [stamp for stamp in stamps if stamp]
    if not known:
        raise check["modifiedDate"].invalid("missing")
    return max(known)


def _paid_at(check: VendorValue) -> datetime | None:
    """CLOSED may come hours after the guests left: when the tip was typed in."""
    stamps = (_moment(check["paidDate"]), _moment(check["closedDate"]))
    return min((stamp for stamp in stamps if stamp), default=None)


def _moment(value: VendorValue) -> datetime | None:
    """Toast writes the epoch for "never"."""
    found = value.moment_or_none()
    return None if found == NEVER else found


def _business_date(value: VendorValue) -> date:
    year, month_and_day = divmod(value.whole() or 0, 10_000)
    try:
        return date(year, *divmod(month_and_day, 100))
    except ValueError:
        raise value.invalid("should be a date like 20261113") from None


def _covers(party: Party, check: VendorValue) -> Decimal | None:
    """Zero is unknown: nobody dines in a party of none."""
    if party.by_seat:
        return Decimal(_seats(check))
    if party.checks == 1:
        return Decimal(party.guests or _seats(check)) or None
    return (Decimal(party.guests) / party.checks).quantize(Decimal("0.0001")) or None


def _seats(check: VendorValue) -> int:
    """Seat 0 is shared by the table, -1 was never chosen."""
    numbers = (selection["seatNumber"].whole() or 0 for selection in live_selections(check))
    return len({number for number in numbers if number > 0})


def _identifiers(order: VendorValue, check: VendorValue) -> Identifiers:
    customer, external = check["customer"], order["externalId"].text() or ""
    reservation = external.removeprefix(RESERVATION_PREFIX) if external.startswith(RESERVATION_PREFIX) else ""
    return Identifiers(
        reservation_id=reservation or None,
        email=customer["email"].text(),
        phone=_phone(customer),
        first_name=customer["firstName"].text(),
        last_name=customer["lastName"].text(),
    )


def _phone(customer: VendorValue) -> str | None:
    number, country = customer["phone"].text(), customer["phoneCountryCode"].text()
    return f"+{country}{number}" if number and country and not number.startswith("+") else number
