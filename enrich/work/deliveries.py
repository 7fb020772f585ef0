"""Deliveries become facts, and whom they concern becomes due."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from enrich.due.unit import Claim, Kind, Unit, Urgency
from enrich.errors import EnrichError, RecordGone, TryLater
from enrich.events.guest_event import CheckEvent, ReservationEvent, SurveyEvent
from enrich.events.relevance import irrelevant_because
from enrich.identity.contact_points import reservation_point
from enrich.mapping.engine import read_survey
from enrich.mapping.table import Urgency as FieldUrgency
from enrich.sources.contract import Event, Source
from enrich.store.due import Mark
from enrich.store.facts import Fact
from enrich.store.inbox import Entry, EntryState, Settlement
from enrich.store.known import Known
from enrich.store.reviews import Finding, ReviewKind
from enrich.venues import Venue
from enrich.work.attach import attach, contact_keys
from enrich.work.in_time import in_time
from enrich.work.parts import Parts
from enrich.work.understand import Understood, completed, lacking, understand

AT_ONCE = 16
"""Deliveries in one transaction: the door waits for its end."""


Failed = tuple[Claim, EnrichError]
Reference = tuple[str, str, str]
"""(source, connection, what to ask the vendor with)"""
Answer = Mapping[str, Any] | EnrichError


@dataclass(frozen=True, slots=True)
class Read:
    """A claimed delivery as far as it can be understood without a transaction."""

    claim: Claim
    entry: Entry
    understood: Understood
    lacks: frozenset[Reference] = frozenset()


class Deliveries:
    def __init__(self, parts: Parts, pool: ThreadPoolExecutor) -> None:
        self._parts = parts
        self._stores = parts.stores
        self._pool = pool

    def work(self, claims: Sequence[Claim]) -> list[Failed]:
        """Take them in; those that must be tried later come back with the reason."""
        with self._stores.database.read() as conn:
            entries = self._stores.inbox.load(conn, [int(claim.unit.ref) for claim in claims])
        read, failed = self._complete(self._recognise(claims, entries))
        kinds: set[Kind] = set()
        for start in range(0, len(read), AT_ONCE):
            with self._stores.database.write() as conn:
                kinds |= _Intake(conn, self._parts).take_in(read[start : start + AT_ONCE])
        for kind in sorted(kinds):
            self._parts.doorbell.ring(kind)
        return failed

    def _recognise(self, claims: Sequence[Claim], entries: Mapping[int, Entry]) -> list[Read]:
        read = [self._recognise_one(claim, entries[int(claim.unit.ref)]) for claim in claims]
        keys = [event.key for one in read for event in one.understood.events]
        with self._stores.database.read() as conn:
            known = self._stores.facts.with_a_guest(conn, keys)
        return [replace(one, lacks=self._references(one.entry, lacking(one.understood, known))) for one in read]

    def _recognise_one(self, claim: Claim, entry: Entry) -> Read:
        place = self._place(entry)
        understood = understand(entry, *place) if place else Understood(ignored="connection_removed")
        return Read(claim, entry, understood)

    def _place(self, entry: Entry) -> tuple[Source, Venue] | None:
        connection = self._parts.venues.connection(entry.source, entry.connection)
        source = self._parts.sources.get(entry.source)
        return (source, self._parts.venues.venues[connection.venue]) if connection and source else None

    def _references(self, entry: Entry, lacks: Collection[str]) -> frozenset[Reference]:
        if not lacks or self._parts.readers(entry.source, entry.connection) is None:
            return frozenset()
        return frozenset((entry.source, entry.connection, reference) for reference in lacks)

    def _complete(self, read: Sequence[Read]) -> tuple[list[Read], list[Failed]]:
        """Ask for what is lacking, once for each reference; what there was no time for is given back."""
        references = sorted({reference for one in read for reference in one.lacks})
        answers = in_time(self._pool, self._ask, references, self._parts.pace.begin_within)
        self._parts.give_back([one.claim for one in read if not one.lacks <= answers.keys()])
        complete: list[Read] = []
        failed: list[Failed] = []
        for one in read:
            if one.lacks <= answers.keys():
                error = next((found for key in one.lacks if isinstance(found := answers[key], EnrichError)), None)
                failed += [(one.claim, error)] if error else []
                complete += [] if error else [self._completed(one, answers)]
        return complete, failed

    def _ask(self, reference: Reference) -> Answer:
        source, connection, what = reference
        reader = self._parts.readers(source, connection)
        try:
            return reader.read(what) if reader else {}
        except RecordGone:
            return {}
        except TryLater as error:
            return error

    def _completed(self, read: Read, answers: Mapping[Reference, Answer]) -> Read:
        place = self._place(read.entry)
        if not read.lacks or place is None:
            return read
        wholes = {key[2]: found for key in read.lacks if not isinstance(found := answers[key], EnrichError)}
        return replace(read, understood=completed(read.understood, *place, wholes))


class _Intake:
    """One transaction of it. Marks and settlements are gathered and written together."""

    def __init__(self, conn: Connection, parts: Parts) -> None:
        self._conn = conn
        self._parts = parts
        self._stores = parts.stores
        self._now = parts.now(conn)
        self._marks: list[Mark] = []
        self._settlements: list[Settlement] = []

    def take_in(self, read: Sequence[Read]) -> set[Kind]:
        """What became due by it."""
        ours = self._stores.due.finish_all(self._conn, [one.claim for one in read])
        taken = [one for one in read if one.claim in ours]
        events = [event for one in taken for event in one.understood.events]
        contacts = [key for event in events for key in contact_keys(event)]
        self._known = Known(self._conn, self._stores.facts, [event.key for event in events], contacts)
        for one in taken:
            self._settle(one, [self._keep(event, one.entry) for event in one.understood.events])
        self._known.write()
        self._stores.inbox.settle(self._conn, self._settlements)
        self._stores.due.mark_all(self._conn, self._marks)
        return {mark.unit.kind for mark in self._marks if mark.at <= self._now}

    def _settle(self, read: Read, reasons: Sequence[str | None]) -> None:
        entry, fault = read.entry.id, read.understood.fault
        if fault:
            self._settlements.append(Settlement(entry, EntryState.QUARANTINED, fault.reason, str(fault)))
        elif None in reasons:
            self._settlements.append(Settlement(entry, EntryState.DONE))
        else:
            reason = next(iter(reasons), None) or read.understood.ignored or "nothing_of_interest"
            self._settlements.append(Settlement(entry, EntryState.IGNORED, reason))

    def _keep(self, event: Event, entry: Entry) -> str | None:
        """Why the event was ignored, if it was."""
        before = self._known.fact(event.key)
        if before and event.version < before.event.version:
            self._take_late_word(event, before)
            return "stale"
        guest, link = attach(self._known, event, before)
        if not self._known.keep(Fact(event, guest, link, entry.id, replayed=entry.replays > 0)):
            return "seen_before"
        reason = irrelevant_because(before.event if before else None, event, self._parts.tables.relevant_changes)
        self._follow_booking(event, guest, before)
        if reason:
            return reason
        if guest is None and link is None:
            self._flag_unmatched(event)
        self._make_due(event, guest)
        return None

    def _take_late_word(self, event: Event, before: Fact) -> None:
        """An older version may name the guest whom the newer one, which came first, leaves out."""
        if before.guest_id or isinstance(event, ReservationEvent):
            return
        guest, link = attach(self._known, event, before)
        self._known.assign(event.key, guest, link)
        self._make_due(before.event, guest)

    def _follow_booking(self, event: Event, guest: str | None, before: Fact | None) -> None:
        """A booking brings its checks to the guest; where they were someone else's, both are concerned."""
        if not isinstance(event, ReservationEvent) or guest is None:
            return
        left = self._known.move(reservation_point(event.reservation_id).key, guest)
        left |= {before.guest_id} - {None, guest} if before else set()
        concerned = {guest, *left} - {None} if left else set()
        self._marks += [Mark(Unit(Kind.GUEST, one), self._now, Urgency.SURVEY) for one in concerned if one]

    def _make_due(self, event: Event, guest: str | None) -> None:
        if isinstance(event, ReservationEvent):
            self._marks.append(Mark(Unit(Kind.RESERVATION, event.key), self._now, Urgency.ARRIVING))
        elif guest is not None:
            urgency = self._urgency(event)
            wait = timedelta(0) if urgency is Urgency.SAFETY else self._parts.pace.coalesce
            self._marks.append(Mark(Unit(Kind.GUEST, guest), self._now + wait, urgency))

    def _urgency(self, event: CheckEvent | SurveyEvent) -> Urgency:
        if isinstance(event, CheckEvent):
            return Urgency.SPEND
        reading = read_survey(event, self._parts.tables)
        catalogue = self._parts.tables.catalogue
        fields = {catalogue[proposal.field].urgency for proposal in reading.proposals}
        return Urgency.SAFETY if FieldUrgency.SAFETY in fields or reading.unread else Urgency.SURVEY

    def _flag_unmatched(self, event: Event) -> None:
        evidence: dict[str, object] = {"event": event.kind, "why": "no contact point that decides who it is"}
        self._stores.reviews.flag(self._conn, [Finding(ReviewKind.UNMATCHED, event.key, evidence)])
