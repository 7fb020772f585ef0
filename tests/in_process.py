"""The restaurant with the pipeline in the test's own process: work is done when the test says so."""

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
