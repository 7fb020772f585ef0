"""How we use Celery and its broker: a doorbell that may be lost, never the record of anything.

The settings and what was measured behind each: docs/decisions/0002-celery-is-a-doorbell.md
"""

from typing import Any

from celery import Celery
from kombu.entity import Exchange, Queue

from enrich.due.doorbell import queue_of
from enrich.due.unit import Kind

TIME_LIMIT = 90


def _queue(name: str) -> Queue:
    """Bound by its own name: queues without one all share the default exchange's key, and every message."""
    return Queue(name, Exchange(name, type="direct"), routing_key=name)  # type: ignore[no-untyped-call]


SETTINGS: dict[str, Any] = {
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_ignore_result": True,
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_soft_time_limit": TIME_LIMIT - 15,
    "task_time_limit": TIME_LIMIT,
    "task_create_missing_queues": False,
    "task_queues": [_queue(queue_of(kind)) for kind in Kind],
    "task_default_queue": queue_of(Kind.DELIVERY),
    "task_routes": {},
    "worker_prefetch_multiplier": 1,
    "worker_max_tasks_per_child": 2_000,
    "worker_max_memory_per_child": 300_000,
    "worker_enable_remote_control": False,
    "worker_send_task_events": False,
    "worker_hijack_root_logger": False,
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_transport_options": {
        "visibility_timeout": TIME_LIMIT + 30,
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    },
}


def celery_app(broker_url: str) -> Celery:
    app = Celery("enrich", broker=broker_url, set_as_current=False)
    app.conf.update(SETTINGS)
    return app


def publishing_app(broker_url: str) -> Celery:
    """For doorbells: gives up on a silent broker within about a second."""
    app = celery_app(broker_url)
    options = {**SETTINGS["broker_transport_options"], "socket_timeout": 1, "socket_connect_timeout": 1}
    app.conf.update(broker_transport_options=options, broker_connection_timeout=1, broker_pool_limit=1)
    return app
