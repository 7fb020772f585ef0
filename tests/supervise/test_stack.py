import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from children import HAS_A_CHILD, SAYS_GOODBYE, STUBBORN, alive, child, eventually, family

from enrich.supervise.process import ProcessSpec, pause_after
from enrich.supervise.stack import FolderInUse, NotReady, Stack

Run = Callable[..., Stack]


def up(stack: Stack, name: str) -> Callable[[], bool]:
    return lambda: "up" in stack.log_of(name).read_text()


def test_a_killed_process_is_started_again(run: Run) -> None:
    stack = run(child("web"), child("worker"))
    before = stack.pids
    stack.kill("worker")
    assert eventually(lambda: stack.pids.get("worker") not in (None, before["worker"]))
    assert stack.pids["web"] == before["web"]
    assert stack.restarts == {"web": 0, "worker": 1}


def test_a_kill_takes_along_what_the_process_had_started(run: Run) -> None:
    stack = run(child("worker", HAS_A_CHILD))
    first = stack.pids["worker"]
    assert eventually(lambda: len(family(first)) == 2)
    pids = family(first)
    stack.kill("worker")
    assert eventually(lambda: not any(map(alive, pids)))


def test_children_of_a_process_that_died_by_itself_do_not_stay(run: Run) -> None:
    stack = run(child("worker", HAS_A_CHILD))
    first = stack.pids["worker"]
    assert eventually(lambda: len(family(first)) == 2)
    grandchild = family(first)[1]
    os.kill(first, 9)
    assert eventually(lambda: not alive(grandchild))


def test_a_process_that_dies_at_once_is_started_ever_more_slowly() -> None:
    pauses = [0.0]
    for _ in range(7):
        pauses.append(pause_after(lived=0.1, previous=pauses[-1]))
    assert pauses[1:] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_a_death_after_ten_seconds_of_life_is_the_first_one_again() -> None:
    assert pause_after(lived=10.0, previous=5.0) == 0.2


def test_a_process_that_keeps_dying_does_not_keep_the_machine_busy(run: Run) -> None:
    stack = run(child("broken", "raise SystemExit(1)"))
    time.sleep(1.2)
    assert 1 <= stack.restarts["broken"] <= 3


def test_stopping_goes_backwards_and_waits_for_each(run: Run, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    names = ("redis", "web", "worker")
    stack = run(*(child(name, SAYS_GOODBYE, diary, name) for name in names))
    stack.wait_ready({name: up(stack, name) for name in names})
    stack.stop()
    assert diary.read_text().split() == ["worker", "web", "redis"]


def test_a_process_deaf_to_sigterm_is_killed(run: Run) -> None:
    stack = run(child("deaf", STUBBORN, grace=0.2))
    stack.wait_ready({"deaf": up(stack, "deaf")})
    pid = stack.pids["deaf"]
    stack.stop()
    assert not alive(pid)
    assert stack.pids == {}


def test_a_process_that_does_not_come_up_is_named_with_its_last_words(run: Run) -> None:
    stack = run(child("web", "print('port 8080 is taken', flush=True); import time; time.sleep(600)"))
    assert eventually(lambda: stack.log_of("web").read_text())
    with pytest.raises(NotReady, match=r"web is not ready after 0\.1 s.*web\.log: port 8080 is taken"):
        stack.wait_ready({"web": lambda: False}, timeout=0.1)


def test_nobody_waits_for_a_process_that_ends_as_soon_as_it_starts(run: Run) -> None:
    stack = run(child("web", "raise SystemExit('no venues.yaml')"))
    with pytest.raises(NotReady, match=r"web ends as soon as it starts.*no venues\.yaml"):
        stack.wait_ready({"web": lambda: False}, timeout=20)


def test_a_second_stack_on_the_folder_is_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(child("web"))
    monkeypatch.setattr("enrich.supervise.stack.LOCK_PATIENCE", 0.1)
    with pytest.raises(FolderInUse, match="ENRICH_STATE"):
        Stack([child("web")], tmp_path / "state").start()


def test_a_stopped_stack_can_be_started_again(run: Run) -> None:
    stack = run(child("web"))
    stack.stop()
    stack.start()
    assert alive(stack.pids["web"])


def test_a_child_sees_its_environment_and_no_terminal(run: Run) -> None:
    script = "import os, sys; print(os.environ['REDIS_URL'], repr(sys.stdin.read()), flush=True)"
    spec = child("web", script)
    stack = run(ProcessSpec(spec.name, spec.command, {"REDIS_URL": "unix:///here"}))
    assert eventually(lambda: "unix:///here ''" in stack.log_of("web").read_text())


def test_logs_are_for_the_owner_only(run: Run) -> None:
    stack = run(child("web"))
    assert stack.log_of("web").stat().st_mode & 0o777 == 0o600
    assert stack.log_of("web").parent.stat().st_mode & 0o777 == 0o700
