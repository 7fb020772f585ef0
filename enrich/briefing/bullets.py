"""A guest and a reservation in three to five lines a host reads in ten seconds."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from enrich.guests.block import clean_line
from enrich.guests.profile import Tag

FEWEST, MOST = 3, 5
LINE_LIMIT = 120
TOTAL_LIMIT = 400
"""Characters of all bullets with the line breaks between them; three full lines fit."""
_SAFETY_LINES = 2
_SAFETY_LABELS = ("Diet:", "Kitchen:")
NO_NEEDS = "No dietary needs on record: please ask"


@dataclass(frozen=True, slots=True)
class BriefingInput:
    diet: tuple[str, ...] = ()
    """Names of the dietary tags, the gravest first."""
    kitchen: tuple[str, ...] = ()
    seating: tuple[str, ...] = ()
    occasions: tuple[str, ...] = ()
    """Of this reservation, not of the guest's past."""
    visits: int = 0
    last_visit: date | None = None
    last_totals: tuple[Decimal, ...] = ()
    """The latest checks, the newest first; three are shown."""
    average: Decimal | None = None
    """Per cover."""
    tier: str | None = None
    currency: str = ""
    party_size: int | None = None
    request: str | None = None
    request_is_safety: bool = False
    """The request may name an allergy: it is then never left out, whoever asks."""

    @property
    def is_known(self) -> bool:
        past = self.visits or self.last_visit or self.last_totals or self.average is not None or self.tier
        return bool(past or self.diet or self.kitchen or self.seating or self.request_is_safety)


def briefing(facts: BriefingInput) -> tuple[str, ...]:
    """Safety, occasion, seating, history and spend, request; nothing for a guest we know nothing about.

    What does not fit is left out from the end. Safety is not: what finds no room there is counted in the line.
    """
    facts = _cleaned(facts)
    if not facts.is_known:
        return ()
    ranked = _ranked(facts)
    short = FEWEST - len(ranked)
    bullets = [*ranked, *_fillers(facts)[:short]] if short > 0 else ranked[:MOST]
    while len("\n".join(bullets)) > TOTAL_LIMIT:
        bullets.pop()
    return tuple(bullets)


def with_safety(theirs: Sequence[str], ours: Sequence[str]) -> tuple[str, ...]:
    """A block that staff have edited, with the safety lines of ours that they have not seen.

    Theirs stay; only our own "nothing on record" goes when there is something.
    """
    known = {line.casefold() for line in theirs}
    missing = [line for line in ours if line.startswith(_SAFETY_LABELS) and line.casefold() not in known]
    kept = [line for line in theirs if line != NO_NEEDS] if missing else theirs
    return (*missing, *kept)


def names_in(tags: Iterable[Tag], groups: Collection[str]) -> tuple[str, ...]:
    """The names of a profile's tags in these groups."""
    return tuple(sorted({tag.name for tag in tags if tag.group in groups}))


def _cleaned(facts: BriefingInput) -> BriefingInput:
    return replace(
        facts,
        diet=_distinct(facts.diet),
        kitchen=_distinct(facts.kitchen),
        seating=_distinct(facts.seating),
        occasions=_distinct(facts.occasions),
        tier=clean_line(facts.tier or "", LINE_LIMIT // 3) or None,
        request=clean_line(facts.request or "") or None,
    )


def _ranked(facts: BriefingInput) -> list[str]:
    before = [*_safety(facts), *_packed("Occasion", facts.occasions, 1), *_packed("Seating", facts.seating, 1)]
    past = [_history(facts), *_spend(facts)]
    after = [] if facts.request_is_safety else _request(facts)
    if len(before) + len(past) + len(after) > MOST:
        past = [clean_line("; ".join(past), LINE_LIMIT)]
    return [*before, *past, *after]


def _safety(facts: BriefingInput) -> list[str]:
    asked = _request(facts) if facts.request_is_safety else []
    said = {item.casefold() for item in facts.diet}
    kitchen = [note for note in facts.kitchen if note.casefold() not in said]
    lines = 1 if facts.diet and kitchen else _SAFETY_LINES
    return [*asked, *_packed("Diet", facts.diet, lines), *_packed("Kitchen", kitchen, lines)]


def _history(facts: BriefingInput) -> str:
    if not facts.visits:
        return "No visits on record yet"
    count = "1 visit" if facts.visits == 1 else f"{facts.visits} visits"
    return f"{count}, last on {_day(facts.last_visit)}" if facts.last_visit else count


def _spend(facts: BriefingInput) -> list[str]:
    average = "" if facts.average is None else f"{facts.average:.2f} {facts.currency}".rstrip() + " a cover"
    checks = ", ".join(f"{total:.2f}" for total in facts.last_totals[:3])
    parts = [facts.tier, average, checks and f"last checks {checks}"]
    line = clean_line("; ".join(part for part in parts if part), LINE_LIMIT)
    return [line] if line else []


def _request(facts: BriefingInput) -> list[str]:
    return [clean_line(f"Request: {facts.request}", LINE_LIMIT)] if facts.request else []


def _fillers(facts: BriefingInput) -> list[str]:
    """Said only when there is room: that nothing is known of a need is worth a question at the table."""
    party = [f"Party of {facts.party_size}"] if facts.party_size else []
    diet = [] if facts.diet or facts.kitchen or facts.request_is_safety else [NO_NEEDS]
    seating = [] if facts.seating else ["No seating preference on record"]
    return [*diet, *party, *seating]


def _distinct(items: Iterable[str]) -> tuple[str, ...]:
    cleaned = (clean_line(item) for item in items)
    first: dict[str, str] = {}
    for item in cleaned:
        first.setdefault(item.casefold(), item)
    return tuple(item for item in first.values() if item)


def _packed(label: str, items: Sequence[str], lines: int) -> list[str]:
    """At most so many bullets; items that find no room are counted at the end of the last one."""
    bullets: list[str] = []
    left = list(items)
    while left and len(bullets) < lines:
        taken = _fitting(label, left, last=len(bullets) + 1 == lines)
        bullets.append(_bullet(label, left[:taken], len(left) - taken if len(bullets) + 1 == lines else 0))
        left = left[taken:]
    return bullets


def _fitting(label: str, items: Sequence[str], *, last: bool) -> int:
    """How many of the items one bullet takes; at least one, shortened if need be."""
    for count in range(len(items), 1, -1):
        if len(_text(label, items[:count], len(items) - count if last else 0)) <= LINE_LIMIT:
            return count
    return 1


def _bullet(label: str, items: Sequence[str], more: int) -> str:
    room = LINE_LIMIT - len(_text(label, (), more))
    return _text(label, items if len(items) > 1 else [clean_line(items[0], room)], more)


def _text(label: str, items: Sequence[str], more: int) -> str:
    ending = f" (+{more} more on the profile)" if more else ""
    return f"{label}: {', '.join(items)}{ending}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
