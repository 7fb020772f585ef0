"""Run by path as a process of its own: once the supervisor is gone, however it went, kills what it had started.

Reads "+<group>" and "-<group>" lines from stdin until nobody holds the other end.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable

LAST_LOOK = 2.0
"""Seconds to wait for the killed; zombies that nobody collects count as alive."""


def groups_left(lines: Iterable[str]) -> set[int]:
    groups: set[int] = set()
    for line in lines:
        change = groups.add if line.startswith("+") else groups.discard
        change(int(line[1:]))
    return groups


def kill(group: int) -> bool:
    """True while there is somebody left in the group."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups = groups_left(sys.stdin)
    give_up = time.monotonic() + LAST_LOOK
    while (groups := {group for group in groups if kill(group)}) and time.monotonic() < give_up:
        time.sleep(0.02)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
