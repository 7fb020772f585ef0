"""What the vendors send, and when: every change as a signed-to-be body, and the disorder of a real evening."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any

from enrich.demo.bookings import Booking, tellings
from enrich.demo.checks import Check, guid
from enrich.demo.evening import PAST_CHECKS, Evening, House, Place
from enrich.demo.toast_orders import SETTLED, Moment, Step, envelope, moments, order, sent_stamp

Document = dict[str, Any]
DUPLICATES = 0.12
LATE = 0.04
SWAPPED = 0.06
FORGED = 0.01
OVERTAKEN_BY = 0.4
LONGEST_DELAY = 4.0
"""Real seconds a delivery may come late, or come again after the first time."""


class What(StrEnum):
    BOOKED = "booked"
    EDITED = "edited"
    PAST_CHECK = "past check"
    OPENED = "opened"
    ORDERED = "ordered"
    PAID = "paid"
    TIPPED = "tipped"
    CLOSED = "closed"
    VOIDED = "voided"
    ANSWERED = "answered"


STEPS = {
    Step.OPEN: What.OPENED,
    Step.ROUND: What.ORDERED,
    Step.PAID: What.PAID,
    Step.TIP: What.TIPPED,
    Step.CLOSED: What.CLOSED,
    Step.VOIDED: What.VOIDED,
}


@dataclass(frozen=True, slots=True)
class Delivery:
    at: datetime
    source: str
    connection: str
    what: What
    about: str
    """The reservation, the order or the guest's address."""
    body: bytes
    shown: str | None = None
    """Key of the publication that was made before."""
    attempt: int = 1
    forged: bool = False
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Publication:
    """From this instant on Toast's read API shows the order like this."""

    at: datetime
    key: str
    order: Document


def publications(evening: Evening) -> tuple[Publication, ...]:
    """In order of time. Orders are read only once somebody has paid."""
    tonight = (check for house in evening.houses for check in house.checks)
    shown = [
        Publication(moment.at, _key(check, moment), order(check, moment, guest=True))
        for check in tonight
        for moment in moments(check)
        if _is_settled(moment)
    ]
    past = (check for seat in evening.seats for check in seat.guest.earlier)
    shown += [Publication(evening.clock.start, *_past_order(check)) for check in past]
    return tuple(sorted(shown, key=lambda publication: publication.at))


def deliveries(evening: Evening) -> tuple[Delivery, ...]:
    """Everything but the answers, in order of sending."""
    rng = Random(f"{evening.seed}:deliveries")  # noqa: S311 - has to come out the same again
    planned = [delivery for house in evening.houses for delivery in _of_house(rng, house, evening)]
    return tuple(sorted(_disordered(rng, planned), key=lambda delivery: delivery.at))


def body_of(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _of_house(rng: Random, house: House, evening: Evening) -> Iterator[Delivery]:
    for booking in house.bookings:
        yield from _swapped(rng, list(_of_booking(rng, booking, house.place)))
    for check in house.checks:
        yield from _of_check(rng, check, house.place)
    for seat in house.seats:
        for check in seat.guest.earlier:
            yield _past(rng, check, house.place, evening)


def _of_booking(rng: Random, booking: Booking, place: Place) -> Iterator[Delivery]:
    about = str(booking.document["id"])
    for number, (at, told) in enumerate(tellings(rng, booking)):
        what = What.EDITED if number else What.BOOKED
        yield Delivery(at, "sevenrooms", place.connection("sevenrooms"), what, about, body_of(told))


def _of_check(rng: Random, check: Check, place: Place) -> Iterator[Delivery]:
    told = [_of_moment(rng, check, moment, place) for moment in moments(check)]
    yield from _closed_before_paid(told) if rng.random() < SWAPPED else told


def _of_moment(rng: Random, check: Check, moment: Moment, place: Place) -> Delivery:
    body = body_of(envelope(check, moment, place.restaurant, guid(rng)))
    shown = _key(check, moment) if _is_settled(moment) else None
    return Delivery(
        moment.at, "toast", place.connection("toast"), STEPS[moment.step], check.order_guid, body, shown
    )


def _past(rng: Random, check: Check, place: Place, evening: Evening) -> Delivery:
    """An old check that Toast tells of again today, as after a tip was put right."""
    at = evening.clock.at(rng.uniform(*PAST_CHECKS))
    told = envelope(check, _long_closed(check), place.restaurant, guid(rng)) | {"timestamp": sent_stamp(at)}
    key, _ = _past_order(check)
    return Delivery(
        at, "toast", place.connection("toast"), What.PAST_CHECK, check.order_guid, body_of(told), shown=key
    )


def _past_order(check: Check) -> tuple[str, Document]:
    moment = _long_closed(check)
    return _key(check, moment), order(check, moment, guest=True)


def _long_closed(check: Check) -> Moment:
    return Moment(Step.CLOSED, check.closed, len(check.rounds))


def _key(check: Check, moment: Moment) -> str:
    return f"{check.order_guid}/{moment.step}"


def _is_settled(moment: Moment) -> bool:
    return moment.step in SETTLED or moment.step is Step.VOIDED


def _closed_before_paid(told: Sequence[Delivery]) -> list[Delivery]:
    closed = next(delivery for delivery in told if delivery.what is What.CLOSED)
    late = closed.at + timedelta(seconds=OVERTAKEN_BY)
    return [replace(delivery, at=late) if delivery.what is What.PAID else delivery for delivery in told]


def _swapped(rng: Random, told: list[Delivery]) -> list[Delivery]:
    """Now and then the last version of a reservation arrives before the one it replaces."""
    if len(told) < 2 or rng.random() > SWAPPED * 4:
        return told
    *first, older, newer = told
    return [*first, newer, replace(older, at=newer.at + timedelta(seconds=OVERTAKEN_BY))]


def _disordered(rng: Random, planned: Sequence[Delivery]) -> Iterator[Delivery]:
    for delivery in planned:
        delay = rng.uniform(0.5, LONGEST_DELAY) if rng.random() < LATE else 0.0
        first = replace(delivery, at=delivery.at + timedelta(seconds=delay))
        yield first
        if rng.random() < DUPLICATES:
            again = timedelta(seconds=rng.uniform(0.05, LONGEST_DELAY))
            yield replace(first, at=first.at + again, attempt=2, repeated=True)
        if rng.random() < FORGED:
            yield replace(_tampered(rng, first), at=first.at + timedelta(seconds=0.2))


def _tampered(rng: Random, delivery: Delivery) -> Delivery:
    """Another record than any that exists, under the guest's own name: what a stranger would try."""
    body = delivery.body.replace(delivery.about.encode(), f"forged-{guid(rng)}".encode())
    return replace(delivery, body=body, forged=True)
