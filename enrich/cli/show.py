"""How commands print: tables for people, JSON for programs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

out = Console()
STAMP = "%Y-%m-%d %H:%M:%S"
LONGEST_ID = 30
"""Ids of the CRM are 70 to 90 characters that differ only at the end; ours are 34."""


class Output(StrEnum):
    TABLE = "table"
    JSON = "json"


AsOutput = Annotated[Output, typer.Option("--output", help="For people, or for programs.")]


def say(text: str, style: str | None = None) -> None:
    """Values as they are: no markup, no wrapping, so that they can be copied and searched for."""
    out.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def show_rows(rows: Sequence[Mapping[str, Any]], output: Output, *, empty: str) -> None:
    """`empty`: what to say where there are none."""
    if output is Output.JSON:
        out.print_json(data=[dict(row) for row in rows], default=str)
        return
    if not rows:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in rows[0]:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    out.print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime(STAMP)
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {_cell(one)}" for name, one in value.items() if one is not None)
    text = str(value)
    is_id = len(text) > LONGEST_ID and " " not in text
    return f"…{text[-12:]}" if is_id else text
