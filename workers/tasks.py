"""The one task: work through what is due of a kind, and ring again if more is left."""

import time
from contextlib import ExitStack
from typing import Any

import structlog
from celery import Celery, signals

from enrich.bootstrap import open_worker
from enrich.due.doorbell import TASK
from enrich.due.unit import Kind
from enrich.settings import Settings
from enrich.work.worker import Worker

log = structlog.get_logger()

TURN = 1.0
"""Seconds a task may go on before the other kinds get their turn."""


def register(app: Celery, settings: Settings) -> None:
    """Connections are opened in each child after the fork: neither SQLite's nor a socket survives one."""
    opened = ExitStack()
    workers: list[Worker] = []

    def open_in_child(**_: Any) -> None:
        worker, _stores = opened.enter_context(open_worker(settings))
        workers.append(worker)

    def close_in_child(**_: Any) -> None:
        workers.clear()
        opened.close()

    signals.worker_process_init.connect(open_in_child, weak=False)
    signals.worker_process_shutdown.connect(close_in_child, weak=False)

    @app.task(name=TASK, shared=False)  # type: ignore[untyped-decorator]
    def work(kind: str) -> None:
        """`kind` comes from the broker, which anybody in reach of it may write to."""
        try:
            known = Kind(kind)
        except ValueError:
            log.warning("unknown_kind")
            return
        if not workers:
            open_in_child()  # the database was away when the child began
        worker = workers[0]
        ends = time.monotonic() + TURN
        while worker.run(known):
            if time.monotonic() > ends:
                worker.ring(known)
                return
