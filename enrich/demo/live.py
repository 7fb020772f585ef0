"""The evening as it goes: a live view on a terminal, a plain line every few seconds elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from enrich.demo.board import Glance
from enrich.demo.clock import ENDS, OPENS, EveningClock, label
from enrich.demo.evening import Evening

LINE_EVERY = 5.0


@dataclass(slots=True)
class View:
    console: Console
    clock: EveningClock
    invitations: int
    answers: int
    live: Live | None = None
    _last_line: float = 0.0
    _progress: Progress = field(default_factory=lambda: _progress())
    _bars: dict[str, TaskID] = field(default_factory=dict)

    def show(self, glance: Glance) -> None:
        if self.live:
            self.live.update(self._picture(glance))
        elif time.monotonic() - self._last_line >= LINE_EVERY:
            self._last_line = time.monotonic()
            self.console.print(_line(glance, self._time(glance)), highlight=False, soft_wrap=True)

    def _picture(self, glance: Glance) -> Group:
        self._advance(glance)
        table = Table.grid(padding=(0, 3))
        for name, value in _figures(glance):
            table.add_row(name, f"[bold]{value}[/]")
        return Group(f"[bold]{self._time(glance)}[/]", table, self._progress)

    def _advance(self, glance: Glance) -> None:
        done = {
            "evening": (self.clock.minute_of_time(glance.at) - OPENS, ENDS - OPENS),
            "invitations": (glance.mailed, self.invitations),
            "answers": (glance.answered, self.answers),
        }
        for name, (count, total) in done.items():
            if name not in self._bars:
                self._bars[name] = self._progress.add_task(name, total=total)
            self._progress.update(self._bars[name], completed=min(count, total))

    def _time(self, glance: Glance) -> str:
        return label(min(self.clock.minute_of_time(glance.at), ENDS))


@contextmanager
def view(console: Console, evening: Evening) -> Iterator[View]:
    replies = sum(1 for seat in evening.seats if seat.guest.reply)
    invitations = sum(not seat.guest.opted_out for seat in evening.seats)
    made = View(console, evening.clock, invitations, replies)
    if not console.is_terminal:
        yield made
        return
    with Live(console=console, refresh_per_second=4) as live:
        made.live = live
        yield made


def _figures(glance: Glance) -> list[tuple[str, int]]:
    figures = [
        ("deliveries", glance.arrived),
        ("waiting", glance.waiting),
        ("writes", glance.written),
        ("invitations", glance.mailed),
        ("answers", glance.answered),
    ]
    return [*figures, ("restarts", glance.restarts)] if glance.restarts else figures


def _line(glance: Glance, now: str) -> str:
    return "  ".join([now, *(f"{name} {value}" for name, value in _figures(glance))])


def _progress() -> Progress:
    return Progress(TextColumn("{task.description:>12}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
