"""One child process: started in a session of its own, logged to a file, started again when it dies."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from enrich.supervise.guard import Guard

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
FORGIVEN_AFTER = 10.0
"""Seconds of life after which a death is the first one again."""

LAUNCH = 'echo "+$$" >&0 && exec "$@" </dev/null'


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    """Laid over the environment we run in."""
    grace: float = 10.0
    """Seconds from SIGTERM to SIGKILL."""


def pause_after(lived: float, previous: float) -> float:
    """Seconds to wait before the next start."""
    if lived >= FORGIVEN_AFTER:
        return FIRST_PAUSE
    return min(max(previous * 2, FIRST_PAUSE), LONGEST_PAUSE)


class Process:
    """Not safe for threads: `Stack` holds the lock."""

    def __init__(self, spec: ProcessSpec, log: Path, guard: Guard) -> None:
        self.spec = spec
        self.log = log
        self.restarts = 0
        self._guard = guard
        self._child: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause = 0.0
        self._next_start = 0.0

    @property
    def pid(self) -> int | None:
        """Its process group too. None between a death and the next start."""
        return self._child.pid if self._child else None

    def start(self) -> None:
        # The umask of a service may be anything; logs name guests' ids.
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._child = subprocess.Popen(  # noqa: S603
                ["/bin/sh", "-c", LAUNCH, self.spec.name, *self.spec.command],
                env={**os.environ, **self.spec.environment},
                stdin=self._guard.entrance,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        finally:
            os.close(log)
        self._started = time.monotonic()

    def tend(self) -> None:
        """Notices a death, and starts again once the pause is over."""
        if self._child is None:
            self._start_again()
        elif self._child.poll() is not None:
            self._bury()

    def kill(self) -> None:
        if self._child:
            self._kill_group(self._child.pid)

    def stop(self) -> None:
        """Asks the process itself, then ends what is left of its group."""
        if not self._child:
            return
        self._child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(self.spec.grace)
        self._kill_group(self._child.pid)
        self._child.wait()
        self._bury()

    def _start_again(self) -> None:
        if time.monotonic() >= self._next_start:
            self.restarts += 1
            self.start()

    def _bury(self) -> None:
        if not self._child:
            return
        group, self._child = self._child.pid, None
        self._kill_group(group)
        self._guard.forget(group)
        self._pause = pause_after(time.monotonic() - self._started, self._pause)
        self._next_start = time.monotonic() + self._pause

    @staticmethod
    def _kill_group(group: int) -> None:
        # macOS answers EPERM where a group holds nothing but zombies.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
