"""The Celery application: `celery -A workers.app worker`. Each worker node keeps a dispatcher beside it."""

from typing import Any

from celery import Celery, signals

from enrich.due.broker import celery_app
from enrich.errors import SettingMissing
from enrich.settings import Settings
from enrich.telemetry.logs import configure_logs
from workers.dispatcher_process import DispatcherProcess
from workers.tasks import register

settings = Settings()
if not settings.redis_url:
    raise SettingMissing("set REDIS_URL for the worker; `enrich up` starts a private Redis and sets it")
app: Celery = celery_app(settings.redis_url)
register(app, settings)

_dispatcher = DispatcherProcess()


def _logs(**_: Any) -> None:
    configure_logs(settings.log_level)


def _start_dispatcher(**_: Any) -> None:
    """Before the broker is reached: without one the dispatcher does the work itself."""
    _dispatcher.start()


def _stop_dispatcher(**_: Any) -> None:
    _dispatcher.stop()


signals.setup_logging.connect(_logs)
signals.worker_init.connect(_start_dispatcher)
signals.worker_shutdown.connect(_stop_dispatcher)
