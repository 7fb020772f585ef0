"""Plays one evening: sets the scene, lets everybody in, compares, and tells how it went."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from rich.console import Console
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from enrich.demo.board import Board, waiting
from enrich.demo.breakage import breaking, planned_breaks
from enrich.demo.clock import speed_for
from enrich.demo.compare import Verdict, compare
from enrich.demo.evening import Evening, plan
from enrich.demo.latency import calls, samples
from enrich.demo.live import view
from enrich.demo.players import play, stage
from enrich.demo.record import Record
from enrich.demo.report import keep, show_cost, show_latencies, show_verdict
from enrich.demo.scene import Scene, set_up
from enrich.demo.seen import Seen, read_back
from enrich.errors import EnrichError
from enrich.supervise.redis import RedisServer
from enrich.supervise.stack import Stack

SECONDS = 75.0
MORE_SECONDS = 25.0
"""For each further venue."""
BEFORE = 1.2
"""Seconds for each venue from planning the evening to its first minute: every body is written beforehand."""
MAIL_PATIENCE = 60.0
STILLNESS, STILLNESS_WITH_FAULTS = 30.0, 75.0
"""Seconds without any change after which what is missing counts as missing."""
LONGEST_WAIT = 300.0
LONGEST_PAUSE = 5
"""Seconds between two looks; a larger book is read less often."""
SETTLED_FOR = 3.0
"""Seconds for which all has to stay equal, so that a late second mail is still seen."""
EQUAL, DIFFERENT, FAILED, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True, slots=True)
class DemoOptions:
    evening: int = 1
    """Seed."""
    size: int = 1
    """Venues."""
    faults: bool = False
    stay: bool = False
    seconds: float | None = None
    """How long the play takes; longer for more venues by default."""
    folder: Path = Path("demo")
    plot: Path | None = None
    """Without its ending; `evening` in the folder by default."""

    @property
    def duration(self) -> float:
        return self.seconds or SECONDS + MORE_SECONDS * (self.size - 1)


def run(options: DemoOptions) -> int:
    console = Console()
    try:
        return _Run(options, console).through()
    except KeyboardInterrupt:
        console.print("interrupted")
        return INTERRUPTED
    except (EnrichError, httpx.HTTPError) as error:
        console.print(f"the evening could not be played: {error}", markup=False)
        return FAILED


class _Run:
    def __init__(self, options: DemoOptions, console: Console) -> None:
        self._options = options
        self._console = console
        self._record = Record()
        # The places are the same whenever the evening starts; all else is planned once everything runs.
        self._evening = self._planned()
        self._scene = set_up(options.folder.resolve(), self._evening)
        self._stack = Stack(self._scene.specs, self._scene.settings.state)

    def through(self) -> int:
        addresses = self._scene.addresses
        board = Board(addresses, self._record, lambda: sum(self._stack.restarts.values()))
        with self._stack, httpx.Client(base_url=addresses.sandbox, timeout=30.0, trust_env=False) as http:
            self._stack.wait_ready(_checks(self._scene), timeout=60.0)
            self._evening = self._planned()
            http.put("/sandbox/book", json=self._evening.book).raise_for_status()
            with _watched(board, self._console, self._evening), self._broken():
                self._play()
                verdict, seen = self._settled(http)
            self._tell(board, verdict, seen)
            if self._options.stay:
                self._stay()
        return EQUAL if verdict.ok else DIFFERENT

    def _planned(self) -> Evening:
        options = self._options
        start = datetime.now(UTC) + timedelta(seconds=BEFORE * options.size)
        return plan(options.evening, options.size, start, speed_for(options.duration))

    def _play(self) -> None:
        try:
            asyncio.run(self._played())
        except* httpx.HTTPError as errors:
            raise EnrichError(f"a stand-in did not come back: {errors.exceptions[0]!r}") from errors

    async def _played(self) -> None:
        async with stage(self._scene.addresses, self._scene.secrets, self._record) as on:
            await play(on, self._evening, MAIL_PATIENCE)

    @contextmanager
    def _broken(self) -> Iterator[None]:
        if not self._options.faults:
            yield
            return
        redis = RedisServer(self._scene.settings.state / "redis")
        with breaking(self._stack, redis.client_url, planned_breaks(self._options.evening, self._evening.clock)):
            yield

    def _settled(self, http: httpx.Client) -> tuple[Verdict, Seen]:
        """When all is equal and stays so, or nothing has changed for a generous while."""
        stillness = STILLNESS_WITH_FAULTS if self._options.faults else STILLNESS
        ends, last = time.monotonic() + LONGEST_WAIT, (0, 0)
        changed = equal_since = time.monotonic()
        while True:
            seen = _patiently(http)
            verdict, now = compare(self._evening, seen, self._record), time.monotonic()
            if (len(seen.changes), len(seen.outbox)) != last:
                changed, last = now, (len(seen.changes), len(seen.outbox))
            if not verdict.ok or self._waiting():
                equal_since = now
            if now - max(equal_since, changed) > SETTLED_FOR or now - changed > stillness or now > ends:
                return verdict, seen
            time.sleep(min(self._options.size, LONGEST_PAUSE))

    def _waiting(self) -> bool:
        try:
            status = httpx.get(f"{self._scene.addresses.door}/status", timeout=5.0, trust_env=False)
        except httpx.TransportError:
            return True
        return status.status_code != httpx.codes.OK or waiting(status.json()) > 0

    def _tell(self, board: Board, verdict: Verdict, seen: Seen) -> None:
        found = samples(self._evening, seen, self._record)
        show_verdict(self._console, verdict)
        show_latencies(self._console, found)
        # A sandbox that was killed has forgotten what was read from it.
        cost = None if self._options.faults else calls(self._evening, seen, self._record)
        show_cost(self._console, self._record, cost)
        data = self._scene.folder / "evening.json"
        keep(data, self._evening.clock, board.glances, found)
        self._plot(data)

    def _plot(self, data: Path) -> None:
        picture = (self._options.plot or self._scene.folder / "evening").resolve()
        command = [sys.executable, "-m", "enrich.demo.plot", str(data), str(picture)]
        drawn = subprocess.run(command, capture_output=True, text=True, timeout=120)  # noqa: S603
        if drawn.returncode:
            self._console.print(
                f"no plot (is the extra `demo` installed?): {drawn.stderr.strip()[-200:]}", markup=False
            )
        else:
            self._console.print(f"plot: {picture}.png, {picture}.svg", highlight=False)

    def _stay(self) -> None:
        addresses = self._scene.addresses
        self._console.print(f"door     {addresses.door}/webhooks/{{source}}/{{connection}}", highlight=False)
        self._console.print(f"sandbox  {addresses.sandbox}", highlight=False)
        self._console.print(f"state    {self._scene.settings.state}", highlight=False)
        self._console.print("Ctrl-C ends it.")
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


@contextmanager
def _watched(board: Board, console: Console, evening: Evening) -> Iterator[None]:
    with view(console, evening) as shown:
        watcher = threading.Thread(target=board.watch, args=(shown.show,), name="board", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            board.end()
            watcher.join()


def _checks(scene: Scene) -> dict[str, Callable[[], bool]]:
    redis = RedisServer(scene.settings.state / "redis")
    return {
        "redis": redis.answers,
        "sandbox": lambda: _answers(f"{scene.addresses.sandbox}/sandbox/stats"),
        "web": lambda: _answers(f"{scene.addresses.door}/readyz"),
    }


@retry(
    retry=retry_if_exception_type(httpx.TransportError),
    stop=stop_after_delay(30),
    wait=wait_fixed(0.5),
    reraise=True,
)
def _patiently(http: httpx.Client) -> Seen:
    """The sandbox may be starting again."""
    return read_back(http)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2.0, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
