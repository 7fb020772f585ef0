"""The whole evening, planned: who is in the guest book, what is sent when, and what the guests will say."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from enrich.demo import bookings
from enrich.demo.checks import Check, Fate, gift_card, guid, ring_up
from enrich.demo.clock import FIRST_CLOSE, LAST_CLOSE, OPENS, EveningClock
from enrich.demo.guests import INVITED, OPTED_OUT, Guest, guests
from enrich.demo.house import ZONE, tag_groups
from enrich.demo.names import people
from enrich.demo.profiles import DESK, MASK, Book, Profiles
from enrich.sandbox.documents import VENUE_GROUP_ID, tag_group_document
from enrich.sandbox.ids import reservation_id, venue_id

Document = dict[str, Any]
PEAKS = ((19 * 60 + 15, 25), (21 * 60 + 5, 30))
OFF_PEAK = 0.2
"""Minute and spread of the two turns of the tables; the share of tables that keep to neither."""
PAST_CHECKS = (OPENS, OPENS + 8)
"""When Toast tells of earlier checks."""
FIRST_BOOKING = OPENS + 10
CLOSE_OUT = timedelta(hours=4)
"""The business day ends so long after midnight."""


@dataclass(frozen=True, slots=True)
class Place:
    """A restaurant of the group and how its vendors know it."""

    id: str
    name: str
    crm_venue_id: str
    restaurant: str
    """Toast's guid."""

    def connection(self, source: str) -> str:
        return f"{self.id}-{source}"


@dataclass(frozen=True, slots=True)
class Seat:
    """One guest's evening."""

    guest: Guest
    profiles: Profiles
    booking: bookings.Booking
    check: Check

    @property
    def reservation_id(self) -> str:
        return str(self.booking.document["id"])


@dataclass(frozen=True, slots=True)
class House:
    """One venue's evening."""

    place: Place
    seats: tuple[Seat, ...]
    strays: tuple[Check, ...]
    """A sale of gift cards and an order in test mode: nobody's meal."""
    unclear: tuple[bookings.Booking, ...]
    """By a hotel's desk and through a booking platform: nobody can say who comes."""
    bystanders: tuple[Document, ...]

    @property
    def clients(self) -> Iterator[Document]:
        for seat in self.seats:
            yield from seat.profiles.all
        yield from self.bystanders

    @property
    def checks(self) -> Iterator[Check]:
        """Tonight's."""
        yield from (seat.check for seat in self.seats)
        yield from self.strays

    @property
    def bookings(self) -> Iterator[bookings.Booking]:
        yield from (seat.booking for seat in self.seats)
        yield from self.unclear


@dataclass(frozen=True, slots=True)
class Evening:
    seed: int
    clock: EveningClock
    business_date: date
    houses: tuple[House, ...]

    @property
    def seats(self) -> Iterator[Seat]:
        for house in self.houses:
            yield from house.seats

    @property
    def book(self) -> Document:
        """The CRM when the evening begins."""
        return {
            "clients": [client for house in self.houses for client in house.clients],
            "reservations": [booking.document for house in self.houses for booking in house.bookings],
            "tag_groups": [tag_group_document(group, names) for group, names in tag_groups().items()],
        }


def plan(seed: int, size: int, start: datetime, speed: float) -> Evening:
    """The same evening for the same arguments. `size` is the number of venues."""
    clock = EveningClock(start, speed)
    today = (start.astimezone(ZoneInfo(ZONE)) - CLOSE_OUT).date()
    names = people(Random(f"{seed}:names"))  # noqa: S311 - a plan has to come out the same again
    houses = tuple(_House(seed, number, clock, today, names).planned() for number in range(1, size + 1))
    return Evening(seed, clock, today, houses)


