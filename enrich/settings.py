"""Every setting, filled from the environment once, in bootstrap.py. `.env.example` lists the same names."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="ENRICH_", env_file=".env", frozen=True, extra="ignore", populate_by_name=True
    )

    state: Path = Path("state")
    """Folder of the SQLite file, the embedded Redis and logs; made with owner-only rights."""
    venues: Path = Path("venues.yaml")
    """Venues and connections (names of secrets, no secrets)."""
    mappings: Path = Path("mappings")
    """Folder of the mapping tables."""
    database_url: str = Field("", validation_alias="DATABASE_URL")
    """SQLAlchemy URL. Empty: SQLite in the state folder."""
    redis_url: str = Field("", validation_alias="REDIS_URL")
    """Broker. Empty: `enrich up` starts a private Redis on a unix socket in the state folder."""

    host: str = "127.0.0.1"
    """Where the door listens. Put a TLS proxy in front before opening it."""
    port: int = Field(8080, validation_alias="PORT")
    answer_within: float = 1.5
    """Seconds the door may take before it answers 503."""

    crm_base_url: str = "http://127.0.0.1:8090"
    crm_prefix: str = "/api-yoa/2_4"
    crm_client_id: SecretStr = SecretStr("")
    crm_client_secret: SecretStr = SecretStr("")
    crm_deadline: float = 20.0
    """Wall-clock seconds for one whole call, connect to last byte."""
    crm_parallel: int = 4
    """Calls in flight per worker process."""

    mail_base_url: str = "http://127.0.0.1:8090/mail"
    """Mail provider with a Resend-shaped API (POST /emails with an Idempotency-Key)."""
    mail_api_key: SecretStr = SecretStr("")
    mail_from: str = "Guest Relations <guests@localhost>"

    lease_seconds: float = 60.0
    """How long a worker may hold a row; longer than the longest reconcile."""
    coalesce_seconds: float = 20.0
    """How long a guest that is not urgent waits for more events, so that one write serves them all."""
    batch_size: int = 50
    retry_base: float = 2.0
    retry_cap: float = 900.0
    give_up_after: float = 72 * 3600.0
    """Seconds of failing before a row becomes a dead letter; an outage overnight must leave none."""
    server_error_pause: float = 5.0
    """Seconds before the one quick repeat after a 500."""
    survey_expires: float = 1800.0
    """Seconds after the close when an unsent invitation is left to the CRM's own follow-up."""
    sandbox_journal: Path | None = None
    """Where the sandbox CRM keeps its state over a restart. Empty: it forgets."""
    log_level: str = "INFO"

    @field_validator("sandbox_journal", mode="before")
    @classmethod
    def _none_if_empty(cls, value: object) -> object:
        return value or None
