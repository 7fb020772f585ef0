"""`enrich up`: everything on this machine under one supervisor."""

from rich.console import Console

from enrich.errors import SettingMissing
from enrich.mapping.loader import load_tables
from enrich.settings import Settings
from enrich.supervise.specs import specs_for
from enrich.supervise.stack import Stack, supervise
from enrich.venue_file import Venues, load_venues

out = Console()


def up() -> None:
    """Start everything on this machine and keep it running: Redis, web, worker."""
    settings = Settings()
    # What would stop the processes one by one is better said once, here.
    _require_credentials(settings, load_venues(settings.venues))
    load_tables(settings.mappings)
    out.print(f"door    http://{settings.host}:{settings.port}/webhooks/{{source}}/{{connection}}", markup=False)
    out.print(f"status  http://{settings.host}:{settings.port}/status")
    out.print(f"logs    {settings.state / 'logs'}")
    supervise(Stack(specs_for(settings, with_sandbox=False), settings.state))


def _require_credentials(settings: Settings, venues: Venues) -> None:
    """Without them every call is refused, and all one would see is work that waits."""
    crm = (settings.crm_client_id, settings.crm_client_secret)
    if not all(secret.get_secret_value() for secret in crm):
        raise SettingMissing(
            "set ENRICH_CRM_CLIENT_ID and ENRICH_CRM_CLIENT_SECRET; the sandbox takes any two words"
        )
    if any(venues.survey_form(venue) for venue in venues.venues) and not settings.mail_api_key.get_secret_value():
        raise SettingMissing(
            "set ENRICH_MAIL_API_KEY: a connection has a form_url, so guests will be invited by mail"
        )
