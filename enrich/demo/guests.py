"""Who comes tonight, what each of them will do, and the checks of their past."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random
from zoneinfo import ZoneInfo

from enrich.demo.checks import Check, below_all_tiers, guid, party, ring_up, within
from enrich.demo.house import DIET, OCCASION, SEATING, ZONE, Choice
from enrich.demo.names import address

INVITED = 110
OPTED_OUT = 3
REGULARS = 20
"""Guests with earlier checks."""
EARLIER_COUNTS = (1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 6, 6)
"""Of the regulars whose tier stays; who moves up has one earlier check."""
NEW_TIERS = ("Silver", "Silver", "Gold", "Platinum")
MOVES = (("Silver", "Gold"), ("Silver", "Gold"), ("Gold", "Platinum"))
KEPT_TIERS = 3
WINDOW = (3, 80)
"""Days ago of an earlier check inside the 90 days of the average, with room on both sides."""
LONG_AGO = (101, 320)
RELAYED = 3
BY_EMAIL = 22
"""Orders that name the guest by e-mail instead of by reservation."""


class Answering(StrEnum):
    DIET = "dietary"
    TABLE = "table preference"
    OCCASION = "occasion"
    RATING = "rating"


ANSWERING = {Answering.DIET: 12, Answering.TABLE: 9, Answering.OCCASION: 6, Answering.RATING: 7}


class Manner(StrEnum):
    """How the choice reaches us."""

    REFS = "refs"
    LABELS = "labels"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Reply:
    about: Answering
    choices: tuple[Choice, ...]
    manner: Manner
    rating: int
    thinks_for: float
    """Real seconds between the mail and the answer."""


@dataclass(frozen=True, slots=True)
class Spending:
    """Figures per cover: before tonight, and tonight."""

    before: tuple[Decimal, ...]
    tonight: Decimal
    moves_to: str | None = None


@dataclass(frozen=True, slots=True)
class Guest:
    number: int
    first_name: str
    last_name: str
    email: str
    opted_out: bool
    reply: Reply | None
    relayed: bool
    """The reservation carries a booking platform's mask instead of the guest's address."""
    named_by_email: bool
    covers: int
    tonight: Decimal
    """To be spent on tonight's check, before rounding."""
    moves_to: str | None
    """The tier earned tonight, if it is another than before."""
    earlier: tuple[Check, ...]

    @property
    def tab_name(self) -> str:
        return f"SevenRooms - {self.first_name} {self.last_name[0]}"


def guests(rng: Random, names: Iterator[tuple[str, str]], today: date) -> tuple[Guest, ...]:
    """The invited first, then those who opted out, then one more of them whose check will be voided."""
    count = INVITED + OPTED_OUT + 1
    replies = _replies(rng)
    spending = _spending(rng, [number for number, reply in replies.items() if reply.about is Answering.RATING])
    relayed = set(rng.sample(range(INVITED), RELAYED))
    by_email = set(rng.sample([number for number in range(INVITED) if number not in relayed], BY_EMAIL))
    return tuple(
        _guest(
            rng,
            number,
            next(names),
            today,
            replies.get(number),
            spending.get(number) or Spending((), below_all_tiers(rng)),
            relayed=number in relayed,
            named_by_email=number in by_email,
        )
        for number in range(count)
    )


def _guest(
    rng: Random,
    number: int,
    name: tuple[str, str],
    today: date,
    reply: Reply | None,
    spending: Spending,
    *,
    relayed: bool,
    named_by_email: bool,
) -> Guest:
    first, last = name
    email = address(rng, first, last)
    earlier = _earlier(rng, email, spending, today)
    covers = party(rng)
    return Guest(
        number=number,
        first_name=first,
        last_name=last,
        email=email,
        opted_out=number >= INVITED,
        reply=reply,
        relayed=relayed,
        named_by_email=named_by_email,
        covers=covers,
        tonight=_tonight(spending, covers, earlier, today),
        moves_to=spending.moves_to,
        earlier=earlier,
    )


