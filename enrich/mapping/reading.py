"""What the mapping tables make of an event."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Provenance:
    """Why we want a value: the fact it came from, and the rule that read it."""

    fact: str
    """Key of the fact, e.g. "typeform/response/<token>"."""
    occurred_at: datetime
    rule: str
    """"<table>:<rule name>", e.g. "typeform:diet"."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value a rule suggests for one field of the catalogue (`mappings/guest_profile.yaml`)."""

    field: str
    value: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Unread:
    """Something the guest said that no rule fully understood: for a person, never for nowhere."""

    question: str
    text: str
    why: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Reading:
    proposals: tuple[Proposal, ...] = field(default=())
    unread: tuple[Unread, ...] = field(default=())
