"""Which of our guests an event belongs to, by its contact points."""

from sqlalchemy import Connection

from enrich.events.guest_event import ReservationEvent
from enrich.identity.contact_points import ContactPoint, ladder, reservation_point
from enrich.sources.contract import Event
from enrich.store.facts import Fact, Facts

Attached = tuple[str | None, str | None]
"""(guest, the contact key that led there or that the event waits for)"""


def attach(conn: Connection, facts: Facts, event: Event, before: Fact | None) -> Attached:
    if isinstance(event, ReservationEvent):
        return _attach_reservation(conn, facts, event, before)
    rungs = ladder(event.identifiers)
    guest, key = _first_known(conn, facts, rungs)
    if guest is None:
        guest, key = _begun(conn, facts, rungs)
    if guest is None and before is not None and before.guest_id is not None:
        return before.guest_id, before.link
    booking = next((rung.key for rung in rungs if rung.key.startswith("reservation:")), None)
    if guest is None:
        return None, booking or (before.link if before else None)
    # A booking named but not known yet decides once it comes, whatever we go by until then.
    return guest, booking if booking and not _is_our_reference(key) else key


def _attach_reservation(conn: Connection, facts: Facts, event: ReservationEvent, before: Fact | None) -> Attached:
    """A booking says who its guest is by mailbox and by the CRM's id, and both lead to one guest from now on."""
    own = reservation_point(event.reservation_id).key
    rungs = [rung for rung in ladder(event.identifiers) if rung.key != own]
    guest, _ = _first_known(conn, facts, rungs)
    if guest is None:
        guest, _ = _begun(conn, facts, rungs)
    if guest is None:
        return (before.guest_id if before else None), own
    for rung in rungs:
        if rung.may_create:
            facts.lead(conn, rung.key, guest, rung.shown_as)
    facts.lead(conn, own, guest)
    return guest, own


def _first_known(conn: Connection, facts: Facts, rungs: list[ContactPoint] | tuple[ContactPoint, ...]) -> Attached:
    known = facts.guests_of(conn, [rung.key for rung in rungs])
    return next(((known[rung.key], rung.key) for rung in rungs if rung.key in known), (None, None))


def _begun(conn: Connection, facts: Facts, rungs: list[ContactPoint] | tuple[ContactPoint, ...]) -> Attached:
    """A guest nobody knew begins with the first contact point that may start one."""
    first = next((rung for rung in rungs if rung.may_create), None)
    if first is None:
        return None, None
    return facts.lead(conn, first.key, facts.new_guest(conn), first.shown_as), first.key


def _is_our_reference(key: str | None) -> bool:
    return bool(key and key.startswith("invitation:"))
