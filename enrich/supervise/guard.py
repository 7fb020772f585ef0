"""Our end of the guard, the process that outlives us for a moment to kill what we started."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, cast

GUARD = Path(__file__).with_name("guard_process.py")


class Guard:
    """Holds `lock_fd` open too, so that nobody else starts on the folder before our children are dead."""

    def __init__(self, lock_fd: int) -> None:
        self._lock_fd = lock_fd
        self._process = self._spawn()

    @property
    def entrance(self) -> IO[bytes]:
        """Where a child writes its own group before it becomes the command: no moment without a guard."""
        return cast(IO[bytes], self._process.stdin)

    def forget(self, group: int) -> None:
        self._tell(f"-{group}\n")

    def renew(self, groups: Iterable[int]) -> None:
        """Replaces a guard that was killed."""
        if self._process.poll() is None:
            return
        self.entrance.close()
        self._process = self._spawn()
        for group in groups:
            self._tell(f"+{group}\n")

    def close(self) -> None:
        self.entrance.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        try:
            self.entrance.write(line.encode())
        except BrokenPipeError:
            return  # renewed at the next turn, with the groups alive then

    def _spawn(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", str(GUARD)],
            stdin=subprocess.PIPE,
            bufsize=0,
            pass_fds=(self._lock_fd,),
            start_new_session=True,
        )
