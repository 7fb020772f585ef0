"""The tables at the end."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from enrich.demo.board import Glance
from enrich.demo.clock import EveningClock
from enrich.demo.compare import Verdict
from enrich.demo.latency import AUTOMATED, BY_HAND, Calls, Sample, percentile, spreads
from enrich.demo.record import Record
from enrich.demo.scene import COALESCE

PACE = (
    f"Real seconds. News that is not urgent waits {COALESCE:g} s for more of the same guest, in production 20 s."
)


def show_verdict(console: Console, verdict: Verdict) -> None:
    table = Table("", "expected", "seen", "", title="The evening as planned and as the CRM shows it")
    for row in verdict.rows:
        table.add_row(row.label, row.expected, row.seen, "[green]equal[/]" if row.ok else "[bold red]different[/]")
    console.print(table)
    for line in verdict.differences:
        console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


def show_latencies(console: Console, samples: Sequence[Sample]) -> None:
    table = Table(
        "", "n", "p50", "p95", "max", "by hand", "goal", title="From the first sending to the CRM", caption=PACE
    )
    for spread in spreads(samples):
        figures = (_seconds(value) for value in (spread.p50, spread.p95, spread.most))
        table.add_row(spread.kind, str(spread.count), *figures, BY_HAND[spread.kind], AUTOMATED[spread.kind])
    console.print(table)


def show_cost(console: Console, record: Record, calls: Calls | None) -> None:
    """No calls where they were not all seen."""
    took = sorted(record.acknowledgements)
    if took:
        p50, p99 = (percentile(took, share) * 1000 for share in (50, 99))
        console.print(f"acknowledgement p50 {p50:.1f} ms, p99 {p99:.1f} ms over {len(took)} answers")
    if calls:
        console.print(
            f"{calls.total} calls to the CRM, {calls.writes} of them writes: {calls.per_delivery:.2f} a delivery, "
            f"{calls.per_relevant_event:.2f} a relevant event",
            highlight=False,
            soft_wrap=True,
        )
    if record.retries or record.abandoned:
        console.print(f"vendors sent again {record.retries} times and gave up {record.abandoned} times")


def keep(path: Path, clock: EveningClock, glances: Sequence[Glance], samples: Sequence[Sample]) -> None:
    """For the plot, and for whoever wants to look closer."""
    told = {
        "start": clock.start.isoformat(),
        "speed": clock.speed,
        "glances": [asdict(glance) for glance in glances],
        "samples": [asdict(sample) for sample in samples],
    }
    path.write_text(json.dumps(told), encoding="utf-8")


def _seconds(value: float) -> str:
    return f"{value:.2f} s"
