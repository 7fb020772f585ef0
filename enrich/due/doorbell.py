"""Tells workers that a kind of unit is due. A ring may be lost, doubled or merged; the rows are the truth."""

import threading
import time
from typing import Protocol

from celery import Celery
from kombu.exceptions import OperationalError

from enrich.due.unit import Kind

TASK = "enrich.work"
BROKER_ERRORS = (OperationalError, OSError)


class Doorbell(Protocol):
    def ring(self, kind: Kind) -> None:
        """Never blocks and never fails."""


class SilentDoorbell:
    """For processes that only store: the dispatcher finds what is due."""

    def ring(self, kind: Kind) -> None:
        pass


def queue_of(kind: Kind) -> str:
    return f"enrich.{kind}"


def publish(app: Celery, kind: Kind) -> None:
    """One task on the kind's queue, or a broker error within about a second."""
    app.send_task(TASK, args=(kind.value,), queue=queue_of(kind), retry=False, ignore_result=True)


class CeleryDoorbell:
    """Publishes from a thread of its own, so that a silent broker holds nobody up. Rings are merged.

    `quiet_after_error`: seconds without another try once the broker did not answer.
    """

    def __init__(self, app: Celery, *, merge_within: float = 0.02, quiet_after_error: float = 10.0) -> None:
        self._app = app
        self._merge_within = merge_within
        self._quiet = quiet_after_error
        self._pending: set[Kind] = set()
        self._guard = threading.Lock()
        self._wake = threading.Event()
        self._stopped = False
        self.failures = 0
        self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
        self._thread.start()

    def ring(self, kind: Kind) -> None:
        with self._guard:
            self._pending.add(kind)
        self._wake.set()

    def close(self) -> None:
        self._stopped = True
        self._wake.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while not self._stopped:
            self._wake.wait()
            time.sleep(self._merge_within)
            self._wake.clear()
            with self._guard:
                kinds, self._pending = self._pending, set()
            try:
                for kind in kinds:
                    publish(self._app, kind)
            except BROKER_ERRORS:
                self.failures += 1
                time.sleep(self._quiet)
