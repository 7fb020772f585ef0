"""Which of our guests an event belongs to, by its contact points."""

from collections.abc import Sequence

from enrich.events.guest_event import ReservationEvent
from enrich.identity.contact_points import ContactPoint, ladder, reservation_point
from enrich.sources.contract import Event
from enrich.store.facts import Fact
from enrich.store.known import Known

Attached = tuple[str | None, str | None]
"""(guest, the contact key that led there or that the event waits for)"""


def contact_keys(event: Event) -> list[str]:
    """Every key that may lead from the event to a guest."""
    own = [reservation_point(event.reservation_id)] if isinstance(event, ReservationEvent) else []
    return [point.key for point in (*own, *ladder(event.identifiers))]


def attach(known: Known, event: Event, before: Fact | None) -> Attached:
    if isinstance(event, ReservationEvent):
        return _attach_reservation(known, event, before)
    rungs = ladder(event.identifiers)
    guest, key = _first_known(known, rungs)
    if guest is None:
        guest, key = _begun(known, rungs)
    if guest is None and before is not None and before.guest_id is not None:
        return before.guest_id, before.link
    booking = next((rung.key for rung in rungs if rung.key.startswith("reservation:")), None)
    if guest is None:
        return None, booking or (before.link if before else None)
    # A booking named but not known yet decides once it comes, whatever we go by until then.
    return guest, booking if booking and not _is_our_reference(key) else key


def _attach_reservation(known: Known, event: ReservationEvent, before: Fact | None) -> Attached:
    """A booking says who its guest is by mailbox and by the CRM's id, and both lead to one guest from now on."""
    own = reservation_point(event.reservation_id).key
    rungs = [rung for rung in ladder(event.identifiers) if rung.key != own]
    guest, _ = _first_known(known, rungs)
    if guest is None:
        guest, _ = _begun(known, rungs)
    if guest is None:
        return (before.guest_id if before else None), own
    for rung in rungs:
        if rung.may_create:
            known.lead(rung.key, guest, rung.shown_as)
    known.lead(own, guest)
    return guest, own


def _first_known(known: Known, rungs: Sequence[ContactPoint]) -> Attached:
    leading = ((known.guest_of(rung.key), rung.key) for rung in rungs)
    return next(((guest, key) for guest, key in leading if guest), (None, None))


def _begun(known: Known, rungs: Sequence[ContactPoint]) -> Attached:
    """A guest nobody knew begins with the first contact point that may start one."""
    first = next((rung for rung in rungs if rung.may_create), None)
    return (known.begin(first.key, first.shown_as), first.key) if first else (None, None)


def _is_our_reference(key: str | None) -> bool:
    return bool(key and key.startswith("invitation:"))
