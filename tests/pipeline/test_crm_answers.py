"""The mission's status table, each answer through the whole pipeline."""

import time

import pytest
from in_process import House
from restaurant import Check
from sqlalchemy import select

from enrich.due.unit import Kind, Unit
from enrich.store.due import UnitState
from enrich.store.tables import due


def guest_unit(house: House) -> UnitState:
    with house.stores.database.read() as conn:
        ref = conn.execute(select(due.c.ref).where(due.c.kind == Kind.GUEST)).scalar_one()
        state = house.stores.due.state_of(conn, Unit(Kind.GUEST, ref))
    assert state
    return state


def spend_of_a_guest(house: House) -> dict[str, object]:
    guest = house.add_guest("status@example.com", marketing_opt_in=False)
    house.check(Check(email="status@example.com", spend="400.00"))
    return guest


def patches(house: House) -> list[dict[str, object]]:
    return house.requests("PATCH")


def test_401_is_one_shared_refresh_and_the_call_again(house: House) -> None:
    guest = spend_of_a_guest(house)
    house.works()
    house.sandbox.delete("/sandbox/tokens")
    house.sandbox.delete("/sandbox/requests")
    for _ in range(6):
        house.add_guest("status2@example.com")
    house.check(Check(email="status@example.com", spend="100.00"))
    house.works()
    assert house.custom(guest)["custom_field_02"] == "500.00"
    assert len([row for row in house.requests("POST") if row["path"].endswith("/auth")]) == 1


def test_429_pauses_the_account_until_retry_after_and_counts_no_try(house: House) -> None:
    guest = spend_of_a_guest(house)
    house.fault(method="PATCH", path="/clients", kind="status", status=429, retry_after="1", times=1)
    house.works()
    assert not house.tags(guest)
    with house.stores.database.read() as conn:
        pause = house.stores.accounts.paused(conn)
    assert pause and pause.reason == "crm_throttled"
    assert guest_unit(house).tries == 0
    calls = len(house.requests())
    house.works()
    assert len(house.requests()) == calls
    time.sleep(1.1)
    house.works()
    assert "Spend Tier:Gold" in house.tags(guest)


def test_500_is_tried_once_more_after_the_pause_and_then_escalated(house: House) -> None:
    spend_of_a_guest(house)
    house.fault(method="PATCH", path="/clients", kind="status", status=500, times=2)
    house.works()
    first = guest_unit(house)
    assert (first.reason, first.tries, first.escalated) == ("crm_server_error", 1, False)
    assert len(patches(house)) == 1
    time.sleep(0.35)
    house.works()
    second = guest_unit(house)
    assert (second.tries, second.escalated, second.dead) == (2, True, False)
    house.works_on()
    assert guest_unit(house).escalated is False


@pytest.mark.parametrize(
    ("status", "reason"), [(400, "crm_rejected"), (422, "crm_rejected"), (418, "crm_rejected")]
)
def test_a_refused_patch_is_a_dead_letter_with_its_reason(house: House, status: int, reason: str) -> None:
    spend_of_a_guest(house)
    house.fault(method="PATCH", path="/clients", kind="status", status=status, code="unknown_field", times=1)
    house.works()
    unit = guest_unit(house)
    assert (unit.dead, unit.reason) == (True, reason)
    assert "unknown_field" in (unit.detail or "")
    assert "status@example.com" not in (unit.detail or "")
    with house.stores.database.write() as conn:
        house.stores.due.revive(conn, unit.unit)
    house.works()
    assert guest_unit(house).dead is False


def test_403_halts_writing_and_buries_nobody(house: House) -> None:
    spend_of_a_guest(house)
    house.fault(method="PATCH", path="/clients", kind="status", status=403, code="scope_missing", times=1)
    house.works()
    assert guest_unit(house).dead is False
    with house.stores.database.read() as conn:
        pause = house.stores.accounts.paused(conn)
    assert pause and pause.reason == "crm_forbidden"


def test_409_is_read_and_computed_again(house: House) -> None:
    guest = spend_of_a_guest(house)
    house.fault(method="PATCH", path="/clients", kind="status", status=409, times=1)
    house.works_on()
    assert "Spend Tier:Gold" in house.tags(guest)
    assert len(patches(house)) == 2


def test_404_on_the_profile_is_found_anew_once(house: House) -> None:
    old = house.add_guest("merged@example.com", total_visits=9, marketing_opt_in=False)
    new = house.add_guest("merged@example.com", total_visits=1, marketing_opt_in=False)
    house.fault(method="PATCH", path=f"/clients/{old['id']}", kind="status", status=404, times=1)
    house.check(Check(email="merged@example.com", spend="400.00"))
    house.works()
    assert "Spend Tier:Gold" in house.tags(old) and not house.tags(new)
    house.fault(method="PATCH", path=f"/clients/{old['id']}", kind="status", status=404, times=2)
    house.check(Check(email="merged@example.com", spend="800.00"))
    house.works()
    assert (guest_unit(house).dead, guest_unit(house).reason) == (True, "guest_gone")


@pytest.mark.parametrize(
    "kind", ["reset_after_applying", "ok_with_error", "truncated", "wrong_type", "html", "reset"]
)
def test_an_answer_that_proves_nothing_ends_in_the_right_state_and_one_receipt(house: House, kind: str) -> None:
    guest = spend_of_a_guest(house)
    house.fault(method="PATCH", path="/clients", kind=kind, times=1)
    house.works_on()
    assert "Spend Tier:Gold" in house.tags(guest)
    with house.stores.database.read() as conn:
        entries = house.stores.ledger.why(conn, [str(guest["id"])], "spend_tier")
    assert [entry.state for entry in entries if entry.state == "confirmed"] == ["confirmed"]
    house.check(Check(email="status@example.com", spend="20.00", covers=40))
    house.works_on()
    assert "Spend Tier:Gold" not in house.tags(guest), "what we wrote unseen is still ours to remove"
