"""`enrich demo`: a Friday night, generated, played and compared."""

from pathlib import Path
from typing import Annotated

import typer

from enrich.demo.run import DemoOptions, run


def demo(
    evening: Annotated[int, typer.Option(help="Seed of the evening; the same number is the same evening.")] = 1,
    size: Annotated[int, typer.Option(min=1, help="Venues that have that evening at once.")] = 1,
    faults: Annotated[bool, typer.Option("--faults", help="Kill every process, empty Redis.")] = False,
    stay: Annotated[bool, typer.Option("--stay", help="Leave everything running at the end.")] = False,
    seconds: Annotated[float | None, typer.Option(help="How long the evening takes.")] = None,
    folder: Annotated[Path, typer.Option(help="Where its state and plots go; emptied first.")] = Path("demo"),
) -> None:
    """Play a Friday night against the sandbox CRM and compare what it holds with what it should hold."""
    raise typer.Exit(
        run(DemoOptions(evening=evening, size=size, faults=faults, stay=stay, seconds=seconds, folder=folder))
    )
