import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from children import alive, child, eventually, family

from enrich.supervise.stack import Stack

SUPERVISOR = Path(__file__).with_name("supervisor_to_kill.py")


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A supervisor with a guard, two children and a grandchild."""
    process = subprocess.Popen([sys.executable, str(SUPERVISOR), str(tmp_path)], start_new_session=True)
    try:
        log = tmp_path / "logs" / "web.log"
        assert eventually(lambda: len(family(process.pid)) == 5 and log.exists() and "up" in log.read_text())
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def guards_of(pid: int) -> set[int]:
    return {each.pid for each in psutil.Process(pid).children() if is_guard(each)}


def is_guard(process: psutil.Process) -> bool:
    try:
        return any("guard_process" in word for word in process.cmdline())
    except psutil.NoSuchProcess:
        return False


def test_nothing_outlives_a_supervisor_that_was_killed(supervisor: subprocess.Popen[bytes]) -> None:
    pids = family(supervisor.pid)
    supervisor.kill()
    supervisor.wait()
    assert eventually(lambda: not any(map(alive, pids)), within=5)


def test_nothing_outlives_a_killed_supervisor_whose_guard_had_been_killed_before(
    supervisor: subprocess.Popen[bytes],
) -> None:
    before = guards_of(supervisor.pid)
    os.kill(*before, signal.SIGKILL)
    assert eventually(lambda: guards_of(supervisor.pid) - before)
    pids = family(supervisor.pid)
    supervisor.kill()
    supervisor.wait()
    assert eventually(lambda: not any(map(alive, pids)), within=5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything_in_order(
    supervisor: subprocess.Popen[bytes], number: signal.Signals, tmp_path: Path
) -> None:
    pids = family(supervisor.pid)
    supervisor.send_signal(number)
    assert supervisor.wait(10) == 0
    assert (tmp_path / "diary").read_text().split() == ["web"]
    assert not any(map(alive, pids))


def test_a_signal_to_every_process_at_once_leaves_nothing(supervisor: subprocess.Popen[bytes]) -> None:
    pids = family(supervisor.pid)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    assert supervisor.wait(10) == 0
    assert eventually(lambda: not any(map(alive, pids)))


def test_the_folder_is_free_for_the_next_one_right_after_a_kill(
    supervisor: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    pids = family(supervisor.pid)
    supervisor.kill()
    with Stack([child("web")], tmp_path):
        assert not any(alive(pid) for pid in pids if pid != supervisor.pid)
