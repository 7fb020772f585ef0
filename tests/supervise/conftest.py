from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from children import alive, family

from enrich.supervise.process import ProcessSpec
from enrich.supervise.stack import Stack


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """Starts a stack, stops it after the test, and looks for survivors."""
    stacks: list[Stack] = []

    def start(*specs: ProcessSpec) -> Stack:
        stack = Stack(specs, tmp_path / "state")
        stack.start()
        stacks.append(stack)
        return stack

    yield start
    for stack in stacks:
        started = [pid for each in stack.pids.values() if alive(each) for pid in family(each)]
        stack.stop()
        assert not [pid for pid in started if alive(pid)]
