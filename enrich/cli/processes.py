"""Commands that are processes: web, sandbox, and all of them under one supervisor."""

from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from rich.console import Console

from enrich.bootstrap import web_app
from enrich.mapping.loader import load_tables
from enrich.sandbox.config import SandboxConfig
from enrich.sandbox.server import serve
from enrich.settings import Settings
from enrich.supervise.specs import specs_for
from enrich.supervise.stack import Stack, supervise
from enrich.telemetry.logs import configure_logs
from enrich.venue_file import load_venues

out = Console()


def add_to(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(web)
    app.command()(sandbox)


def up() -> None:
    """Start everything on this machine and keep it running: Redis, web, worker."""
    settings = Settings()
    # What would stop the processes one by one is better said once, here.
    load_venues(settings.venues)
    load_tables(settings.mappings)
    out.print(f"door    http://{settings.host}:{settings.port}/webhooks/{{source}}/{{connection}}", markup=False)
    out.print(f"status  http://{settings.host}:{settings.port}/status")
    out.print(f"logs    {settings.state / 'logs'}")
    supervise(Stack(specs_for(settings, with_sandbox=False), settings.state))


def web() -> None:
    """The door for webhooks, and /healthz, /readyz, /status, /metrics."""
    settings = Settings()
    configure_logs(settings.log_level)
    uvicorn.run(
        web_app(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=2_000,
        timeout_graceful_shutdown=10,
    )


def sandbox(
    host: Annotated[str, typer.Option(help="Where it listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0: any free port.")] = 8090,
    journal: Annotated[Path | None, typer.Option(help="File that keeps its state over a restart.")] = None,
) -> None:
    """A CRM to develop against, with a POS to read from and a mailbox; it forgets nothing and mails nobody."""
    settings, defaults = Settings(), SandboxConfig()
    config = SandboxConfig(
        journal=journal or settings.sandbox_journal,
        crm_client_id=settings.crm_client_id.get_secret_value() or defaults.crm_client_id,
        crm_client_secret=settings.crm_client_secret.get_secret_value() or defaults.crm_client_secret,
        mail_api_key=settings.mail_api_key.get_secret_value() or defaults.mail_api_key,
    )
    serve(config, host, port)
