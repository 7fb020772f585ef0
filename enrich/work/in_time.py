"""Work with several at once, begun only as long as the leases leave time for it."""

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)
Result = TypeVar("Result")


def in_time(
    pool: ThreadPoolExecutor, work: Callable[[Item], Result], items: Sequence[Item], begin_within: timedelta
) -> dict[Item, Result]:
    """What came of those that were begun; the others are left out."""
    running = {item: pool.submit(work, item) for item in items}
    wait(running.values(), timeout=begin_within.total_seconds())
    begun = {item: future for item, future in running.items() if not future.cancel()}
    return {item: future.result() for item, future in begun.items()}
