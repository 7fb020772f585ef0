"""The guest book as the evening finds it: guests, their duplicates, and everybody who stays at home."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from enrich.demo.guests import Guest
from enrich.demo.house import STAFF_TAGS
from enrich.demo.names import address
from enrich.sandbox.documents import client_document
from enrich.sandbox.ids import client_id

Document = dict[str, Any]
BYSTANDERS = 250
DUPLICATED = 9
STAFF_NOTES = (
    "",
    "",
    "",
    "Prefers still water.",
    "Knows chef since 2019  ",
    "Ask about the marathon!\n\n\tTips well",
    "Anniversary dinner every June – table 7 – niño en septiembre 🎂",
    "“Never the corner table” (said twice)",
    "- likes Barolo\r\n- dislikes coriander",
)
DESK = "concierge@{}.grandhotel.example.com"
MASK = "guest-7f3a9c-{}@guest.opentable.example"


@dataclass(frozen=True, slots=True)
class Profiles:
    """Of one guest. `canonical` is the one with more visits, then the later last visit."""

    canonical: Document
    duplicate: Document | None = None
    booked_as_duplicate: bool = False

    @property
    def all(self) -> tuple[Document, ...]:
        return (self.canonical, self.duplicate) if self.duplicate else (self.canonical,)


class Book:
    """Writes profiles, each with an id of its own."""

    def __init__(
        self, rng: Random, seed: str, venue_id: str, today: date, start: datetime, coming: Sequence[Guest]
    ) -> None:
        self._rng = rng
        self._seed = seed
        self._venue_id = venue_id
        self._today = today
        self._start = start
        self._written = 0
        willing = [guest.number for guest in coming if not guest.opted_out]
        self._duplicated = set(rng.sample(willing, DUPLICATED))
        self._tied = min(self._duplicated)

    def of_guest(self, guest: Guest) -> Profiles:
        visits = self._rng.randint(2, 40)
        last = self._today - timedelta(days=self._rng.randint(2, 300))
        consent = self._opted_out() if guest.opted_out else self._asked()
        names = {"first_name": guest.first_name, "last_name": guest.last_name}
        canonical = self._profile(guest.email, visits, last, **names, **consent, **self._kept())
        if guest.number not in self._duplicated:
            return Profiles(canonical)
        tied = guest.number == self._tied
        fewer, earlier = (visits, last - timedelta(days=40)) if tied else (self._rng.randint(1, visits - 1), last)
        email = self._rng.choice((guest.email.upper(), guest.email.title(), None))
        duplicate = self._profile(email, fewer, earlier, **names, **self._kept())
        if duplicate["email"] is None:
            duplicate |= {"email": f"old.{guest.email}", "email_alt": guest.email}
        return Profiles(canonical, duplicate, guest.number % 2 == 0)

    def bystanders(self, names: Iterator[tuple[str, str]]) -> Iterator[Document]:
        for _ in range(BYSTANDERS - 2):
            first, last = next(names)
            last_visit = self._today - timedelta(days=self._rng.randint(5, 500))
            email = address(self._rng, first, last)
            yield self._profile(
                email,
                self._rng.randint(0, 30),
                last_visit,
                first_name=first,
                last_name=last,
                **self._asked(),
                **self._kept(),
            )

    def traps(self, desk: str, mask: str) -> tuple[Document, Document]:
        """Profiles that own a hotel desk's mailbox and a booking platform's mask."""
        return (
            self._profile(desk, 61, self._today, first_name="Concierge", last_name="Desk"),
            self._profile(mask, 2, self._today, first_name="OpenTable", last_name="Diner"),
        )

    def _profile(self, email: str | None, visits: int, last_visit: date, **fields: Any) -> Document:
        self._written += 1
        created = self._start.astimezone(UTC) - timedelta(days=self._rng.randint(320, 1500))
        return client_document(
            client_id(self._written, self._seed),
            email=email,
            total_visits=visits,
            last_visit=last_visit if visits else None,
            venue_id=self._venue_id,
            created=created,
            **{"marketing_opt_in": None} | fields,
        )

    def _asked(self) -> Document:
        """Most said yes, the others were never asked."""
        if self._rng.random() < 0.3:
            return {"marketing_opt_in": None}
        return {"marketing_opt_in": True, "marketing_opt_in_ts": "2025-01-11T09:00:00"}

    def _opted_out(self) -> Document:
        return {"marketing_opt_in": False, "marketing_opt_out_ts": "2026-02-03T18:12:44"}

    def _kept(self) -> Document:
        """What staff typed."""
        tags = self._rng.sample(STAFF_TAGS, self._rng.choice((0, 0, 0, 1, 2)))
        fields = {"custom_field_12": "Aisle seat"} if self._rng.random() < 0.2 else {}
        parts = [(group, name) for group, _, name in (tag.partition(":") for tag in tags)]
        return {"notes": self._rng.choice(STAFF_NOTES) or None, "tags": parts, "custom_fields": fields}
