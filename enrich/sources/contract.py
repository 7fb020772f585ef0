"""What a vendor's folder must provide. Everything but `Reader` is pure: no clock, no settings, no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from enrich.errors import SignatureInvalid
from enrich.events.guest_event import CheckEvent, ReservationEvent, SurveyEvent
from enrich.venues import Venue

Event = ReservationEvent | CheckEvent | SurveyEvent


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request at the door. `headers` keeps repeats; names are lower-case; `body` is what was signed."""

    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The header's one value. A header sent twice with different values is no signature at all."""
        values = {value for given, value in self.headers if given == name}
        if len(values) > 1:
            raise SignatureInvalid(f"the header {name} was sent {len(values)} times with different values")
        return values.pop() if values else None


@dataclass(frozen=True, slots=True)
class Notice:
    """ "This happened to that", one of perhaps several in a delivery."""

    key: str
    """Idempotency key, stable under re-delivery: the vendor's event id, else derived from the content."""
    type: str
    """The vendor's own word for what happened."""
    record: Mapping[str, Any]
    """The vendor's JSON for the object concerned, as parsed."""


class Source(Protocol):
    name: str
    """URL segment, mapping table name and metric label."""
    handled: frozenset[str]
    """Vendor event types we act on; every other one is kept and ignored with the reason `type_not_handled`."""

    def verify(self, delivery: Delivery, secrets: Sequence[bytes], now: datetime) -> None:
        """Genuine, or SignatureInvalid; TimestampOutsideTolerance if genuine but too old or too new."""

    def delivery_key(self, delivery: Delivery) -> str | None:
        """The vendor's id of this delivery, or None where it has none (the body's digest serves then)."""

    def notices(self, delivery: Delivery) -> Sequence[Notice]:
        """Or DeliveryMalformed. One bad element never sinks the others: it becomes a notice that fails later."""

    def lacks(self, notice: Notice) -> str | None:
        """A reference for the Reader if the notice leaves out who the guest is and that is worth a call."""

    def normalise(self, notice: Notice, venue: Venue) -> Sequence[Event]:
        """Or PayloadInvalid with the path. No events: nothing here is of interest."""


class Reader(Protocol):
    """A vendor's only I/O. Raises ReaderUnavailable (try later) or RecordGone."""

    def read(self, reference: str) -> Mapping[str, Any]:
        """The fields to lay over the notice's record."""

    def close(self) -> None: ...