def _tonight(spending: Spending, covers: int, earlier: Sequence[Check], today: date) -> Decimal:
    """Who moves up to a tier has to bring the average there, whatever came before."""
    recent = [check for check in earlier if (today - check.business_date).days <= WINDOW[1]]
    if spending.moves_to is None:
        return spending.tonight * covers
    every = covers + sum(check.covers for check in recent)
    return spending.tonight * every - sum((check.spend for check in recent), Decimal(0))


def _replies(rng: Random) -> dict[int, Reply]:
    kinds = [kind for kind, count in ANSWERING.items() for _ in range(count)]
    numbers = rng.sample(range(INVITED), len(kinds))
    asked = dict(zip(numbers, kinds, strict=True))
    in_words = set(rng.sample([number for number, kind in asked.items() if kind is Answering.DIET], 3))
    return {number: _reply(rng, kind, in_words=number in in_words) for number, kind in asked.items()}


def _reply(rng: Random, kind: Answering, *, in_words: bool) -> Reply:
    manner = Manner.WORDS if in_words else rng.choices((Manner.REFS, Manner.LABELS), (3, 1))[0]
    return Reply(kind, _chosen(rng, kind, in_words=in_words), manner, rng.randint(3, 5), rng.uniform(0.5, 6))


def _chosen(rng: Random, kind: Answering, *, in_words: bool) -> tuple[Choice, ...]:
    if in_words:
        return (rng.choice([choice for choice in DIET if choice.words]),)
    if kind is Answering.DIET:
        return tuple(rng.sample(DIET, 2 if rng.random() < 0.25 else 1))
    offered = {Answering.TABLE: SEATING, Answering.OCCASION: OCCASION}.get(kind)
    return (rng.choice(offered),) if offered else ()


def _spending(rng: Random, raters: Sequence[int]) -> dict[int, Spending]:
    """Regulars and those whose tier changes; everybody else stays below the tiers."""
    counts = rng.sample(EARLIER_COUNTS, len(EARLIER_COUNTS))
    others = [number for number in range(INVITED) if number not in set(raters)]
    plain = rng.sample(others, REGULARS - len(MOVES))
    found = {raters[n]: Spending((), within(tier, rng), tier) for n, tier in enumerate(NEW_TIERS)}
    for number, (before, after) in zip(raters[len(NEW_TIERS) :], MOVES, strict=True):
        found[number] = Spending((within(before, rng),), within(after, rng), after)
    for place, number in enumerate(plain):
        found[number] = _steady(rng, counts.pop(), "Silver" if place < KEPT_TIERS else None)
    found[INVITED + OPTED_OUT] = _steady(rng, 2, None)
    return found


def _steady(rng: Random, earlier: int, tier: str | None) -> Spending:
    amounts = [within(tier, rng) if tier else below_all_tiers(rng) for _ in range(earlier + 1)]
    return Spending(tuple(amounts[1:]), amounts[0])


def _earlier(rng: Random, email: str, spending: Spending, today: date) -> tuple[Check, ...]:
    """The latest is always recent; of the others some no longer count for the average."""
    recent = [rng.random() > 0.35 or place == 0 for place in range(len(spending.before))]
    days = _days_ago(rng, recent)
    return tuple(
        _past_check(rng, email, per_cover, today - timedelta(days=ago))
        for per_cover, ago in zip(spending.before, days, strict=True)
    )


def _days_ago(rng: Random, recent: Sequence[bool]) -> list[int]:
    near = rng.sample(range(*WINDOW), len(recent))
    far = rng.sample(range(*LONG_AGO), len(recent))
    return [near[place] if is_recent else far[place] for place, is_recent in enumerate(recent)]


def _past_check(rng: Random, email: str, per_cover: Decimal, day: date) -> Check:
    paid = datetime.combine(day, time(20, rng.randint(0, 59), rng.randint(0, 59)), ZoneInfo(ZONE))
    covers = party(rng)
    return Check(
        guid=guid(rng),
        order_guid=guid(rng),
        number=rng.randint(1, 99),
        opened=paid - timedelta(minutes=rng.randint(70, 130)),
        paid=paid,
        tipped=paid + timedelta(minutes=4),
        closed=paid + timedelta(minutes=7),
        business_date=day,
        covers=covers,
        rounds=ring_up(rng, per_cover * covers),
        gratuity=covers >= 6,
        tab_name=f"Table {rng.randint(1, 40)}",
        email=email,
    )
