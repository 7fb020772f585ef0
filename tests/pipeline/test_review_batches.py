"""A batch that is slow, throttled or deadly: nothing of it is buried that never had its turn."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from in_process import House
from restaurant import Check, settings_for
from serving import served
from sqlalchemy import func, select

from enrich.bootstrap import open_worker, web_app
from enrich.due.unit import Kind, Unit, Urgency
from enrich.store.tables import due


@pytest.fixture
def patient(tmp_path: Path, sandbox: str) -> Iterator[House]:
    """One call at a time, and a second after the claim nothing more is begun."""
    settings = settings_for(tmp_path, sandbox, crm_parallel=1, lease_seconds=16.0)
    with (
        open_worker(settings) as (worker, stores),
        served(web_app(settings)) as door,
        httpx.Client(base_url=door, timeout=30) as client,
    ):
        house = House(sandbox, client.post, worker, stores)
        house.sandbox.put("/sandbox/book", json={}).raise_for_status()
        for log in ("faults", "requests"):
            house.sandbox.delete(f"/sandbox/{log}").raise_for_status()
        yield house
        house.sandbox.close()


def seat(house: House, guests: int) -> None:
    for number in range(guests):
        address = f"seat{number}@example.com"
        house.add_guest(address, marketing_opt_in=False)
        house.check(Check(email=address))
    while house.worker.run(Kind.DELIVERY):
        pass


def waiting(house: House) -> tuple[int, int, int]:
    """Guests that are due: how many, the most starts of one, and how many are held under a lease."""
    counted = select(func.count(), func.max(due.c.starts), func.count(due.c.lease_until))
    with house.stores.database.read() as conn:
        soon = house.stores.database.now(conn) + timedelta(hours=1)
        row = conn.execute(counted.where(due.c.kind == Kind.GUEST, due.c.due_at < soon)).one()
    return row[0], row[1] or 0, row[2]


def test_units_a_slow_crm_leaves_no_time_for_are_given_back_as_they_were(patient: House) -> None:
    seat(patient, 12)
    patient.fault(path="/clients", kind="slow", delay=0.3, times=1000)
    patient.worker.run(Kind.GUEST)
    left, starts, held = waiting(patient)
    assert 0 < left < 12
    assert (starts, held) == (0, 0)
    for _ in range(12):
        patient.worker.run(Kind.GUEST)
    assert waiting(patient)[0] == 0


def test_a_429_stops_the_batch_it_came_in(house: House) -> None:
    seat(house, 30)
    house.sandbox.delete("/sandbox/requests")
    house.fault(path="/clients", kind="status", status=429, retry_after="30", times=1000)
    house.works()
    assert 1 <= len(house.requests("GET")) <= 8
    left, starts, held = waiting(house)
    assert (left, starts, held) == (30, 0, 0)


def test_a_unit_that_kills_its_worker_takes_no_other_with_it(house: House) -> None:
    units = [Unit(Kind.GUEST, f"unit{number}") for number in range(10)]
    rows = house.stores.due
    with house.stores.database.write() as conn:
        rows.mark(conn, units, house.stores.database.now(conn), Urgency.SPEND)
    deadly = units[3]
    for _ in range(40):
        claims = rows.claim(Kind.GUEST, 50)
        if deadly in [claim.unit for claim in claims]:
            the_process_dies(house)
            continue
        with house.stores.database.write() as conn:
            for claim in claims:
                rows.finish(conn, claim)
    with house.stores.database.read() as conn:
        assert [row.unit for row in rows.dead(conn, 50)] == [deadly]


def the_process_dies(house: House) -> None:
    """Nothing it held is settled, and its leases are over."""
    with house.stores.database.write() as conn:
        ended = due.update().where(due.c.lease_until.is_not(None))
        conn.execute(ended.values(lease_until=house.stores.database.now(conn)))
