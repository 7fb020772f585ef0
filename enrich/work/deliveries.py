"""Deliveries become facts, and whom they concern becomes due."""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from enrich.due.unit import Claim, Kind, Unit, Urgency
from enrich.errors import EnrichError, TryLater
from enrich.events.guest_event import CheckEvent, ReservationEvent, SurveyEvent
from enrich.events.relevance import irrelevant_because
from enrich.identity.contact_points import reservation_point
from enrich.mapping.engine import read_survey
from enrich.mapping.table import Urgency as FieldUrgency
from enrich.sources.contract import Event
from enrich.store.facts import Fact
from enrich.store.inbox import Entry, EntryState
from enrich.store.reviews import Finding, ReviewKind
from enrich.work.attach import attach
from enrich.work.in_time import in_time
from enrich.work.parts import Parts
from enrich.work.understand import Understood, understand


@dataclass(frozen=True, slots=True)
class Read:
    """A claimed delivery as far as it can be understood without a transaction."""

    claim: Claim
    entry: Entry
    understood: Understood


class Deliveries:
    def __init__(self, parts: Parts, pool: ThreadPoolExecutor) -> None:
        self._parts = parts
        self._stores = parts.stores
        self._pool = pool

    def work(self, claims: Sequence[Claim]) -> list[tuple[Claim, EnrichError]]:
        """Take them all in with one transaction; those that must be tried later come back with the reason."""
        with self._stores.database.read() as conn:
            entries = self._stores.inbox.load(conn, [int(claim.unit.ref) for claim in claims])
        results = in_time(
            self._pool,
            lambda claim: self._read(claim, entries[int(claim.unit.ref)]),
            claims,
            self._parts.pace.begin_within,
            self._parts.give_back,
        )
        read = [result for result in results if isinstance(result, Read)]
        with self._stores.database.write() as conn:
            kinds = {kind for one in read for kind in self._take_in(conn, one)}
        for kind in sorted(kinds):
            self._parts.doorbell.ring(kind)
        return [result for result in results if isinstance(result, tuple)]

    def _read(self, claim: Claim, entry: Entry) -> Read | tuple[Claim, EnrichError]:
        connection = self._parts.venues.connection(entry.source, entry.connection)
        source = self._parts.sources.get(entry.source)
        if connection is None or source is None:
            return Read(claim, entry, Understood(ignored="connection_removed"))
        venue = self._parts.venues.venues[connection.venue]
        reader = self._parts.readers(entry.source, entry.connection)
        try:
            return Read(claim, entry, understand(entry, source, venue, reader, self._known))
        except TryLater as error:
            return claim, error

    def _known(self, keys: Collection[str]) -> bool:
        with self._stores.database.read() as conn:
            facts = self._stores.facts.current(conn, keys)
        return bool(keys) and all(key in facts and facts[key].guest_id for key in keys)

    def _take_in(self, conn: Connection, read: Read) -> set[Kind]:
        """What became due by it."""
        if not self._stores.due.finish(conn, read.claim):
            return {Kind.DELIVERY}
        now = self._parts.now(conn)
        reasons: list[str | None] = []
        kinds: set[Kind] = set()
        for event in read.understood.events:
            reason, touched = self._keep(conn, event, read.entry, now)
            reasons.append(reason)
            kinds |= touched
        self._settle(conn, read, reasons)
        return kinds

    def _settle(self, conn: Connection, read: Read, reasons: Sequence[str | None]) -> None:
        fault = read.understood.fault
        if fault:
            self._stores.inbox.settle(conn, read.entry.id, EntryState.QUARANTINED, fault.reason, str(fault))
        elif None in reasons:
            self._stores.inbox.settle(conn, read.entry.id, EntryState.DONE)
        else:
            reason = next(iter(reasons), None) or read.understood.ignored or "nothing_of_interest"
            self._stores.inbox.settle(conn, read.entry.id, EntryState.IGNORED, reason)

    def _keep(self, conn: Connection, event: Event, entry: Entry, now: datetime) -> tuple[str | None, set[Kind]]:
        """Why the event was ignored, if it was, and the kinds of unit that became due."""
        before = self._stores.facts.current(conn, [event.key]).get(event.key)
        if before and event.version < before.event.version:
            return "stale", self._late_word(conn, event, before, now)
        guest, link = attach(conn, self._stores.facts, event, before)
        kept = self._stores.facts.keep(conn, Fact(event, guest, link, entry.id, replayed=entry.replays > 0))
        if not kept:
            return "seen_before", set()
        reason = irrelevant_because(before.event if before else None, event, self._parts.tables.relevant_changes)
        moved = self._after_booking(conn, event, guest, before, now)
        if reason:
            return reason, moved
        if guest is None and link is None:
            self._flag_unmatched(conn, event)
        return None, moved | self._make_due(conn, event, guest, now)

    def _late_word(self, conn: Connection, event: Event, before: Fact, now: datetime) -> set[Kind]:
        """An older version may name the guest whom the newer one, which came first, leaves out."""
        if before.guest_id or isinstance(event, ReservationEvent):
            return set()
        guest, link = attach(conn, self._stores.facts, event, before)
        self._stores.facts.assign(conn, event.key, guest, link)
        return self._make_due(conn, before.event, guest, now)

    def _after_booking(
        self, conn: Connection, event: Event, guest: str | None, before: Fact | None, now: datetime
    ) -> set[Kind]:
        """A booking brings its checks to the guest; where they were someone else's, both are concerned."""
        if not isinstance(event, ReservationEvent) or guest is None:
            return set()
        left = self._stores.facts.move(conn, reservation_point(event.reservation_id).key, guest)
        left |= {before.guest_id} - {None, guest} if before else set()
        concerned = [Unit(Kind.GUEST, one) for one in {guest, *left} if one] if left else []
        self._stores.due.mark(conn, concerned, now, Urgency.SURVEY)
        return {Kind.GUEST} if concerned else set()

    def _make_due(self, conn: Connection, event: Event, guest: str | None, now: datetime) -> set[Kind]:
        if isinstance(event, ReservationEvent):
            self._stores.due.mark(conn, [Unit(Kind.RESERVATION, event.key)], now, Urgency.ARRIVING)
            return {Kind.RESERVATION}
        if guest is None:
            return set()
        urgency = self._urgency(event)
        at = now if urgency is Urgency.SAFETY else now + self._parts.pace.coalesce
        self._stores.due.mark(conn, [Unit(Kind.GUEST, guest)], at, urgency)
        return {Kind.GUEST} if at <= now else set()

    def _urgency(self, event: CheckEvent | SurveyEvent) -> Urgency:
        if isinstance(event, CheckEvent):
            return Urgency.SPEND
        reading = read_survey(event, self._parts.tables)
        catalogue = self._parts.tables.catalogue
        fields = {catalogue[proposal.field].urgency for proposal in reading.proposals}
        return Urgency.SAFETY if FieldUrgency.SAFETY in fields or reading.unread else Urgency.SURVEY

    def _flag_unmatched(self, conn: Connection, event: Event) -> None:
        evidence: dict[str, object] = {"event": event.kind, "why": "no contact point that decides who it is"}
        self._stores.reviews.flag(conn, [Finding(ReviewKind.UNMATCHED, event.key, evidence)])
