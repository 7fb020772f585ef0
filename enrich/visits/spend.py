"""A guest's checks become visits, spend, an average per cover, a tier and a loyalty flag."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from enrich.events.guest_event import CheckEvent, CheckState
from enrich.mapping.reading import Proposal, Provenance
from enrich.visits.policy import SpendPolicy

_LIVE = frozenset({CheckState.PAID, CheckState.CLOSED})
_TAKEN_BACK = frozenset({CheckState.VOIDED, CheckState.IGNORED})
_CENT = Decimal("0.01")
_COVER_GRAIN = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class SpendSummary:
    visits: int
    total: Decimal
    average: Decimal | None
    """Per cover, over the window; None while no check in it has known covers."""
    tier: str | None
    loyal: bool
    basis: tuple[str, ...]
    """Keys of the checks that count, sorted."""
    changes_on: date | None
    """The next day on which the figures change without news."""
    taken_back: bool = False
    """A check was voided or withdrawn: no visits is then news, not ignorance."""


def spend_of(checks: Iterable[CheckEvent], policy: SpendPolicy, as_of: date, currency: str) -> SpendSummary:
    """The figures at the end of the venue's business day `as_of`.

    Only paid and closed checks in the venue's currency count; currencies are never added up. One order is one
    visit, however many checks it has. A comped check without any spend is a visit, and its covers stay in the
    average: its table-mates' checks hold only their own share of the party. Unknown covers keep a check out of
    the average, not out of visits and total.
    """
    newest = _newest(check for check in checks if check.spend.currency == currency)
    live = [check for check in newest if check.state in _LIVE]
    counted = [check for check in live if check.business_date <= as_of]
    total = sum((check.spend.amount for check in counted), Decimal(0)).quantize(_CENT, ROUND_HALF_UP)
    visits = len({check.order_id for check in counted})
    average = _average([check for check in counted if check.business_date > as_of - _window(policy)])
    return SpendSummary(
        visits=visits,
        total=total,
        average=average,
        tier=_tier(average, policy.tiers.by_currency.get(currency, {})),
        loyal=_is_loyal(visits, total, policy, currency),
        basis=tuple(check.key for check in counted),
        changes_on=_changes_on(live, as_of, _window(policy)),
        taken_back=any(check.state in _TAKEN_BACK for check in newest),
    )


def last_totals(checks: Iterable[CheckEvent], as_of: date, currency: str, most: int = 3) -> tuple[Decimal, ...]:
    """What the guest's latest visits came to, the newest first."""
    orders: dict[str, tuple[date, Decimal]] = {}
    for check in _newest(checks):
        if check.state in _LIVE and check.spend.currency == currency and check.business_date <= as_of:
            day, amount = orders.get(check.order_id, (check.business_date, Decimal(0)))
            orders[check.order_id] = (max(day, check.business_date), amount + check.spend.amount)
    latest = sorted(orders.items(), key=lambda order: (order[1][0], order[0]), reverse=True)
    return tuple(amount.quantize(_CENT, ROUND_HALF_UP) for _, (_, amount) in latest[:most])


def spend_proposals(summary: SpendSummary, policy: SpendPolicy, provenance: Provenance) -> tuple[Proposal, ...]:
    """What the profile should say. Nothing for a guest whose checks we have never seen."""
    if not (summary.basis or summary.taken_back):
        return ()
    wanted = (
        (policy.average_to, None if summary.average is None else str(summary.average)),
        (policy.total_to, str(summary.total)),
        (policy.visits_to, str(summary.visits)),
        (policy.tiers.to, summary.tier),
        (policy.loyalty.to, policy.loyalty.value if summary.loyal else None),
    )
    return tuple(Proposal(to, value, provenance) for to, value in wanted if to is not None and value is not None)


def _newest(checks: Iterable[CheckEvent]) -> list[CheckEvent]:
    """Sorted by key, so that no sum depends on the order in which checks arrived."""
    held: dict[str, CheckEvent] = {}
    for check in checks:
        rival = held.get(check.key)
        if rival is None or _is_newer(check, rival):
            held[check.key] = check
    return [held[key] for key in sorted(held)]


def _is_newer(check: CheckEvent, rival: CheckEvent) -> bool:
    if check.version != rival.version:
        return check.version > rival.version
    return check != rival and check.model_dump_json() > rival.model_dump_json()


def _window(policy: SpendPolicy) -> timedelta:
    return timedelta(days=policy.window_days)


def _has_covers(check: CheckEvent) -> bool:
    return check.covers is not None and check.covers > 0


def _average(checks: Sequence[CheckEvent]) -> Decimal | None:
    """Sum over sum, not the mean of means."""
    known = [check for check in checks if _has_covers(check)]
    # Thirds of a party do not add up to whole people again in decimals.
    covers = sum((check.covers or Decimal(0) for check in known), Decimal(0)).quantize(_COVER_GRAIN)
    if not covers:
        return None
    return (sum((check.spend.amount for check in known), Decimal(0)) / covers).quantize(_CENT, ROUND_HALF_UP)


def _tier(average: Decimal | None, floors: Mapping[str, Decimal]) -> str | None:
    """Judged on the rounded average, the one people see."""
    earned = [(floor, name) for name, floor in floors.items() if average is not None and average >= floor]
    return max(earned)[1] if earned else None


def _is_loyal(visits: int, total: Decimal, policy: SpendPolicy, currency: str) -> bool:
    enough = policy.loyalty.total_by_currency.get(currency)
    return visits >= policy.loyalty.visits or (enough is not None and total >= enough)


def _changes_on(live: Sequence[CheckEvent], as_of: date, window: timedelta) -> date | None:
    """A check that counts for the average leaves the window; one dated ahead starts to count."""
    leaving = (check.business_date + window if _has_covers(check) else None for check in live)
    days = [*leaving, *(check.business_date for check in live)]
    return min((day for day in days if day is not None and day > as_of), default=None)
