"""Keeps a dispatcher process beside the worker: a thread in the parent would not survive the pool's forks."""

import subprocess
import sys
import threading


class DispatcherProcess:
    """Restarted when it dies; ends when this process does, because its standard input closes then."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        threading.Thread(target=self._keep, name="dispatcher-keeper", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=30)

    def _keep(self) -> None:
        while not self._stopping.is_set():
            command = [sys.executable, "-m", "workers.dispatcher"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603
            self._process.wait()
            self._stopping.wait(1.0)