class _House:
    def __init__(
        self, seed: int, number: int, clock: EveningClock, today: date, names: Iterator[tuple[str, str]]
    ) -> None:
        self._rng = Random(f"{seed}:{number}")  # noqa: S311
        self._seed = f"evening-{seed}-{number}"
        self._clock = clock
        self._today = today
        self._names = names
        self._booked = 0
        rng = self._rng
        self._place = Place(f"v{number}", f"Larkspur {number}", venue_id(number, f"evening-{seed}"), guid(rng))
        self._coming = guests(rng, names, today)
        self._book = Book(rng, self._seed, self._place.crm_venue_id, today, clock.start, self._coming)

    def planned(self) -> House:
        seats = tuple(self._seat(guest) for guest in self._coming)
        bystanders = tuple(self._book.bystanders(self._names))
        desk, mask = DESK.format(self._place.id), MASK.format(self._place.id)
        return House(
            self._place,
            seats,
            self._strays(bystanders[0]["email"], bystanders[1]["email"]),
            (self._unclear(desk), self._unclear(mask)),
            (*bystanders, *self._book.traps(desk, mask)),
        )

    def _seat(self, guest: Guest) -> Seat:
        profiles = self._book.of_guest(guest)
        check = self._check(guest)
        document = profiles.duplicate if profiles.booked_as_duplicate else profiles.canonical
        booking = self._booking(check, document, **self._as_booked(guest))
        if not guest.named_by_email:
            check = replace(check, email=None, reservation_id=booking.document["id"])
        return Seat(guest, profiles, booking, check)

    def _as_booked(self, guest: Guest) -> Document:
        """What the booking says otherwise than the profile it names."""
        if guest.relayed:
            return {"email": f"r{guest.number:03d}-{self._rng.getrandbits(32):08x}@guest.opentable.example"}
        if self._rng.random() < 0.15:
            return {"client_id": None, "venue_group_client_id": None, "email": guest.email}
        return {}

    def _check(self, guest: Guest) -> Check:
        closes = self._closing_minute() if guest.number < INVITED else LAST_CLOSE + self._rng.uniform(3, 12)
        return replace(
            self._tab(closes, guest.covers, guest.tonight, guest.tab_name, guest.email),
            fate=Fate.VOIDED if guest.number == INVITED + OPTED_OUT else Fate.USUAL,
        )

    def _tab(self, closes: float, covers: int, amount: Decimal, tab_name: str, email: str) -> Check:
        rng, at = self._rng, self._clock.at
        paid = closes - rng.uniform(3, 9)
        return Check(
            guid=guid(rng),
            order_guid=guid(rng),
            number=rng.randint(1, 160),
            opened=at(paid - rng.uniform(70, 105)),
            paid=at(paid),
            tipped=at((paid + closes) / 2),
            closed=at(closes),
            business_date=self._today,
            covers=covers,
            rounds=ring_up(rng, amount),
            gratuity=covers >= 6,
            tab_name=tab_name,
            email=email,
        )

    def _closing_minute(self) -> float:
        if self._rng.random() < OFF_PEAK:
            return self._rng.uniform(FIRST_CLOSE, LAST_CLOSE)
        while True:
            minute = self._rng.gauss(*self._rng.choice(PEAKS))
            if FIRST_CLOSE < minute < LAST_CLOSE:
                return minute

    def _booking(self, check: Check, client: Document | None, **fields: Any) -> bookings.Booking:
        self._booked += 1
        seated = self._clock.minute_of(check.opened)
        return bookings.booking(
            self._rng,
            reservation_id(self._booked, self._seed),
            booked=self._clock.at(self._rng.uniform(FIRST_BOOKING, max(FIRST_BOOKING + 1, seated - 12))),
            seated=check.opened.astimezone(ZoneInfo(ZONE)),
            covers=check.covers,
            client=client,
            **{"venue_id": self._place.crm_venue_id, "date": self._today.isoformat()} | fields,
        )

    def _unclear(self, email: str) -> bookings.Booking:
        """No check follows: with nobody known, there is nothing to write but a wrong guess."""
        check = self._tab(self._closing_minute(), 2, Decimal(90), "Hotel guest", email)
        first, last = next(self._names)
        return self._booking(
            check, None, email=email, first_name=first, last_name=last, venue_group_id=VENUE_GROUP_ID
        )

    def _strays(self, *targets: str) -> tuple[Check, Check]:
        """Both name a bystander, whose profile must not notice."""
        sold, tried = (self._tab(self._closing_minute(), 2, Decimal(640), "Bar", email) for email in targets)
        card = replace(sold, rounds=gift_card(self._rng, Decimal(250)), fate=Fate.GIFT_CARD)
        return card, replace(tried, fate=Fate.TEST_MODE)
