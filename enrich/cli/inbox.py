"""`enrich inbox`: what arrived, what became of it, and trying again what failed."""

from typing import Annotated, Any

import typer

from enrich.bootstrap import open_stores
from enrich.cli.show import AsOutput, Output, say, show_rows
from enrich.due.unit import Kind, Unit
from enrich.errors import ConfigurationError
from enrich.settings import Settings
from enrich.store.due import UnitState
from enrich.store.inbox import Entry, EntryState

commands = typer.Typer(help="What arrived, what became of it, and trying again what failed.", no_args_is_help=True)


@commands.command("list")
def list_entries(
    state: Annotated[EntryState | None, typer.Option(help="Only entries in this state.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="Only what was given up.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    output: AsOutput = Output.TABLE,
) -> None:
    """The newest deliveries, and with --dead every dead letter of any kind."""
    with open_stores(Settings()) as stores, stores.database.read() as conn:
        if dead:
            rows = [_dead_row(unit) for unit in stores.due.dead(conn, limit)]
        else:
            rows = [_entry_row(entry) for entry in stores.inbox.recent(conn, state=state, limit=limit)]
    show_rows(rows, output, empty="nothing was given up" if dead else "nothing has arrived")


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
        say(f"{label:<10} {value}")


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
            say(f"entry {entry} is due again")
            return
        if not dead:
            raise typer.BadParameter("name an entry, or --dead for everything that was given up")
        units = stores.due.dead(conn, 100_000)
        if not yes:
            say(f"{len(units)} dead letters would be tried again; add --yes to do it")
            return
        for unit in units:
            if unit.unit.kind is Kind.DELIVERY:
                stores.inbox.replay(conn, int(unit.unit.ref))
            else:
                stores.due.revive(conn, unit.unit)
        say(f"{len(units)} dead letters are due again")


def _entry_row(entry: Entry) -> dict[str, Any]:
    return {
        "entry": entry.id,
        "received": entry.received_at,
        "source": f"{entry.source}/{entry.connection}",
        "state": entry.state,
        "reason": entry.reason,
        "replays": entry.replays or None,
    }


def _dead_row(unit: UnitState) -> dict[str, Any]:
    return {
        "kind": unit.unit.kind,
        "unit": unit.unit.ref,
        "reason": unit.reason,
        "tries": unit.tries,
        "detail": unit.detail,
    }
