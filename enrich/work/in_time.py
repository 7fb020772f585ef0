"""Work on a batch with several at once, begun only as long as its leases leave time for it."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import TypeVar

from enrich.due.unit import Claim

Result = TypeVar("Result")


def in_time(
    pool: ThreadPoolExecutor,
    work: Callable[[Claim], Result],
    claims: Sequence[Claim],
    begin_within: timedelta,
    give_back: Callable[[Sequence[Claim]], None],
) -> list[Result]:
    """What came of those that were begun; the others are given back while their leases still stand."""
    running = {claim: pool.submit(work, claim) for claim in claims}
    wait(running.values(), timeout=begin_within.total_seconds())
    unbegun = [claim for claim, future in running.items() if future.cancel()]
    give_back(unbegun)
    return [future.result() for future in running.values() if not future.cancelled()]
