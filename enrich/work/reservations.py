"""A reservation's briefing is reconciled: three to five bullets in our block of its note, staff text kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from enrich.briefing.bullets import BriefingInput, briefing, names_in, with_safety
from enrich.due.unit import Claim
from enrich.events.guest_event import CheckEvent, ReservationEvent, ReservationStatus
from enrich.guests.block import read_block, with_block
from enrich.guests.desired import Desired, desired
from enrich.guests.profile import Booking, Profile
from enrich.ledger.record import Action, Change, ReceiptState, Written
from enrich.mapping.engine import may_concern_safety
from enrich.mapping.reading import Provenance
from enrich.mapping.table import LinesField, TagsField
from enrich.store.facts import Fact, Guest
from enrich.store.ledger import Terms
from enrich.store.reviews import Finding, ReviewKind
from enrich.visits.spend import last_totals, spend_of
from enrich.work.parts import Parts
from enrich.work.receipts import settled
from enrich.work.resolution import keep_resolution, resolve

BLOCK = "Briefing"
FIELD = "briefing"
BRIEFED = frozenset({ReservationStatus.CONFIRMED, ReservationStatus.ARRIVED})


@dataclass(frozen=True, slots=True)
class Brief:
    """What the block should say, and what it takes to say so."""

    change: Change | None
    lines: tuple[str, ...]
    suggestion: Finding | None = None


class Reservations:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stores = parts.stores

    def work(self, claim: Claim) -> None:
        with self._stores.database.read() as conn:
            fact = self._stores.facts.fact(conn, claim.unit.ref)
            guest = self._stores.facts.load(conn, fact.guest_id) if fact and fact.guest_id else None
            event = self._coming(fact, self._parts.now(conn)) if fact and guest else None
        if event is None or guest is None:
            with self._stores.database.write() as conn:
                self._stores.due.finish(conn, claim)
            return
        self._reconcile(claim, event, guest)

    def _coming(self, fact: Fact, now: datetime) -> ReservationEvent | None:
        """Nobody reads the briefing of a table that is not coming, or that has come and gone."""
        event = fact.event
        if not isinstance(event, ReservationEvent) or event.deleted or event.status not in BRIEFED:
            return None
        return event if event.date >= self._parts.place(event).business_day(now) else None

    def _reconcile(self, claim: Claim, event: ReservationEvent, guest: Guest) -> None:
        resolution = resolve(guest, self._parts.crm)
        booking = self._parts.crm.booking(event.reservation_id)
        write_id, brief = self._plan(claim, event, guest, resolution.canonical, booking)
        if write_id is not None:
            note = with_block(booking.internal_notes, BLOCK, brief.lines)
            self._parts.crm.write_note(event.reservation_id, note)
        with self._stores.database.write() as conn:
            if write_id is not None:
                self._stores.ledger.settle(conn, write_id, ReceiptState.CONFIRMED)
            keep_resolution(conn, self._stores, guest, resolution)
            self._stores.reviews.flag(conn, [brief.suggestion] if brief.suggestion else [])
            self._stores.due.finish(conn, claim, sent=write_id is not None)

    def _plan(
        self, claim: Claim, event: ReservationEvent, guest: Guest, profile: Profile, booking: Booking
    ) -> tuple[int | None, Brief]:
        with self._stores.database.write() as conn:
            self._parts.require_lease(conn, claim, self._parts.pace.call_deadline)
            now = self._parts.now(conn)
            wanted = self._bullets(conn, event, guest, profile, now)
            held = read_block(booking.internal_notes, BLOCK)
            shown = () if held is None else ("\n".join(held),)
            written = settled(conn, self._stores.ledger, event.reservation_id, lambda _: shown)
            brief = _brief(event, wanted, held, written)
            if brief.change is None:
                return None, brief
            terms = Terms(self._parts.tables.version, self._parts.place(event).business_day(now))
            return self._stores.ledger.intend(conn, claim, event.reservation_id, [brief.change], terms), brief

    def _bullets(
        self, conn: Connection, event: ReservationEvent, guest: Guest, profile: Profile, now: datetime
    ) -> tuple[str, ...]:
        place, tables = self._parts.place(event), self._parts.tables
        events = [fact.event for fact in guest.facts]
        checks = [one for one in events if isinstance(one, CheckEvent)]
        today = place.business_day(now)
        spend = spend_of(checks, tables.spend, today, place.currency)
        known = desired(events, self._stores.invitations.of_guest(conn, guest.id), tables, place, now)
        return briefing(
            BriefingInput(
                diet=self._known_tags("dietary_tags", profile, known),
                kitchen=self._kitchen(profile, known),
                seating=self._known_tags("table_preferences", profile, known),
                occasions=event.occasions,
                visits=max(profile.visits, spend.visits),
                last_visit=profile.last_visit,
                last_totals=last_totals(checks, today, place.currency),
                average=spend.average,
                tier=spend.tier,
                currency=place.currency,
                party_size=event.party_size,
                request=event.guest_request,
                request_is_safety=may_concern_safety(event.guest_request or "", tables),
            )
        )

    def _known_tags(self, name: str, profile: Profile, known: Desired) -> tuple[str, ...]:
        field = self._parts.tables.catalogue.get(name)
        groups = {field.group} if isinstance(field, TagsField) else set()
        said = (proposal.value for proposal in known.fields.get(name, ()))
        return tuple(sorted({*names_in(profile.tags, groups), *said}))

    def _kitchen(self, profile: Profile, known: Desired) -> tuple[str, ...]:
        field = self._parts.tables.catalogue.get("kitchen_note")
        lines = read_block(profile.notes, field.block) if isinstance(field, LinesField) else ()
        said = (proposal.value for proposal in known.fields.get("kitchen_note", ()))
        return tuple(dict.fromkeys([*(lines or ()), *said]))


def _unseen(wanted: tuple[str, ...], written: Written) -> tuple[str, ...]:
    """Lines that were in no briefing of ours yet: what staff took out of one is known to them."""
    return tuple(line for line in wanted if not written.ever_said(FIELD, line))


def _brief(
    event: ReservationEvent, wanted: tuple[str, ...], held: tuple[str, ...] | None, written: Written
) -> Brief:
    """Our block is written where it is absent or still as we wrote it; what staff made of it stays.

    With nothing to say our old block goes: it may be about the guest who had this table before.
    """
    text, current = "\n".join(wanted), None if held is None else "\n".join(held)
    if current == text or (current is None and not wanted):
        return Brief(None, wanted)
    provenance = Provenance(event.key, event.occurred_at, "briefing:bullets")
    removed = current is None and written.stands(FIELD) is not None
    edited = current is not None and not written.ours(FIELD, current)
    if not wanted and current is not None:
        return Brief(None if edited else Change(FIELD, Action.REMOVE, current, current, provenance), wanted)
    if removed or edited:
        safe = with_safety(held or (), _unseen(wanted, written))
        if safe != (held or ()):
            return Brief(Change(FIELD, Action.SET, "\n".join(safe), current, provenance), safe)
        evidence: dict[str, object] = {"field": FIELD, "ours": text, "note": current}
        key = f"{event.reservation_id}/{FIELD}/{text}"
        return Brief(None, wanted, Finding(ReviewKind.SUGGESTION, key, evidence, target=event.reservation_id))
    return Brief(Change(FIELD, Action.SET, text, current, provenance), wanted)
