"""Several processes as one: started in order, kept running, stopped in reverse order."""

import fcntl
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from enrich.errors import ConfigurationError
from enrich.supervise.guard import Guard
from enrich.supervise.process import Process, ProcessSpec

Check = Callable[[], bool]

TURN = 0.05
"""Seconds between two looks at the children."""
DEATHS_AT_START = 3
"""So many, and it is not worth waiting for."""
LOCK_PATIENCE = 3.0
"""Seconds a predecessor's guard gets to clear up."""


class NotReady(ConfigurationError):
    reason = "not_ready"


class FolderInUse(ConfigurationError):
    reason = "folder_in_use"


class Stack:
    """`folder` belongs to one stack at a time; logs go to `folder/logs/<name>.log`."""

    def __init__(self, specs: Sequence[ProcessSpec], folder: Path) -> None:
        self._specs = specs
        self._folder = folder
        self._logs = folder / "logs"
        self._processes: list[Process] = []
        self._turn = threading.Lock()
        self._stopping = threading.Event()
        self._watch: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pids(self) -> dict[str, int]:
        """Without those that are down just now."""
        with self._turn:
            return {each.spec.name: each.pid for each in self._processes if each.pid is not None}

    @property
    def restarts(self) -> dict[str, int]:
        return {each.spec.name: each.restarts for each in self._processes}

    def log_of(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def start(self) -> None:
        for folder in (self._folder, self._logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _locked(self._folder)
        self._guard = Guard(self._lock)
        self._stopping.clear()
        self._processes = [Process(spec, self.log_of(spec.name), self._guard) for spec in self._specs]
        for process in self._processes:
            process.start()
        self._watch = threading.Thread(target=self._keep_running, name="supervisor", daemon=True)
        self._watch.start()

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all it started. It is started again."""
        with self._turn:
            next(each for each in self._processes if each.spec.name == name).kill()

    def wait_ready(self, checks: Mapping[str, Check], timeout: float = 20.0) -> None:
        """`checks`: by the name of the process. NotReady, with its last words, when one does not come up."""
        give_up = time.monotonic() + timeout
        doomed = {name: self.restarts.get(name, 0) + DEATHS_AT_START for name in checks}
        for name, check in checks.items():
            while not check():
                if time.monotonic() > give_up:
                    raise NotReady(f"{name} is not ready after {timeout:g} s{self._last_words(name)}")
                if self.restarts.get(name, 0) >= doomed[name]:
                    raise NotReady(f"{name} ends as soon as it starts{self._last_words(name)}")
                time.sleep(TURN)

    def stop(self) -> None:
        if self._watch is None:
            return
        self._stopping.set()
        self._watch.join()
        self._watch = None
        for process in reversed(self._processes):
            process.stop()
        self._guard.close()
        os.close(self._lock)

    def _keep_running(self) -> None:
        while not self._stopping.wait(TURN):
            with self._turn:
                self._guard.renew(each.pid for each in self._processes if each.pid is not None)
                for process in self._processes:
                    process.tend()

    def _last_words(self, name: str) -> str:
        log = self.log_of(name)
        lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
        return f"; see {log}" + (f": {lines[-1]}" if lines else "")


def supervise(stack: Stack) -> None:
    """Runs the stack until SIGTERM, SIGINT or SIGHUP. A second signal ends us, and the guard ends the rest."""
    asked = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        _on_every_stop_signal(signal.SIG_DFL)
        asked.set()

    _on_every_stop_signal(on_signal)
    with stack:
        asked.wait()


def _on_every_stop_signal(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, handler)


def _locked(folder: Path) -> int:
    lock = os.open(folder / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    give_up = time.monotonic() + LOCK_PATIENCE
    while not _try_lock(lock):
        if time.monotonic() > give_up:
            os.close(lock)
            raise FolderInUse(f"another enrich runs in {folder}: stop it, or set ENRICH_STATE to another folder")
        time.sleep(TURN)
    return lock


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
