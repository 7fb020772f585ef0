"""venues.yaml: venues and connections. Secrets are named there and read from the environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, SecretStr, StringConstraints, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from enrich.errors import ConfigurationError, SettingMissing
from enrich.sources.registry import SOURCES
from enrich.venues import Connection, ReaderAccess, Venue

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
"""Part of a webhook address and of stored rows."""


class _ReaderEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    base_url: str
    client_id: str
    client_secret: str
    location: str


class _ConnectionEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    source: str
    venue: str
    secrets: list[str] = []
    reader: _ReaderEntry | None = None
    options: dict[str, str] = {}
    max_body_bytes: int = 2_000_000


class _VenueFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    venues: dict[Name, dict[str, Any]]
    connections: dict[Name, _ConnectionEntry]


class Venues:
    def __init__(self, venues: Mapping[str, Venue], connections: Mapping[tuple[str, str], Connection]) -> None:
        self.venues = venues
        self.connections = connections

    def connection(self, source: str, name: str) -> Connection | None:
        return self.connections.get((source, name))

    def survey_form(self, venue: str) -> str | None:
        """Where a guest of this venue answers: the `form_url` of its survey connection."""
        urls = (
            connection.options["form_url"]
            for connection in self.connections.values()
            if connection.venue == venue and "form_url" in connection.options
        )
        return next(urls, None)


def load_venues(path: Path, environment: Mapping[str, str] | None = None) -> Venues:
    """SettingMissing names the variable of a secret that is absent; an empty secret is an error too."""
    environment = _surroundings() if environment is None else environment
    entries = _read(path)
    venues = {name: _venue(path, name, fields) for name, fields in entries.venues.items()}
    connections = {
        (entry.source, name): _connection(path, name, entry, venues, environment)
        for name, entry in entries.connections.items()
    }
    return Venues(venues, connections)


def _surroundings() -> dict[str, str]:
    """As for the settings: the environment beats the file .env."""
    return {name: value for name, value in dotenv_values(".env").items() if value} | dict(os.environ)


def _read(path: Path) -> _VenueFile:
    try:
        return _VenueFile.model_validate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ConfigurationError(f"{path} is missing: copy venues.example.yaml and fill it in") from None
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise ConfigurationError(f"{path}: {error}") from None
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {_first(error)}") from None


def _first(error: ValidationError, *where: str) -> str:
    first = error.errors()[0]
    place = ".".join([*where, *(str(part) for part in first["loc"])])
    said = first["msg"].removeprefix("Value error, ")
    return f"{place}: {said}" if place else said


def _venue(path: Path, name: str, fields: Mapping[str, Any]) -> Venue:
    try:
        return Venue.model_validate({**fields, "id": name})
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {_first(error, 'venues', name)}") from None


def _connection(
    path: Path, name: str, entry: _ConnectionEntry, venues: Mapping[str, Venue], environment: Mapping[str, str]
) -> Connection:
    if entry.source not in SOURCES:
        raise ConfigurationError(
            f"{path}: connection {name} names the source {entry.source}; there are {', '.join(sorted(SOURCES))}"
        )
    if entry.venue not in venues:
        raise ConfigurationError(f"{path}: connection {name} names the venue {entry.venue}, which is not listed")
    reader = entry.reader and ReaderAccess(
        base_url=entry.reader.base_url,
        client_id=entry.reader.client_id,
        client_secret=_secret(path, name, entry.reader.client_secret, environment),
        location=entry.reader.location,
    )
    return Connection(
        name=name,
        source=entry.source,
        venue=entry.venue,
        secrets=tuple(_secret(path, name, variable, environment) for variable in entry.secrets),
        reader=reader,
        options=entry.options,
        max_body_bytes=entry.max_body_bytes,
    )


def _secret(path: Path, connection: str, variable: str, environment: Mapping[str, str]) -> SecretStr:
    """`NAME_FILE` may point to a file instead, as container platforms hand secrets out."""
    value = environment.get(variable, "")
    if not value and (file := environment.get(f"{variable}_FILE")):
        value = _secret_file(Path(file), variable)
    if not value.strip():
        raise SettingMissing(f"set {variable}: {path} names it as a secret of the connection {connection}")
    return SecretStr(value.strip())


def _secret_file(path: Path, variable: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingMissing(
            f"{variable}_FILE names {path}, which cannot be read: {type(error).__name__}"
        ) from None
