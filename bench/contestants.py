"""The two that are compared: what they run, and how each one tells that nothing is left to do."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
import redis

from enrich.demo.scene import Scene
from enrich.store.database import Database, sqlite_url
from enrich.store.due import DueRows
from enrich.supervise.process import ProcessSpec
from enrich.supervise.redis import RedisServer
from enrich.supervise.specs import variable_of

ROOT = Path(__file__).parents[1]
QUIET = 1.0
"""Seconds for which nothing may be left."""
LOOK_EVERY = 0.1
FIRST_QUEUE = {"ours": "enrich.delivery", "afternoon": "celery"}


class Who(StrEnum):
    OURS = "ours"
    AFTERNOON = "afternoon"


class NotDrained(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Options:
    coalesce: float
    concurrency: int
    """Worker processes of the afternoon version."""


def specs(who: Who, scene: Scene, options: Options) -> tuple[ProcessSpec, ...]:
    """Redis and the sandbox are the same for both; the sandbox keeps no journal."""
    changes = {
        variable_of("coalesce_seconds"): str(options.coalesce),
        variable_of("sandbox_journal"): "",
        variable_of("log_level"): "WARNING",
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    common = [_with(spec, changes) for spec in scene.specs]
    if who is Who.OURS:
        return tuple(common)
    environment = common[-1].environment
    worker = (sys.executable, "-m", "celery", "-A", "bench.afternoon.tasks", "worker", "--loglevel", "WARNING")
    return (
        *(spec for spec in common if spec.name in ("redis", "sandbox")),
        ProcessSpec("web", (sys.executable, "-m", "bench.afternoon.app"), environment),
        ProcessSpec("worker", (*worker, "--concurrency", str(options.concurrency)), environment),
    )


def _with(spec: ProcessSpec, changes: Mapping[str, str]) -> ProcessSpec:
    return replace(spec, environment={**spec.environment, **changes})


def consumes(who: Who, server: RedisServer) -> bool:
    """Whether a worker has declared its queue, which it does when it begins to listen."""
    with redis.Redis.from_url(server.client_url) as client:
        return bool(client.exists(f"_kombu.binding.{FIRST_QUEUE[who]}"))


def wait_drained(who: Who, scene: Scene, server: RedisServer, limit: float) -> float:
    """The time since the epoch at which nothing was left to do, and nothing came back for a while."""
    with httpx.Client(timeout=30.0, trust_env=False) as http:
        if who is Who.OURS:
            return _ours_drained(http, scene, limit)
        with redis.Redis.from_url(server.client_url) as client:
            return _afternoon_drained(client, http, scene, limit)


def _ours_drained(http: httpx.Client, scene: Scene, limit: float) -> float:
    """Looked up in the database: asking the door all the time would be charged to the door. It is asked once."""
    database = Database(sqlite_url(scene.settings.state))
    rows = DueRows(database, owner="bench", lease=timedelta(0))

    def ready() -> int:
        with database.read() as conn:
            return sum(row.ready for row in rows.backlog(conn))

    since = _quiet_since(ready, limit)
    database.close()
    if left := _left(http.get(f"{scene.addresses.door}/status").json()):
        raise NotDrained(f"the door tells of {left} units of work when nothing should be left")
    return since


def _left(status: dict[str, Any]) -> int:
    """Deliveries not understood yet, and units due now; those in work are among them."""
    ready: int = sum(row["ready"] for row in status["due"])
    return ready + int(status["inbox"].get("received", 0))


def _afternoon_drained(client: "redis.Redis", http: httpx.Client, scene: Scene, limit: float) -> float:
    """Queues empty, and no request for a while: then it ended with the last request."""
    seen = -1

    def left() -> int:
        nonlocal seen
        before, seen = seen, int(_stats(http, scene)["requests"])
        return _queued(client) + abs(seen - before)

    _quiet_since(left, limit)
    return last_request(http, scene)


def _queued(client: "redis.Redis") -> int:
    return client.llen("celery") + client.hlen("unacked")


def _stats(http: httpx.Client, scene: Scene) -> dict[str, int]:
    stats: dict[str, int] = http.get(f"{scene.addresses.sandbox}/sandbox/stats").json()
    return stats


def last_request(http: httpx.Client, scene: Scene) -> float:
    requests = http.get(f"{scene.addresses.sandbox}/sandbox/requests").json()["requests"]
    return max((float(row["at"]) for row in requests), default=time.time())


def _quiet_since(left: Callable[[], int], limit: float) -> float:
    give_up, since = time.time() + limit, 0.0
    while time.time() < give_up:
        looked = time.time()
        since = 0.0 if left() else (since or looked)
        if since and looked - since >= QUIET:
            return since
        time.sleep(LOOK_EVERY)
    raise NotDrained(f"work was left after {limit:g} s")
