"""The restaurant with the pipeline in the test's own process: work is done when the test says so."""

import time
from collections.abc import Callable

import httpx
from restaurant import Restaurant

from enrich.due.unit import Kind
from enrich.store.stores import Stores
from enrich.work.worker import Worker


class House(Restaurant):
    """A restaurant whose work is done when the test says so."""

    def __init__(self, sandbox: str, door: Callable[..., httpx.Response], worker: Worker, stores: Stores) -> None:
        super().__init__(sandbox, door)
        self.worker = worker
        self.stores = stores

    def works(self) -> None:
        """Until nothing is due."""
        while sum(self.worker.run(kind) for kind in Kind):
            pass

    def works_on(self, *, within: float = 10.0) -> None:
        """Until nothing is due and nothing waits to be tried again."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            self.works()
            with self.stores.database.read() as conn:
                if not self.stores.due.failing(conn):
                    return
            time.sleep(0.05)
