"""What is worked on: units that are due, the claim on one, and how urgent they are."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class Kind(StrEnum):
    DELIVERY = "delivery"
    GUEST = "guest"
    RESERVATION = "reservation"
    SURVEY = "survey"


class Urgency(IntEnum):
    SAFETY = 0
    ARRIVING = 1
    SURVEY = 2
    SPEND = 3
    BACKFILL = 4


@dataclass(frozen=True, slots=True)
class Unit:
    kind: Kind
    ref: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a unit until the lease ends; whoever claims it next gets a higher fence."""

    unit: Unit
    wanted: int
    """The revision this claim will bring the unit to."""
    fence: int
    starts: int
    """How often the unit was claimed since it last ended, this time included."""
    tries: int
    """How often it failed in a row."""
    failing_since: datetime | None
    lease_until: datetime
