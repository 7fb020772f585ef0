"""`enrich web`: the door. A module of its own, so that the process loads nothing else."""

import uvicorn

from enrich.bootstrap import web_app
from enrich.settings import Settings
from enrich.telemetry.logs import configure_logs


def web() -> None:
    """The door for webhooks, and /healthz, /readyz, /status, /metrics."""
    settings = Settings()
    configure_logs(settings.log_level)
    uvicorn.run(
        web_app(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=2_000,
        timeout_graceful_shutdown=10,
    )


if __name__ == "__main__":
    web()
