"""`enrich inbox`: what arrived, what became of it, and trying again what failed."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from enrich.bootstrap import open_stores
from enrich.due.unit import Kind, Unit
from enrich.errors import ConfigurationError
from enrich.settings import Settings
from enrich.store.due import UnitState
from enrich.store.inbox import Entry, EntryState

commands = typer.Typer(help="What arrived, what became of it, and trying again what failed.", no_args_is_help=True)
out = Console()


@commands.command("list")
def list_entries(
    state: Annotated[EntryState | None, typer.Option(help="Only entries in this state.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="Only what was given up.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
) -> None:
    """The newest deliveries, and with --dead every dead letter of any kind."""
    with open_stores(Settings()) as stores, stores.database.read() as conn:
        if dead:
            _show_dead(stores.due.dead(conn, limit))
        else:
            _show_entries(stores.inbox.recent(conn, state=state, limit=limit))


@commands.command()
def show(entry: Annotated[int, typer.Argument(help="Number of the entry, as `list` shows it.")]) -> None:
    """One delivery: what is known of it, and the facts it left."""
    with open_stores(Settings()) as stores, stores.database.read() as conn:
        found = stores.inbox.load(conn, [entry]).get(entry)
        if found is None:
            raise ConfigurationError(f"there is no entry {entry}; `enrich inbox list` shows those there are")
        row = stores.due.state_of(conn, Unit(Kind.DELIVERY, str(entry)))
        facts = stores.facts.left_by(conn, entry)
    for label, value in [
        ("entry", found.id),
        ("source", f"{found.source}/{found.connection}"),
        ("key", found.key),
        ("received", found.received_at.isoformat()),
        ("state", found.state),
        ("reason", found.reason or (row.reason if row else None) or "-"),
        ("detail", found.detail or (row.detail if row else None) or "-"),
        ("replays", found.replays),
        ("bytes", len(found.body)),
        ("facts", ", ".join(facts) or "-"),
    ]:
        out.print(f"{label:<10} {value}", markup=False, highlight=False)


@commands.command()
def replay(
    entry: Annotated[int | None, typer.Argument(help="Number of the entry.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="Everything that was given up.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it --dead only counts.")] = False,
) -> None:
    """Process a delivery, or every dead letter, once more. A replay never sends a survey."""
    with open_stores(Settings()) as stores, stores.database.write() as conn:
        if entry is not None:
            if not stores.inbox.load(conn, [entry]):
                raise ConfigurationError(f"there is no entry {entry}; `enrich inbox list` shows those there are")
            stores.inbox.replay(conn, entry)
            out.print(f"entry {entry} is due again")
            return
        if not dead:
            raise typer.BadParameter("name an entry, or --dead for everything that was given up")
        units = stores.due.dead(conn, 100_000)
        if not yes:
            out.print(f"{len(units)} dead letters would be tried again; add --yes to do it")
            return
        for unit in units:
            if unit.unit.kind is Kind.DELIVERY:
                stores.inbox.replay(conn, int(unit.unit.ref))
            else:
                stores.due.revive(conn, unit.unit)
        out.print(f"{len(units)} dead letters are due again")


def _show_entries(entries: list[Entry]) -> None:
    table = Table("entry", "received", "source", "state", "reason", "replays", box=None)
    for entry in entries:
        where = f"{entry.source}/{entry.connection}"
        at = f"{entry.received_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(str(entry.id), at, where, entry.state, entry.reason or "", str(entry.replays or ""))
    out.print(table)


def _show_dead(units: list[UnitState]) -> None:
    table = Table("kind", "unit", "reason", "tries", "detail", box=None)
    for unit in units:
        table.add_row(unit.unit.kind, unit.unit.ref, unit.reason or "", str(unit.tries), unit.detail or "")
    out.print(table)
    if not units:
        out.print("nothing was given up")
