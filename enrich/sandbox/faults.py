"""Faults on order: which request meets which, how often."""

import hashlib
import re
import time
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

FaultKind = Literal[
    "status",
    "hang",
    "reset",
    "reset_after_applying",
    "truncated",
    "ok_with_error",
    "html",
    "drip",
    "wrong_type",
    "slow",
]


class Fault(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FaultKind
    method: str | None = None
    path: str = ""
    """Regular expression searched for in the path; a plain prefix works. Empty: every path."""
    status: int = 500
    retry_after: str | None = None
    """Value of the header, seconds or an HTTP date."""
    code: str = ""
    share: float = Field(1.0, ge=0, le=1)
    """Of the requests that match; which ones follows from `seed`."""
    seed: int = 0
    times: int | None = None
    for_seconds: float | None = None
    delay: float | None = None
    """Seconds before the answer (slow), before the end (hang), between bytes (drip)."""
    each: Literal["id"] | None = None
    """At most once for each client, reservation or order."""

    @field_validator("path")
    @classmethod
    def _compiles(cls, path: str) -> str:
        re.compile(path)
        return path


@dataclass(slots=True)
class Standing:
    n: int
    fault: Fault
    since: float = field(default_factory=time.monotonic)
    matched: int = 0
    applied: int = 0
    ids: set[str] = field(default_factory=set)

    @property
    def is_spent(self) -> bool:
        late = self.fault.for_seconds is not None and time.monotonic() - self.since > self.fault.for_seconds
        return late or (self.fault.times is not None and self.applied >= self.fault.times)

    def meets(self, method: str, path: str) -> bool:
        """Whether this request gets the fault; counts it if so."""
        if self.is_spent or self.fault.method not in (None, method) or not re.search(self.fault.path, path):
            return False
        self.matched += 1
        if not self._drawn() or not self._first_of_its_id(path):
            return False
        self.applied += 1
        return True

    def _drawn(self) -> bool:
        draw = hashlib.blake2b(f"{self.fault.seed}:{self.matched}".encode(), digest_size=8).digest()
        return int.from_bytes(draw) < self.fault.share * 2**64

    def _first_of_its_id(self, path: str) -> bool:
        key = path.rstrip("/").rpartition("/")[2]
        if self.fault.each is None:
            return True
        first = key not in self.ids
        self.ids.add(key)
        return first


class FaultPlan:
    def __init__(self) -> None:
        self._standing: list[Standing] = []
        self._numbered = 0

    def add(self, fault: Fault) -> int:
        self._numbered += 1
        self._standing.append(Standing(self._numbered, fault))
        return self._numbered

    def clear(self) -> None:
        self._standing.clear()

    def choose(self, method: str, path: str) -> Fault | None:
        """The first in order of arrival that meets the request."""
        return next((standing.fault for standing in self._standing if standing.meets(method, path)), None)

    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "n": standing.n,
                **standing.fault.model_dump(exclude_defaults=True),
                "matched": standing.matched,
                "applied": standing.applied,
                "spent": standing.is_spent,
            }
            for standing in self._standing
        ]
