import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery
from children import eventually

from enrich.errors import ConfigurationError
from enrich.supervise.redis import RedisServer
from enrich.supervise.stack import Stack

Run = Callable[..., Stack]


@pytest.fixture
def short() -> Iterator[Path]:
    """pytest's own folders may be too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="e %41#") as folder:
        yield Path(folder)


@pytest.fixture
def deep(tmp_path: Path, short: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Too deep for a socket; what goes elsewhere goes to `short`."""
    monkeypatch.setattr(tempfile, "tempdir", str(short))
    return tmp_path / ("d" * 60) / ("e" * 60)


def started(run: Run, server: RedisServer) -> Stack:
    stack = run(server.spec)
    stack.wait_ready({"redis": server.answers})
    return stack


def client(server: RedisServer) -> redis.Redis:
    return redis.Redis.from_url(server.client_url)


def test_what_was_written_survives_a_kill(run: Run, short: Path) -> None:
    server = RedisServer(short)
    stack = started(run, server)
    client(server).set("rung", "once")
    first = stack.pids["redis"]
    stack.kill("redis")
    assert eventually(lambda: stack.pids.get("redis") not in (None, first) and server.answers())
    assert client(server).get("rung") == b"once"


def test_celery_sends_and_receives_over_the_socket(run: Run, short: Path) -> None:
    server = RedisServer(short)
    started(run, server)
    app = Celery(broker=server.url)
    app.conf.broker_transport_options = {
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 10,
    }
    with app.connection_for_write() as connection, connection.SimpleQueue("doorbell") as queue:
        queue.put({"unit": 7})
        message = queue.get(timeout=5)
        message.ack()
    assert message.payload == {"unit": 7}


def test_nobody_else_on_the_machine_gets_in(run: Run, short: Path) -> None:
    server = RedisServer(short / "redis")
    started(run, server)
    assert server.folder.stat().st_mode & 0o777 == 0o700
    assert server.socket.stat().st_mode & 0o777 == 0o700
    assert client(server).config_get("port") == {"port": "0"}


def test_it_refuses_rather_than_forgets_and_writes_no_snapshots(run: Run, short: Path) -> None:
    server = RedisServer(short)
    started(run, server)
    settings = client(server).config_get("*")
    assert settings["maxmemory-policy"] == "noeviction"
    assert (settings["appendonly"], settings["appendfsync"], settings["save"]) == ("yes", "everysec", "")


def test_a_folder_too_deep_for_a_socket_gets_a_private_one_elsewhere(run: Run, deep: Path) -> None:
    server = RedisServer(deep)
    started(run, server)
    assert len(os.fsencode(server.socket)) < 104
    assert server.socket.parent.stat().st_mode & 0o777 == 0o700
    assert RedisServer(deep).socket == server.socket
    assert RedisServer(deep.with_name("f" * 60)).socket != server.socket
    assert (deep / "appendonly.aof").exists()


def test_a_socket_folder_planted_by_somebody_else_is_refused(deep: Path, tmp_path: Path) -> None:
    planted = RedisServer(deep).socket.parent
    planted.rmdir()
    planted.symlink_to(tmp_path)
    with pytest.raises(ConfigurationError, match="belongs to somebody else"):
        RedisServer(deep)


def test_a_server_that_is_not_there_does_not_answer(short: Path) -> None:
    began = time.monotonic()
    assert not RedisServer(short).answers()
    assert time.monotonic() - began < 2
