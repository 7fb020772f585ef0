"""`enrich sandbox`: a CRM to develop against."""

from pathlib import Path
from typing import Annotated

import typer

from enrich.sandbox.config import SandboxConfig
from enrich.sandbox.server import serve
from enrich.settings import Settings


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
    if port:
        typer.echo(f"sandbox  http://{host}:{port}")
    serve(config, host, port)


if __name__ == "__main__":
    typer.run(sandbox)
