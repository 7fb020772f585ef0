"""What the players did: when each thing was sent first and how it was answered."""

from collections import Counter
from dataclasses import dataclass, field

from enrich.demo.deliveries import Delivery, What


@dataclass(slots=True)
class Record:
    """Times are seconds since the epoch, by the clock everything on this machine shares."""

    first_sent: dict[tuple[What, str], float] = field(default_factory=dict)
    accepted: dict[tuple[What, str], float] = field(default_factory=dict)
    acknowledgements: list[float] = field(default_factory=list)
    """Seconds each answered delivery took, from its last attempt to its answer."""
    statuses: Counter[int] = field(default_factory=Counter)
    forged: Counter[int] = field(default_factory=Counter)
    """Answers to wrong signatures."""
    retries: int = 0
    abandoned: int = 0

    def sending(self, delivery: Delivery, now: float) -> None:
        if not delivery.forged:
            self.first_sent.setdefault((delivery.what, delivery.about), now)

    def answered(self, delivery: Delivery, status: int, began: float, now: float) -> None:
        if delivery.forged:
            self.forged[status] += 1
            return
        self.statuses[status] += 1
        self.acknowledgements.append(now - began)
        if status < 300:
            self.accepted.setdefault((delivery.what, delivery.about), now)
