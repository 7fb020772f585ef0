"""Small real processes to supervise, and how to look for survivors."""

import sys
import time
from collections.abc import Callable

import psutil

from enrich.supervise.process import ProcessSpec

SLEEPS = "import time; time.sleep(600)"
HAS_A_CHILD = f"""
import subprocess, sys, time
subprocess.Popen([sys.executable, "-I", "-S", "-c", {SLEEPS!r}])
time.sleep(600)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(600)
"""
SAYS_GOODBYE = """
import pathlib, signal, sys, time
def leave(*_):
    with pathlib.Path(sys.argv[1]).open("a") as diary:
        diary.write(sys.argv[2] + " ")
    sys.exit()
signal.signal(signal.SIGTERM, leave)
print("up", flush=True)
time.sleep(600)
"""


def child(name: str, script: str = SLEEPS, *arguments: object, grace: float = 10.0) -> ProcessSpec:
    command = (sys.executable, "-I", "-S", "-c", script, *map(str, arguments))
    return ProcessSpec(name, command, grace=grace)


def eventually(true: Callable[[], object], within: float = 10.0) -> bool:
    give_up = time.monotonic() + within
    while not true():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True


def alive(pid: int) -> bool:
    """A zombie is not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def family(pid: int) -> list[int]:
    """The process and all it started."""
    return [pid, *(each.pid for each in psutil.Process(pid).children(recursive=True))]
