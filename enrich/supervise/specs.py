"""What runs on one machine, in the order of starting."""

import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from enrich.settings import Settings
from enrich.supervise.process import ProcessSpec
from enrich.supervise.redis import RedisServer

WORKER = (
    *(sys.executable, "-m", "celery", "-A", "workers.app", "worker"),
    *("--loglevel", "WARNING", "--concurrency", "2"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
)


def redis_for(settings: Settings) -> RedisServer | None:
    """The private Redis, unless REDIS_URL names another one."""
    if settings.redis_url:
        return None
    settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    return RedisServer(settings.state / "redis")


def specs_for(settings: Settings, with_sandbox: bool) -> list[ProcessSpec]:
    """With `with_sandbox`, the sandbox CRM listens where `crm_base_url` points."""
    redis = redis_for(settings)
    environment = environment_of(settings, redis.url if redis else settings.redis_url)
    specs = [redis.spec] if redis else []
    if with_sandbox:
        specs.append(ProcessSpec("sandbox", _sandbox(settings), environment))
    specs.append(ProcessSpec("web", _enrich("web"), environment))
    specs.append(ProcessSpec("worker", WORKER, environment, grace=settings.crm_deadline + 10.0))
    return specs


def environment_of(settings: Settings, redis_url: str) -> dict[str, str]:
    """Every setting, the empty ones too: a `.env` in the working folder must not fill them again."""
    return {**dict(_variables(settings)), "REDIS_URL": redis_url}


def variable_of(field: str) -> str:
    """The environment variable that fills a field of Settings."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"ENRICH_{field.upper()}"


def _variables(settings: Settings) -> Iterator[tuple[str, str]]:
    for field in Settings.model_fields:
        yield variable_of(field), _text(getattr(settings, field))


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path):
        return str(value.resolve())
    return "" if value is None else str(value)


def _sandbox(settings: Settings) -> tuple[str, ...]:
    address = urlsplit(settings.crm_base_url)
    return (*_enrich("sandbox"), "--host", address.hostname or "127.0.0.1", "--port", str(address.port or 80))


def _enrich(command: str) -> tuple[str, ...]:
    return (sys.executable, "-m", f"enrich.cli.{command}")
