"""A check as the evening plans it: when it opens, what is ordered, what it comes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from random import Random
from uuid import UUID

from enrich.demo.house import TIERS

DISHES = (
    "Oysters (6)",
    "Burrata",
    "Tuna crudo",
    "Beet salad",
    "Onion soup",
    "Halibut",
    "Duck breast",
    "Ribeye 16 oz",
    "Risotto",
    "Roast chicken",
    "Side of greens",
    "Cheese plate",
    "Lemon tart",
    "Chocolate mousse",
    "Riesling (bottle)",
    "Barolo (bottle)",
    "Negroni",
    "Espresso",
)
GRAIN = Decimal("0.50")
LOWEST_TIER = min(TIERS.values())


class Fate(StrEnum):
    USUAL = "usual"
    VOIDED = "voided"
    GIFT_CARD = "gift_card"
    TEST_MODE = "test_mode"


@dataclass(frozen=True, slots=True)
class Line:
    guid: str
    dish: str
    price: Decimal
    discount: Decimal = Decimal(0)
    struck: bool = False
    """Taken off the check again: not paid for."""


@dataclass(frozen=True, slots=True)
class Check:
    guid: str
    order_guid: str
    number: int
    opened: datetime
    paid: datetime
    tipped: datetime
    closed: datetime
    business_date: date
    covers: int
    rounds: tuple[tuple[Line, ...], ...]
    gratuity: bool
    """An automatic tip, as for large parties: no spend."""
    tab_name: str
    reservation_id: str | None = None
    """What the order says of the reservation; else `email` says who it was."""
    email: str | None = None
    fate: Fate = Fate.USUAL

    @property
    def spend(self) -> Decimal:
        lines = (line for ordered in self.rounds for line in ordered)
        return sum((line.price for line in lines if not line.struck), Decimal(0))


def guid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def party(rng: Random) -> int:
    return rng.choices((1, 2, 3, 4, 5, 6), (4, 55, 12, 20, 5, 4))[0]


def below_all_tiers(rng: Random) -> Decimal:
    """A figure per cover."""
    return Decimal(rng.randint(36, int(LOWEST_TIER * Decimal("0.92"))))


def within(tier: str, rng: Random) -> Decimal:
    low, high = band(tier)
    return Decimal(rng.randint(int(low * Decimal("1.05")) + 1, int(high * Decimal("0.95"))))


def band(tier: str) -> tuple[Decimal, Decimal]:
    floor = TIERS[tier]
    return floor, min((other for other in TIERS.values() if other > floor), default=floor * 2)


def ring_up(rng: Random, total: Decimal) -> tuple[tuple[Line, ...], ...]:
    """Two to four rounds that come to `total`, rounded to half a dollar."""
    halves = max(8, int((total / GRAIN).to_integral_value(ROUND_HALF_UP)))
    count = min(halves, rng.randint(4, 9))
    cuts = sorted(rng.sample(range(1, halves), count - 1))
    prices = [(after - before) * GRAIN for before, after in zip([0, *cuts], [*cuts, halves], strict=True)]
    lines = [_line(rng, price) for price in prices]
    if rng.random() < 0.15:
        lines.append(Line(guid(rng), "Wrong dish", Decimal(24), struck=True))
    return _in_rounds(lines, rng.randint(2, 4))


def gift_card(rng: Random, amount: Decimal) -> tuple[tuple[Line, ...], ...]:
    return ((Line(guid(rng), "Gift Card", amount),),)


def _line(rng: Random, price: Decimal) -> Line:
    discount = Decimal(rng.randint(2, 12)) if rng.random() < 0.08 else Decimal(0)
    return Line(guid(rng), rng.choice(DISHES), price, discount)


def _in_rounds(lines: Sequence[Line], count: int) -> tuple[tuple[Line, ...], ...]:
    return tuple(tuple(lines[start::count]) for start in range(count) if lines[start::count])
