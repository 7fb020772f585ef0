"""Everything that may break, breaks: each process is killed three times, and Redis is emptied once."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from enrich.demo.clock import ENDS, OPENS, EveningClock
from enrich.supervise.stack import Stack

PROCESSES = ("redis", "sandbox", "web", "worker")
KILLS = 3
EMPTY_REDIS = "empty redis"


@dataclass(frozen=True, slots=True)
class Break:
    at: datetime
    what: str


def planned_breaks(seed: int, clock: EveningClock) -> list[Break]:
    rng = Random(f"{seed}:breaks")  # noqa: S311 - has to come out the same again
    what = [*(name for name in PROCESSES for _ in range(KILLS)), EMPTY_REDIS]
    return sorted((Break(clock.at(rng.uniform(OPENS, ENDS)), each) for each in what), key=lambda each: each.at)


@contextmanager
def breaking(stack: Stack, redis_url: str, planned: Sequence[Break]) -> Iterator[None]:
    """Beside whatever happens inside; none is left over afterwards."""
    ended = threading.Event()
    thread = threading.Thread(target=_break, args=(stack, redis_url, planned, ended), name="breakage", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _break(stack: Stack, redis_url: str, planned: Sequence[Break], ended: threading.Event) -> None:
    for each in planned:
        if ended.wait(max(0.0, (each.at - datetime.now(UTC)).total_seconds())):
            return
        if each.what == EMPTY_REDIS:
            _empty(redis_url)
        elif _is_up(stack, each.what, ended):
            stack.kill(each.what)


def _is_up(stack: Stack, name: str, ended: threading.Event) -> bool:
    """Waits for it: killing what is down already breaks nothing."""
    while name not in stack.pids:
        if ended.wait(0.1):
            return False
    return True


def _empty(url: str) -> None:
    """It may be starting again just now; tried for a few seconds."""
    retry = Retry(ConstantBackoff(0.25), 20)
    client = redis.Redis.from_url(url, socket_timeout=2.0, retry=retry, retry_on_error=[redis.ConnectionError])
    with suppress(redis.RedisError):
        client.flushall()
    client.close()
