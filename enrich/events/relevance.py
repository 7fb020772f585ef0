"""Whether news about an object is worth anybody's work; every no has a countable reason."""

from enrich.events.guest_event import CheckEvent, CheckState, ReservationEvent, SurveyEvent
from enrich.events.transitions import changes

Event = ReservationEvent | CheckEvent | SurveyEvent

ALWAYS = frozenset({"created", "deleted", "guest_changed"})


def irrelevant_because(before: Event | None, after: Event, relevant_changes: frozenset[str]) -> str | None:
    """None: it is relevant."""
    if isinstance(after, ReservationEvent):
        known = before if isinstance(before, ReservationEvent) else None
        return None if changes(known, after) & (relevant_changes | ALWAYS) else "no_relevant_change"
    if isinstance(after, CheckEvent):
        return _check(before if isinstance(before, CheckEvent) else None, after)
    return None if before is None or before != after else "no_relevant_change"


def _check(before: CheckEvent | None, after: CheckEvent) -> str | None:
    """Only what a visit is made of counts; a check nobody has paid is no visit yet."""
    started = before is not None and before.state is not CheckState.OPEN
    if not started and after.state in (CheckState.OPEN, CheckState.IGNORED):
        return "check_open" if after.state is CheckState.OPEN else "not_a_guest_check"
    if before is not None and _substance(before) == _substance(after):
        return "no_relevant_change"
    return None


def _substance(check: CheckEvent) -> tuple[object, ...]:
    paid = check.state in (CheckState.PAID, CheckState.CLOSED)
    return paid or check.state, check.spend, check.covers, check.business_date, check.order_id
