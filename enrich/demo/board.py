"""How the evening stands, looked at twice a second while it is played."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from enrich.demo.deliveries import What
from enrich.demo.players import Addresses
from enrich.demo.record import Record

EVERY = 0.5


@dataclass(frozen=True, slots=True)
class Glance:
    at: float
    arrived: int
    waiting: int
    written: int
    mailed: int
    answered: int
    restarts: int


@dataclass(slots=True)
class Board:
    """What could not be asked just now keeps its last value: the processes may be starting again."""

    addresses: Addresses
    record: Record
    restarts: Callable[[], int]
    glances: list[Glance] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    def watch(self, show: Callable[[Glance], None]) -> None:
        with httpx.Client(timeout=2.0, trust_env=False) as http:
            while not self._ended.wait(EVERY):
                self.glances.append(self._look(http))
                show(self.glances[-1])

    def end(self) -> None:
        self._ended.set()

    def _look(self, http: httpx.Client) -> Glance:
        stats = _answer(http, f"{self.addresses.sandbox}/sandbox/stats")
        status = _answer(http, f"{self.addresses.door}/status")
        last = self.glances[-1] if self.glances else Glance(0, 0, 0, 0, 0, 0, 0)
        return Glance(
            at=time.time(),
            arrived=self.record.statuses.total(),
            waiting=waiting(status) if status else last.waiting,
            written=stats["changes"] if stats else last.written,
            mailed=stats["mails"] if stats else last.mailed,
            answered=sum(what is What.ANSWERED for what, _ in list(self.record.accepted)),
            restarts=self.restarts(),
        )


def waiting(status: dict[str, Any]) -> int:
    """Due now; what is planned for later, like the end of an exclusion, does not wait."""
    return sum(row["ready"] for row in status["due"])


def _answer(http: httpx.Client, url: str) -> dict[str, Any] | None:
    try:
        answer = http.get(url)
    except httpx.TransportError:
        return None
    found: dict[str, Any] | None = answer.json() if answer.status_code == httpx.codes.OK else None
    return found
