"""What the CRM must hold after the evening, worked out from the plan alone and with no code of the pipeline."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from enrich.demo.checks import Check, Fate
from enrich.demo.evening import Evening, Seat
from enrich.demo.guests import Answering
from enrich.demo.house import (
    AVERAGE_FIELD,
    LOYAL_TOTAL,
    LOYAL_VISITS,
    LOYALTY_TAG,
    SURVEYED_TAG,
    TIER_GROUP,
    TOTAL_FIELD,
    VISITS_FIELD,
    WINDOW_DAYS,
    tier_of,
)

CENT = Decimal("0.01")
FEWEST_BULLETS, MOST_BULLETS = 3, 5


@dataclass(frozen=True, slots=True)
class Figures:
    average: Decimal | None
    total: Decimal
    visits: int

    @property
    def is_loyal(self) -> bool:
        return self.visits >= LOYAL_VISITS or self.total >= LOYAL_TOTAL


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of one guest who came. All else on the profile stays as it was."""

    seat: Seat
    figures: Figures
    custom_fields: Mapping[str, str]
    answered_tags: frozenset[str]
    tier_tag: str | None
    loyal: bool
    kitchen: tuple[str, ...]
    """Lines for the kitchen, sorted."""
    invited: bool

    @property
    def client_id(self) -> str:
        return str(self.seat.profiles.canonical["id"])

    @property
    def tags(self) -> frozenset[str]:
        """To be on the profile besides those that were there."""
        given = {self.tier_tag, LOYALTY_TAG if self.loyal else None, SURVEYED_TAG if self.invited else None}
        return self.answered_tags | {tag for tag in given if tag}


def expected(evening: Evening) -> tuple[Wanted, ...]:
    return tuple(_wanted(seat, evening.business_date) for seat in evening.seats)


def figures(checks: Iterable[Check], today: date) -> Figures:
    """Sum over sum; the window ends with tonight's business day."""
    counted = list(checks)
    recent = [check for check in counted if check.business_date > today - timedelta(days=WINDOW_DAYS)]
    covers = sum(check.covers for check in recent)
    spent = sum((check.spend for check in recent), Decimal(0))
    total = sum((check.spend for check in counted), Decimal(0))
    average = (spent / covers).quantize(CENT, ROUND_HALF_UP) if covers else None
    return Figures(average, total.quantize(CENT), len(counted))


def _wanted(seat: Seat, today: date) -> Wanted:
    guest = seat.guest
    kept = [seat.check] if seat.check.fate is Fate.USUAL else []
    found = figures([*guest.earlier, *kept], today)
    tier = tier_of(found.average) if found.average is not None else None
    choices = guest.reply.choices if guest.reply else ()
    return Wanted(
        seat=seat,
        figures=found,
        custom_fields=_custom_fields(found),
        answered_tags=frozenset(choice.tag for choice in choices),
        tier_tag=f"{TIER_GROUP}:{tier}" if tier else None,
        loyal=found.is_loyal,
        kitchen=tuple(sorted(choice.kitchen for choice in choices if choice.kitchen)),
        invited=not guest.opted_out,
    )


def _custom_fields(found: Figures) -> dict[str, str]:
    average = {} if found.average is None else {AVERAGE_FIELD: str(found.average)}
    return average | {TOTAL_FIELD: str(found.total), VISITS_FIELD: str(found.visits)}


def answers_about(wanted: Iterable[Wanted], about: Answering) -> list[Wanted]:
    return [each for each in wanted if each.seat.guest.reply and each.seat.guest.reply.about is about]
