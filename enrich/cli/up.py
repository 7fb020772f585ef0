"""`enrich up`: everything on this machine under one supervisor."""

from rich.console import Console

from enrich.mapping.loader import load_tables
from enrich.settings import Settings
from enrich.supervise.specs import specs_for
from enrich.supervise.stack import Stack, supervise
from enrich.venue_file import load_venues

out = Console()


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
