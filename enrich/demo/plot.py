"""The evening as a picture: what arrived, was written and waited, and how long everything took.

A program of its own, `python -m enrich.demo.plot DATA PICTURE`: matplotlib is an extra, and slow to load.
"""

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import matplotlib as mpl

from enrich.demo.board import Glance
from enrich.demo.clock import ENDS, OPENS, EveningClock, label
from enrich.demo.latency import BY_HAND, INVITED, Sample

mpl.use("Agg")

from matplotlib import pyplot as plt

INK, RULE = "#22252b", "#d9dce1"
COLOURS = dict(zip(BY_HAND, ("#3b6fb6", "#d1813a", "#4b9a6a", "#9a4f96"), strict=True))


def plot(path: Path, clock: EveningClock, glances: Sequence[Glance], samples: Sequence[Sample]) -> list[Path]:
    """PNG and SVG beside each other."""
    figure, (flow, wait, took) = plt.subplots(
        3, 1, sharex=True, figsize=(10, 8.4), height_ratios=(3, 1.6, 3), layout="constrained"
    )
    minutes = [clock.minute_of_time(glance.at) for glance in glances]
    _flow(flow, minutes, glances)
    _waiting(wait, minutes, glances)
    _latencies(took, clock, samples)
    for axes in (flow, wait, took):
        _dressed(axes)
    _clocked(took)
    return _saved(figure, path)


def _flow(axes: Any, minutes: Sequence[float], glances: Sequence[Glance]) -> None:
    axes.plot(minutes, [glance.arrived for glance in glances], color="#3b6fb6", label="deliveries arrived")
    axes.plot(minutes, [glance.written for glance in glances], color="#d1813a", label="changes in the CRM")
    axes.plot(minutes, [glance.mailed for glance in glances], color="#4b9a6a", label="invitations sent")
    axes.plot(minutes, [glance.answered for glance in glances], color="#9a4f96", label="answers received")
    axes.set_ylabel("since the start")
    _legend(axes)


def _waiting(axes: Any, minutes: Sequence[float], glances: Sequence[Glance]) -> None:
    axes.fill_between(minutes, [glance.waiting for glance in glances], color="#8a93a3", alpha=0.6, linewidth=0)
    axes.set_ylabel("waiting")
    axes.set_ylim(bottom=0)


def _latencies(axes: Any, clock: EveningClock, samples: Sequence[Sample]) -> None:
    for kind, colour in COLOURS.items():
        found = [sample for sample in samples if sample.kind == kind]
        at = [clock.minute_of_time(sample.sent) for sample in found]
        axes.scatter(at, [sample.seconds for sample in found], label=kind, alpha=0.75, **_mark(kind, colour))
    axes.set_yscale("log")
    axes.set_ylabel("seconds until it shows")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    _legend(axes)


def _mark(kind: str, colour: str) -> dict[str, Any]:
    """Spend and invitation follow from one check and lie close together: a ring around the dot."""
    if kind == INVITED:
        return {"s": 30, "facecolors": "none", "edgecolors": colour, "linewidths": 0.9}
    return {"s": 12, "color": colour, "linewidths": 0}


def _legend(axes: Any) -> None:
    """Above the panel, where no point can hide behind it."""
    axes.legend(
        frameon=False, loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=4, markerscale=1.6, columnspacing=1.4
    )


def _dressed(axes: Any) -> None:
    axes.grid(color=RULE, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)


def _clocked(axes: Any) -> None:
    ticks = range(OPENS, ENDS, 30)
    axes.set_xlim(OPENS, ENDS)
    axes.set_xticks(list(ticks), [label(minute) for minute in ticks])
    axes.set_xlabel("evening clock")


def _saved(figure: Any, path: Path) -> list[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    written = [path.with_suffix(".png"), path.with_suffix(".svg")]
    for each in written:
        figure.savefig(each, dpi=100)
    plt.close(figure)
    return written


def main(data: Path, picture: Path) -> None:
    told = json.loads(data.read_text(encoding="utf-8"))
    plot(
        picture,
        EveningClock(datetime.fromisoformat(told["start"]), told["speed"]),
        [Glance(**glance) for glance in told["glances"]],
        [Sample(**sample) for sample in told["samples"]],
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
