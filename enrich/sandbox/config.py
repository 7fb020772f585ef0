"""What one sandbox is: its credentials, its habits and where it keeps its state."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

TagEncoding = Literal["object", "parts", "string"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig:
    journal: Path | None = None
    """File that keeps the state over a restart, however hard. None: the state dies with the process."""
    crm_prefix: str = "/api-yoa/2_4"
    crm_client_id: str = "5a" * 64
    crm_client_secret: str = "c3" * 64
    token_seconds: float = 24 * 3600.0
    tag_encoding: TagEncoding = "object"
    """Three have been seen on reads of the real service."""
    strict_tags: bool = True
    """Refuse tags outside the book's tag groups, and computed groups. A book without groups refuses none."""
    rate_limit: float | None = None
    """Requests a second on the CRM surface; a second's worth may come at once."""
    toast_client_id: str = "toast-client"
    toast_client_secret: str = "toast-" * 4
    mail_api_key: str = "re_sandbox"
    keep: int = 200_000
    """How many requests, changes and mails are remembered, each."""
