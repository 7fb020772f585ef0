"""The picture is drawn from what was kept of the evening."""

from pathlib import Path

import pytest

from enrich.demo.board import Glance
from enrich.demo.latency import NOTED, Sample
from enrich.demo.report import keep
from tests.demo.builders import START, an_evening

plot = pytest.importorskip("enrich.demo.plot", reason="the extra `demo` is not installed")


def test_a_png_and_an_svg_come_of_an_evening(tmp_path: Path) -> None:
    began = START.timestamp()
    glances = [Glance(began + n, n * 9, n % 3, n * 2, n, n // 3, 0) for n in range(60)]
    samples = [Sample(NOTED, began + n, 0.1 * (n + 1)) for n in range(60)]
    keep(tmp_path / "evening.json", an_evening().clock, glances, samples)
    plot.main(tmp_path / "evening.json", tmp_path / "picture")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")
    assert "</svg>" in (tmp_path / "picture.svg").read_text()
