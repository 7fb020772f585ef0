"""CPU and memory of whole sessions, as /proc tells them. Linux only."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
SESSION, UTIME, CSTIME = 3, 11, 14
"""Places in /proc/<pid>/stat after the command's closing bracket."""


@dataclass(frozen=True, slots=True)
class Usage:
    cpu: float
    """Seconds, user and system, of the living and of those they waited for."""
    peak_rss: int
    """Bytes; each process at its own highest. Pages that forks share count once for each."""
    pss: int
    """Bytes now; shared pages are shared out."""


def usage(sessions: Collection[int]) -> Usage:
    folders = [path for path in Path("/proc").iterdir() if path.name.isdecimal()]
    known = [(path, stat) for path in folders if (stat := _stat(path)) and int(stat[SESSION]) in sessions]
    ticks = sum(int(value) for _, stat in known for value in stat[UTIME : CSTIME + 1])
    return Usage(
        cpu=ticks / TICKS,
        peak_rss=sum(_kilobytes(path / "status", "VmHWM:") for path, _ in known) * 1024,
        pss=sum(_kilobytes(path / "smaps_rollup", "Pss:") for path, _ in known) * 1024,
    )


def _stat(process: Path) -> list[str] | None:
    return _read(process / "stat").rpartition(")")[2].split() or None


def _kilobytes(path: Path, name: str) -> int:
    lines = (line.split() for line in _read(path).splitlines())
    return next((int(words[1]) for words in lines if words and words[0] == name), 0)


def _read(path: Path) -> str:
    """Empty once the process is gone."""
    try:
        return path.read_text()
    except OSError:
        return ""
