"""The real door on a free port, over a SQLite file of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from doorstep import Doorstep, standing
from restaurant import settings_for

from enrich.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path, "http://127.0.0.1:9")


@pytest.fixture
def door(settings: Settings) -> Iterator[Doorstep]:
    with standing(settings) as door:
        yield door
