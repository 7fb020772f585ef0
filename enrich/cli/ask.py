"""Questions to the pipeline: why a value is there, what waits for a person, whether the tables are valid."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from enrich.bootstrap import open_stores
from enrich.cli.show import STAMP, AsOutput, Output, out, say, show_rows
from enrich.errors import ConfigurationError
from enrich.identity.contact_points import email_point
from enrich.ingress.status import status as figures
from enrich.ledger.record import Action, ReceiptState, WhyEntry
from enrich.mapping.loader import load_tables, validate_tables
from enrich.settings import Settings
from enrich.store.reviews import ReviewKind
from enrich.touches.invitation import InvitationState


def add_to(app: typer.Typer) -> None:
    app.command()(why)
    app.command()(reviews)
    app.command()(invitations)
    app.command()(validate)
    app.command()(status)


def why(
    email: Annotated[str, typer.Argument(help="An address of the guest.")],
    field: Annotated[str | None, typer.Argument(help="A field of guest_profile.yaml, or `briefing`.")] = None,
    output: AsOutput = Output.TABLE,
) -> None:
    """Why a profile says what it says: delivery, event, rule at version, write."""
    settings = Settings()
    if field is not None:
        _require_field(settings, field)
    point = email_point(email)
    if point is None:
        raise ConfigurationError("this address never decides who a guest is: it is shared, masked or made up")
    with open_stores(settings) as stores, stores.database.read() as conn:
        guest_id = stores.facts.guests_of(conn, [point.key]).get(point.key)
        guest = stores.facts.load(conn, guest_id) if guest_id else None
        if guest is None:
            raise ConfigurationError("no event of a guest with this address has reached us")
        targets = [guest.client_id] if guest.client_id else []
        targets += guest.shown("reservation:")
        entries = stores.ledger.why(conn, targets, field)
    if output is Output.JSON:
        show_rows([asdict(entry) for entry in entries], output, empty="")
        return
    if not entries:
        say("we never wrote this" if field else "we never wrote to this guest's profile")
    for entry in entries:
        _explain(entry)


def _require_field(settings: Settings, field: str) -> None:
    fields = ["briefing", *load_tables(settings.mappings).catalogue]
    if field not in fields:
        raise ConfigurationError(f"there is no field {field}; there are {', '.join(fields)}")


VERBS = {
    Action.ADD: "added",
    Action.REMOVE: "removed",
    Action.SET: "set",
    Action.TAKEN_BACK: "found removed by staff",
}


def _explain(entry: WhyEntry) -> None:
    say(f"{entry.field}: {VERBS[entry.action]} {entry.value!r}", style="bold")
    if entry.before is not None and entry.before != entry.value:
        say(f"  before     {entry.before!r}")
    if entry.rule:
        say(f"  rule       {entry.rule} at version {entry.tables_version}")
    if entry.fact:
        say(f"  because    {entry.fact}, {entry.occurred_at:{STAMP}} UTC")
    if entry.inbox_id is not None:
        say(f"  delivery   {entry.source}, inbox entry {entry.inbox_id}")
    settled = "" if entry.state is ReceiptState.CONFIRMED else f" ({entry.state})"
    say(f"  written    {entry.client_id}, {entry.written_at:{STAMP}} UTC{settled}")


def reviews(
    kind: Annotated[ReviewKind | None, typer.Option(help="Only findings of this kind.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    output: AsOutput = Output.TABLE,
) -> None:
    """What a person should look at: duplicates, answers not understood, suggestions."""
    with open_stores(Settings()) as stores, stores.database.read() as conn:
        found = stores.reviews.listed(conn, kind, limit)
    rows = [
        {
            "review": review.id,
            "kind": review.kind,
            "record": review.target or review.guest_id,
            "since": review.created_at,
            "evidence": review.evidence,
        }
        for review in found
    ]
    show_rows(rows, output, empty="nothing is waiting for a person")


def invitations(
    state: Annotated[InvitationState | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    output: AsOutput = Output.TABLE,
) -> None:
    """Who was asked after a visit, who was not, and why."""
    with open_stores(Settings()) as stores, stores.database.read() as conn:
        found = stores.invitations.listed(conn, state, limit)
    rows = [
        {
            "closed": invitation.closed_at,
            "venue": invitation.venue,
            "visit": invitation.visit,
            "guest": invitation.guest_id,
            "state": invitation.state,
            "reason": reason,
            "sent": invitation.sent_at,
        }
        for invitation, reason in found
    ]
    show_rows(rows, output, empty="no visit yet that a guest could be asked about")


def validate(
    folder: Annotated[Path | None, typer.Argument(help="Folder of the tables; by default the active one.")] = None,
) -> None:
    """Check the mapping tables: every finding with its file and line."""
    folder = folder or Settings().mappings
    findings = validate_tables(folder)
    for finding in findings:
        say(str(finding))
    if findings:
        raise typer.Exit(1)
    out.print(f"{folder}: valid")


def status() -> None:
    """What arrived, what waits and what was written, as JSON."""
    with open_stores(Settings()) as stores:
        out.print_json(data=figures(stores))
