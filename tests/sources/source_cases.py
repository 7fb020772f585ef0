"""Samples of every vendor, as deliveries signed the way the vendor signs."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import enrich.sources
from enrich.sandbox.senders import signed_headers
from enrich.sources.contract import Delivery, Notice, Source
from enrich.sources.registry import SOURCES
from enrich.venues import Venue

SECRET = "whsec-cases-Alder-7c1d"
HERE = Path(__file__).parent
SAMPLES = Path(enrich.sources.__file__).parent
VENUE = Venue(
    id="larkspur",
    name="Larkspur",
    zone="America/Chicago",
    currency="USD",
    country="US",
    crm_venue_id="venue-1",
    crm_venue_group_id="group-1",
)


@dataclass(frozen=True)
class Sample:
    source: Source
    name: str

    @property
    def body(self) -> bytes:
        return (SAMPLES / self.source.name / "samples" / f"{self.name}.json").read_bytes()

    @property
    def delivery(self) -> Delivery:
        return signed(self.source.name, self.body)

    @property
    def golden(self) -> Path:
        return HERE / "golden" / self.source.name / f"{self.name}.json"

    def __str__(self) -> str:
        return f"{self.source.name}-{self.name}"


def all_samples() -> list[Sample]:
    return [
        Sample(source, path.stem)
        for source in SOURCES.values()
        for path in sorted((SAMPLES / source.name / "samples").glob("*.json"))
    ]


def signed(source: str, body: bytes, secret: str = SECRET) -> Delivery:
    return delivered(source, body, signed_headers(source, body, secret))


def delivered(source: str, body: bytes, headers: Mapping[str, str]) -> Delivery:
    sent = tuple((name.lower(), value) for name, value in headers.items())
    return Delivery(url=f"https://hooks.example.com/hooks/{source}/larkspur", headers=sent, body=body)


def without(delivery: Delivery, name: str) -> Delivery:
    return replace(delivery, headers=tuple(pair for pair in delivery.headers if pair[0] != name))


def with_header(delivery: Delivery, name: str, value: str) -> Delivery:
    return replace(delivery, headers=(*without(delivery, name).headers, (name, value)))


def signature_header(delivery: Delivery) -> str:
    return next(name for name, _ in delivery.headers if name.endswith("-signature"))


def sent_at(body: bytes) -> datetime:
    """The moment to verify at: a vendor may sign its time."""
    stamp = re.search(rb'"timestamp": ?"([^"]+)"', body)
    return datetime.fromisoformat(stamp[1].decode()) if stamp else datetime(2026, 11, 14, 3, 30, tzinfo=UTC)


def notices_of(sample: Sample) -> Sequence[Notice]:
    return sample.source.notices(sample.delivery)


def record_of(source: str, name: str) -> dict[str, Any]:
    """The one record of a sample, to be changed by a test."""
    (notice,) = notices_of(Sample(SOURCES[source], name))
    return json.loads(json.dumps(notice.record, default=str))
