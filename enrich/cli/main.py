"""`enrich`: every command, and how its errors are said."""

import sys
from typing import NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console

from enrich.cli import ask, inbox
from enrich.cli.demo import demo
from enrich.cli.sandbox import sandbox
from enrich.cli.up import up
from enrich.cli.web import web
from enrich.errors import EnrichError
from enrich.settings import Settings
from enrich.telemetry.logs import configure_logs


class Application(typer.Typer):
    def __call__(self, *args: object, **kwargs: object) -> object:
        """Our own errors are sentences for the operator, not traces."""
        try:
            return super().__call__(*args, **kwargs)
        except EnrichError as error:
            _end_with(str(error))
        except ValidationError as error:
            if error.title != Settings.__name__:
                raise
            first = error.errors()[0]
            _end_with(f"setting {first['loc'][0]}: {first['msg']}")


def _end_with(sentence: str) -> NoReturn:
    Console(stderr=True).print(f"enrich: {sentence}", style="red", highlight=False, markup=False, soft_wrap=True)
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


@app.callback()
def _prepare() -> None:
    """Faults of a command are logged like those of a process: without values."""
    configure_logs("WARNING")


app.add_typer(inbox.commands, name="inbox")
