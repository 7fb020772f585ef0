"""Runs the sandbox: as a process of its own, or in a thread beside a test."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from enrich.sandbox.app import create_app
from enrich.sandbox.config import SandboxConfig
from enrich.sandbox.exchange import TRANSPORT


class CuttableProtocol(HttpToolsProtocol):
    """Lets the application end the connection, which ASGI has no word for."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cast(dict[str, Any], self.scope)["extensions"] = {TRANSPORT: {"transport": self.transport}}


def serve(config: SandboxConfig, host: str = "127.0.0.1", port: int = 8090) -> None:
    """Until it is told to stop by a signal."""
    _server(config, host, port).run()


@contextmanager
def running_sandbox(config: SandboxConfig | None = None) -> Iterator[str]:
    """The base URL of a sandbox on a free port of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = _server(config or SandboxConfig(), "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def _server(config: SandboxConfig, host: str, port: int) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            create_app(config),
            host=host,
            port=port,
            http=CuttableProtocol,
            ws="none",
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
    )


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the sandbox did not start")
        time.sleep(0.005)
