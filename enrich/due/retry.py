"""When a unit that failed is due again, or why it never will be: a pure function of the error and its past."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from enrich.due.unit import Claim
from enrich.errors import (
    CrmServerError,
    CrmThrottled,
    EnrichError,
    GiveUp,
    Halted,
    Quarantined,
    TryLater,
)


@dataclass(frozen=True, slots=True)
class Policy:
    base: float = 2.0
    cap: float = 900.0
    give_up_after: float = 72 * 3600.0
    server_error_pause: float = 5.0
    throttle_pause: float = 5.0
    halt_pause: float = 60.0
    most_starts: int = 5


@dataclass(frozen=True, slots=True)
class Again:
    at: datetime
    reason: str
    counted: bool = True
    """False when the fault is the account's and not the unit's: its tries must not run out."""
    escalated: bool = False
    """A person should look although we go on trying."""


@dataclass(frozen=True, slots=True)
class Dead:
    reason: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing more is claimed for the account until then."""

    until: datetime
    reason: str


def decide(error: EnrichError, claim: Claim, now: datetime, policy: Policy) -> Again | Dead:
    if isinstance(error, GiveUp | Quarantined):
        return Dead(error.reason)
    if isinstance(error, Halted | CrmThrottled):
        pause = pause_for(error, now, policy)
        return Again(pause.until if pause else now, error.reason, counted=False)
    if claim.failing_since and now - claim.failing_since > timedelta(seconds=policy.give_up_after):
        return Dead(error.reason)
    if isinstance(error, CrmServerError) and claim.tries == 0:
        return Again(now + timedelta(seconds=policy.server_error_pause), error.reason)
    later = error if isinstance(error, TryLater) else None
    wait = _backoff(claim.tries, policy, (later and later.longest_wait) or policy.cap)
    not_before = later.not_before if later else None
    return Again(max(now + wait, not_before or now), error.reason, escalated=isinstance(error, CrmServerError))


def pause_for(error: EnrichError, now: datetime, policy: Policy) -> Pause | None:
    if isinstance(error, CrmThrottled):
        until = error.not_before or now + timedelta(seconds=policy.throttle_pause)
        return Pause(until, error.reason)
    if isinstance(error, Halted):
        return Pause(now + timedelta(seconds=policy.halt_pause), error.reason)
    return None


def _backoff(tries: int, policy: Policy, cap: float) -> timedelta:
    """Full jitter, so that units that failed together do not come back together."""
    ceiling = min(cap, policy.base * 2.0 ** min(tries, 30))
    return timedelta(seconds=random.uniform(policy.base / 2, ceiling + policy.base / 2))  # noqa: S311
