"""The evening's own installation: a fresh folder, venues.yaml, settings and secrets."""

import hashlib
import shutil
import socket
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from ruamel.yaml import YAML

from enrich.demo.evening import Evening, Place
from enrich.demo.house import CURRENCY, ZONE
from enrich.demo.players import Addresses
from enrich.demo.survey_form import FORM_URL
from enrich.errors import ConfigurationError
from enrich.sandbox.config import SandboxConfig
from enrich.sandbox.documents import VENUE_GROUP_ID
from enrich.settings import Settings
from enrich.supervise.process import ProcessSpec
from enrich.supervise.specs import specs_for

SOURCES = ("sevenrooms", "toast", "typeform")
COALESCE = 2.0
"""Seconds. The evening runs hundreds of times faster than a real one; the usual 20 would be two hours of it."""
READER_SECRET = "DEMO_TOAST_CLIENT_SECRET"  # noqa: S105 - the name of a variable
MARK = ".enrich-demo"
"""Says that the folder is ours to empty."""


@dataclass(frozen=True, slots=True)
class Scene:
    folder: Path
    settings: Settings
    specs: tuple[ProcessSpec, ...]
    secrets: dict[str, str]
    """Signing secret by connection."""

    @property
    def addresses(self) -> Addresses:
        return Addresses(f"http://{self.settings.host}:{self.settings.port}", self.settings.crm_base_url)


def set_up(folder: Path, evening: Evening) -> Scene:
    state = folder / "state"
    _emptied(folder)
    secrets = {
        place.connection(source): _secret(evening.seed, place.connection(source))
        for place in (house.place for house in evening.houses)
        for source in SOURCES
    }
    settings = _settings(folder, state)
    _write_venues(settings.venues, evening, settings.crm_base_url)
    environment = {_variable(name): secret for name, secret in secrets.items()}
    environment[READER_SECRET] = SandboxConfig().toast_client_secret
    specs = specs_for(settings, with_sandbox=True)
    return Scene(folder, settings, tuple(_with(spec, environment) for spec in specs), secrets)


def _emptied(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise ConfigurationError(f"{folder} holds something else: name a folder that may be emptied")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    (folder / MARK).touch()


def _settings(folder: Path, state: Path) -> Settings:
    sandbox = f"http://127.0.0.1:{_free_port()}"
    config = SandboxConfig()
    return Settings(
        _env_file=None,
        state=state,
        venues=folder / "venues.yaml",
        mappings=_mappings(),
        DATABASE_URL="",
        REDIS_URL="",
        host="127.0.0.1",
        PORT=_free_port(),
        crm_base_url=sandbox,
        crm_prefix=config.crm_prefix,
        crm_client_id=SecretStr(config.crm_client_id),
        crm_client_secret=SecretStr(config.crm_client_secret),
        mail_base_url=f"{sandbox}/mail",
        mail_api_key=SecretStr(config.mail_api_key),
        coalesce_seconds=COALESCE,
        sandbox_journal=state / "sandbox.jsonl",
    )


def _mappings() -> Path:
    beside = Path(__file__).parents[2] / "mappings"
    return beside if beside.is_dir() else Path("mappings").resolve()


def _with(spec: ProcessSpec, environment: dict[str, str]) -> ProcessSpec:
    return replace(spec, environment={**spec.environment, **environment})


def _write_venues(path: Path, evening: Evening, sandbox: str) -> None:
    places = [house.place for house in evening.houses]
    document = {
        "venues": {place.id: _venue(place) for place in places},
        "connections": {
            place.connection(source): _connection(place, source, sandbox) for place in places for source in SOURCES
        },
    }
    YAML().dump(document, path)


def _venue(place: Place) -> dict[str, str]:
    return {
        "name": place.name,
        "zone": ZONE,
        "currency": CURRENCY,
        "country": "US",
        "crm_venue_id": place.crm_venue_id,
        "crm_venue_group_id": VENUE_GROUP_ID,
    }


def _connection(place: Place, source: str, sandbox: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"source": source, "venue": place.id, "secrets": [_variable(place.connection(source))]}
    if source == "toast":
        entry["reader"] = {
            "base_url": f"{sandbox}/toast",
            "client_id": SandboxConfig().toast_client_id,
            "client_secret": READER_SECRET,
            "location": place.restaurant,
        }
    if source == "typeform":
        entry["options"] = {"form_url": FORM_URL}
    return entry


def _variable(connection: str) -> str:
    return f"DEMO_SECRET_{connection.upper().replace('-', '_')}"


def _secret(seed: int, connection: str) -> str:
    return hashlib.sha256(f"{seed}:{connection}".encode()).hexdigest()


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
        return port
