"""Each second: ring for what is due, or do the work here when nobody answers the bell.

Several may run; one leads. Every tick is safe to repeat.
"""

import os
import signal
import threading
import uuid
from datetime import timedelta

import structlog
from celery import Celery

from enrich.bootstrap import broker, open_worker
from enrich.due.doorbell import BROKER_ERRORS, publish
from enrich.due.unit import Kind
from enrich.errors import StoreUnavailable
from enrich.settings import Settings
from enrich.store.accounts import Leadership
from enrich.store.stores import Stores
from enrich.telemetry.logs import configure_logs
from enrich.work.worker import Worker

log = structlog.get_logger()

STDIN = 0
TICK = 0.5
UNANSWERED = timedelta(seconds=10)
"""A unit that waits longer was rung for in vain: lost bells, a stuck worker, a half-open connection."""
BROKER_REST = 10.0


class Dispatcher:
    def __init__(self, worker: Worker, stores: Stores, bell: Celery | None, stopped: threading.Event) -> None:
        self._worker = worker
        self._stores = stores
        self._bell = bell
        self._stopped = stopped
        self._rest = 0.0
        lasting = timedelta(seconds=15)
        owner = f"{os.getpid()}/{uuid.uuid4().hex[:12]}"
        self._leadership = Leadership(stores.database, "dispatcher", owner, lasting)

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                if self._leadership.held():
                    self.tick()
            except StoreUnavailable as error:
                log.error("database_away", why=str(error))
            self._rest = max(0.0, self._rest - TICK)
            self._stopped.wait(TICK)

    def tick(self) -> None:
        for kind in Kind:
            with self._stores.database.read() as conn:
                since = self._stores.due.ready_since(conn, kind)
                late = since is not None and self._stores.database.now(conn) - since > UNANSWERED
            if since is None:
                continue
            if late or not self._rung(kind):
                self._drain(kind)

    def _rung(self, kind: Kind) -> bool:
        """A broker that did not answer is left alone for a while, and its work is done here."""
        if self._bell is None or self._rest > 0:
            return False
        try:
            publish(self._bell, kind)
        except BROKER_ERRORS:
            self._rest = BROKER_REST
            log.warning("broker_away", kind=kind)
            return False
        return True

    def _drain(self, kind: Kind) -> None:
        while not self._stopped.is_set() and self._worker.run(kind):
            self._leadership.held()


def main() -> None:
    settings = Settings()
    configure_logs(settings.log_level)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    threading.Thread(target=_follow_parent, args=(stopped,), daemon=True).start()
    bell = broker(settings) if settings.redis_url else None
    with open_worker(settings) as (worker, stores):
        Dispatcher(worker, stores, bell, stopped).run()


def _follow_parent(stopped: threading.Event) -> None:
    """Standard input ends when the worker that started us does."""
    while os.read(STDIN, 1024):
        pass
    stopped.set()


if __name__ == "__main__":
    main()
