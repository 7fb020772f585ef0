"""`enrich`: every command, and how its errors are said."""

import sys

import typer
from rich.console import Console

from enrich.cli import ask, inbox
from enrich.cli.demo import demo
from enrich.cli.sandbox import sandbox
from enrich.cli.up import up
from enrich.cli.web import web
from enrich.errors import EnrichError


class Application(typer.Typer):
    def __call__(self, *args: object, **kwargs: object) -> object:
        """Our own errors are sentences for the operator, not traces."""
        try:
            return super().__call__(*args, **kwargs)
        except EnrichError as error:
            Console(stderr=True).print(
                f"enrich: {error}", style="red", highlight=False, markup=False, soft_wrap=True
            )
            sys.exit(1)


app = Application(
    name="enrich",
    help="Guest enrichment for restaurants and hotels on SevenRooms.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for command in (up, web, sandbox, demo):
    app.command()(command)
ask.add_to(app)
app.add_typer(inbox.commands, name="inbox")
