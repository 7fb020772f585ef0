from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shelves import Shelves, at_once, received
from sqlalchemy import delete

from enrich.events.guest_event import CheckEvent, CheckState, Money, version_of
from enrich.store.facts import Fact
from enrich.store.invitations import Invitations, Visit
from enrich.store.known import Known
from enrich.store.tables import fact
from enrich.touches.invitation import InvitationState

EVENING = datetime(2026, 11, 20, 21, tzinfo=UTC)
STAMPS = [version_of(EVENING + timedelta(minutes=number)) for number in range(3)]
Version = tuple[str, str, int]


def check(name: str = "c1", version: str = STAMPS[0], spend: int = 100) -> CheckEvent:
    return CheckEvent(
        key=f"toast/check/{name}",
        version=version,
        occurred_at=EVENING,
        venue="harbor",
        check_id=name,
        order_id="o1",
        state=CheckState.CLOSED,
        business_date=EVENING.date(),
        spend=Money(amount=Decimal(spend), currency="USD"),
    )


@pytest.fixture
def inbox_id(shelves: Shelves) -> int:
    shelves.record(received())
    return int(shelves.entries()[0]["id"])


def keep(shelves: Shelves, inbox_id: int, *events: CheckEvent) -> list[bool]:
    with shelves.database.write() as conn:
        batch = Known(conn, shelves.facts, {event.key for event in events}, [])
        kept = [batch.keep(Fact(event, None, "email:mara", inbox_id)) for event in events]
        batch.write()
        return kept


def known(shelves: Shelves) -> dict[str, CheckEvent]:
    with shelves.database.read() as conn:
        return {found.event.key: found.event for found in shelves.facts.unmatched(conn)}  # type: ignore[misc]


def test_the_newest_version_of_a_check_is_kept_whatever_comes_last(shelves: Shelves, inbox_id: int) -> None:
    old, new = check(spend=100), check(version=STAMPS[1], spend=80)
    assert keep(shelves, inbox_id, new, old, new) == [True, False, False]
    assert known(shelves) == {new.key: new}


versions = st.tuples(st.sampled_from(["c1", "c2"]), st.sampled_from(STAMPS), st.integers(1, 3))


@given(sent=st.lists(versions, min_size=1, max_size=8), data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_and_any_repetition_of_versions_leaves_the_same_facts(
    shelves: Shelves, inbox_id: int, sent: list[Version], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(sent), max_size=4))
    orders = [data.draw(st.permutations(sent + again)) for _ in range(2)]
    left = []
    for order in [sent, *orders]:
        with shelves.database.write() as conn:
            conn.execute(delete(fact))
        keep(shelves, inbox_id, *(check(*version) for version in order))
        left.append(known(shelves))
    assert left[0] == left[1] == left[2]
    newest = {name: max(version for other, version, _ in sent if other == name) for name, _, _ in sent}
    assert {event.check_id: event.version for event in left[0].values()} == newest


def test_eight_versions_of_a_check_at_once_leave_the_newest(shelves: Shelves, inbox_id: int) -> None:
    stamps = [version_of(EVENING + timedelta(seconds=number)) for number in range(8)]
    at_once(8, lambda place: keep(shelves, inbox_id, check(version=stamps[(place * 5) % 8])))
    assert [event.version for event in known(shelves).values()] == [stamps[-1]]


def test_one_address_learnt_by_eight_at_once_leads_to_one_guest(shelves: Shelves) -> None:
    def learn(_place: int) -> tuple[str, str]:
        with shelves.database.write() as conn:
            mine = shelves.facts.new_guest(conn)
            return mine, shelves.facts.lead(conn, "email:mara@example.com", mine)

    learnt = at_once(8, learn)
    (leads_to,) = {guest for _, guest in learnt}
    assert leads_to in {mine for mine, _ in learnt}


def test_facts_that_waited_for_a_contact_find_their_guest(shelves: Shelves, inbox_id: int) -> None:
    keep(shelves, inbox_id, check("c1"), check("c2"))
    with shelves.database.write() as conn:
        mara = shelves.facts.new_guest(conn)
        assert shelves.facts.move(conn, "email:mara", mara) == {None}
        assert shelves.facts.move(conn, "email:mara", mara) == set()
        found = shelves.facts.load(conn, mara)
    assert found and [one.event.key for one in found.facts] == ["toast/check/c1", "toast/check/c2"]
    assert known(shelves) == {}


def test_a_booking_handed_to_another_guest_takes_its_facts_along(shelves: Shelves, inbox_id: int) -> None:
    with shelves.database.write() as conn:
        mara, ida = shelves.facts.new_guest(conn), shelves.facts.new_guest(conn)
        shelves.facts.lead(conn, "reservation:r1", mara)
        shelves.facts.keep(conn, [Fact(check("c1"), mara, "reservation:r1", inbox_id)])
        shelves.facts.keep(conn, [Fact(check("c2"), mara, "email:mara", inbox_id)])
        assert shelves.facts.move(conn, "reservation:r1", ida) == {mara}
        left, moved = shelves.facts.load(conn, mara), shelves.facts.load(conn, ida)
    assert left and [one.event.key for one in left.facts] == ["toast/check/c2"]
    assert moved and [one.event.key for one in moved.facts] == ["toast/check/c1"]
    assert moved.contacts == (("reservation:r1", None),)


def test_two_guests_that_are_one_become_one_with_everything_they_had(shelves: Shelves, inbox_id: int) -> None:
    invitations, facts = Invitations(), shelves.facts
    with shelves.database.write() as conn:
        mara, double = facts.new_guest(conn), facts.new_guest(conn)
        facts.lead(conn, "email:mara@example.com", mara, "Mara@Example.com")
        facts.lead(conn, "email:m@example.com", double)
        facts.resolved(conn, double, "client-1", EVENING)
        facts.keep(conn, [Fact(check("c1"), mara, None, inbox_id)])
        facts.keep(conn, [Fact(check("c2"), double, None, inbox_id)])
        for guest, visit in ((mara, "v1"), (double, "v1"), (double, "v2")):
            invitations.plan(conn, Visit(guest, visit, "harbor", EVENING), InvitationState.PLANNED)
        facts.absorb(conn, double, mara)
        one, other = facts.load(conn, mara), facts.load(conn, double)
        asked = [invitation.visit for invitation in invitations.of_guest(conn, mara)]
        assert facts.others_on(conn, "client-1", but=mara) == []
    assert one and other
    assert sorted(found.event.key for found in one.facts) == ["toast/check/c1", "toast/check/c2"]
    assert [key for key, _ in one.contacts] == ["email:m@example.com", "email:mara@example.com"]
    assert one.shown("email:") == ["m@example.com", "Mara@Example.com"]
    assert (other.facts, other.contacts, other.client_id) == ((), (), None)
    assert sorted(asked) == ["v1", "v2"]


def test_a_visit_is_planned_once_however_many_plan_it_at_once(shelves: Shelves) -> None:
    with shelves.database.write() as conn:
        mara = shelves.facts.new_guest(conn)

    def plan(_place: int) -> str | None:
        with shelves.database.write() as conn:
            return Invitations().plan(conn, Visit(mara, "v1", "harbor", EVENING), InvitationState.PLANNED)

    assert len([ref for ref in at_once(8, plan) if ref]) == 1
