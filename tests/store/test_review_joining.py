"""Guests are joined while others work on them: nothing of either is left behind."""

import threading
import time

from shelves import Shelves, at_once, received
from sqlalchemy import select

from enrich.due.unit import Kind, Unit, Urgency
from enrich.events.guest_event import CheckEvent, CheckState, Money
from enrich.guests.profile import Profile
from enrich.identity.resolve import Resolution
from enrich.store.facts import Fact
from enrich.store.invitations import Invitations
from enrich.store.reviews import Reviews
from enrich.store.stores import Stores
from enrich.store.tables import contact, due, fact
from enrich.work.resolution import keep_resolution


def stores(shelves: Shelves) -> Stores:
    return Stores(
        database=shelves.database,
        due=shelves.due,
        inbox=shelves.inbox,
        facts=shelves.facts,
        ledger=shelves.ledger,
        reviews=Reviews(shelves.database),
        invitations=Invitations(),
        accounts=shelves.accounts,
    )


def begun(shelves: Shelves, address: str, inbox_id: int) -> str:
    """A guest with one check, due."""
    with shelves.database.write() as conn:
        guest = shelves.facts.new_guest(conn)
        shelves.facts.lead(conn, f"email:{address}", guest, address)
        shelves.facts.keep(conn, [Fact(a_check(shelves, address), guest, f"email:{address}", inbox_id)])
        shelves.due.mark(conn, [Unit(Kind.GUEST, guest)], shelves.database.now(conn), Urgency.SPEND)
    return guest


def a_check(shelves: Shelves, name: str) -> CheckEvent:
    with shelves.database.read() as conn:
        now = shelves.database.now(conn)
    return CheckEvent(
        key=f"toast/check/{name}",
        version="1",
        occurred_at=now,
        venue="harbor",
        check_id=name,
        order_id=name,
        state=CheckState.CLOSED,
        business_date=now.date(),
        spend=Money(amount=10, currency="USD"),
    )


def delivery(shelves: Shelves) -> int:
    shelves.inbox.record([received()])
    (claim,) = shelves.claim(Kind.DELIVERY)
    return int(claim.unit.ref)


def resolved(all_stores: Stores, guest: str) -> None:
    with all_stores.database.read() as conn:
        loaded = all_stores.facts.load(conn, guest)
    assert loaded
    with all_stores.database.write() as conn:
        keep_resolution(conn, all_stores, loaded, Resolution(Profile("client-1")))


def test_guests_of_one_profile_resolved_at_once_end_as_one_with_all_facts(shelves: Shelves) -> None:
    inbox_id, all_stores = delivery(shelves), stores(shelves)
    guests = [begun(shelves, f"way{number}@example.com", inbox_id) for number in range(4)]
    at_once(4, lambda place: resolved(all_stores, guests[place]))
    with shelves.database.read() as conn:
        (owner,) = set(conn.execute(select(fact.c.guest_id)).scalars())
        assert set(conn.execute(select(contact.c.guest_id)).scalars()) == {owner}
        is_due = select(due.c.ref).where(due.c.kind == Kind.GUEST, due.c.due_at.is_not(None))
        assert owner in set(conn.execute(is_due).scalars())


def test_a_fact_that_comes_while_its_guest_is_joined_goes_along(shelves: Shelves) -> None:
    inbox_id, facts = delivery(shelves), shelves.facts
    stays, goes = (begun(shelves, name, inbox_id) for name in ("stays@example.com", "goes@example.com"))

    def join() -> None:
        with shelves.database.write() as conn:
            facts.absorb(conn, goes, stays)

    joining = threading.Thread(target=join)
    late = a_check(shelves, "late")
    with shelves.database.write() as conn:
        guest = facts.guests_of(conn, ["email:goes@example.com"])["email:goes@example.com"]
        joining.start()
        time.sleep(0.3)
        facts.keep(conn, [Fact(late, guest, "email:goes@example.com", inbox_id)])
    joining.join()
    with shelves.database.read() as conn:
        assert set(conn.execute(select(fact.c.guest_id)).scalars()) == {stays}
