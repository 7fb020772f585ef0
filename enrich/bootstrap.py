"""Builds the real objects from settings; the one place that knows them all."""

import os
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache

import structlog
from celery import Celery
from starlette.applications import Starlette

from enrich.crm.sevenrooms.call import CallRecord
from enrich.crm.sevenrooms.client import SevenRoomsDirectory
from enrich.crm.sevenrooms.dialects import GUIDE
from enrich.due.broker import publishing_app
from enrich.due.doorbell import CeleryDoorbell, Doorbell, SilentDoorbell
from enrich.due.retry import Policy
from enrich.errors import ConfigurationError
from enrich.ingress.app import create_app
from enrich.ingress.door import Door
from enrich.ingress.group_commit import GroupCommit
from enrich.mapping.loader import load_tables
from enrich.settings import Settings
from enrich.sources.contract import Reader
from enrich.sources.registry import READERS, SOURCES
from enrich.store.accounts import Accounts
from enrich.store.database import Database, normalised_url, sqlite_url
from enrich.store.due import DueRows
from enrich.store.facts import Facts
from enrich.store.inbox import Inbox
from enrich.store.invitations import Invitations
from enrich.store.ledger import Ledger
from enrich.store.reviews import Reviews
from enrich.store.schema import upgrade
from enrich.store.stores import Stores
from enrich.store.tokens import DatabaseTokenStore
from enrich.touches.sender import ResendSender
from enrich.venue_file import Venues, load_venues
from enrich.work.parts import Pace, Parts
from enrich.work.worker import Worker

log = structlog.get_logger()


def database_url(settings: Settings) -> str:
    return normalised_url(settings.database_url) if settings.database_url else sqlite_url(settings.state)


@contextmanager
def open_stores(settings: Settings, *, busy_seconds: float = 10.0) -> Iterator[Stores]:
    """The database, at the newest schema."""
    database = Database(database_url(settings), busy_seconds=busy_seconds)
    try:
        upgrade(database)
        yield stores_on(database, settings)
    finally:
        database.close()


def stores_on(database: Database, settings: Settings) -> Stores:
    owner = f"{socket.gethostname()[:30]}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
    due = DueRows(database, owner=owner, lease=timedelta(seconds=settings.lease_seconds))
    return Stores(
        database=database,
        due=due,
        inbox=Inbox(database, due),
        facts=Facts(database),
        ledger=Ledger(database),
        reviews=Reviews(database),
        invitations=Invitations(),
        accounts=Accounts(database),
    )


@contextmanager
def open_worker(settings: Settings) -> Iterator[tuple[Worker, Stores]]:
    """Everything one process needs to work through what is due."""
    venues, tables = load_venues(settings.venues), load_tables(settings.mappings)
    with open_stores(settings) as stores, open_doorbell(settings) as doorbell:
        crm = _directory(settings, venues, stores.database)
        sender = ResendSender(settings.mail_base_url, settings.mail_api_key.get_secret_value())
        parts = Parts(
            stores=stores,
            sources=SOURCES,
            readers=_readers(venues),
            venues=venues,
            tables=tables,
            crm=crm,
            sender=sender,
            mail_from=settings.mail_from,
            doorbell=doorbell,
            pace=_pace(settings),
        )
        worker = Worker(parts, parallel=settings.crm_parallel, batch=settings.batch_size)
        stores.keep_tables(tables.version, dict(tables.files))
        try:
            yield worker, stores
        finally:
            worker.close()
            crm.close()
            sender.close()


@contextmanager
def open_doorbell(settings: Settings) -> Iterator[Doorbell]:
    """A doorbell that rings nowhere without a broker: the dispatcher finds what is due all the same."""
    if not settings.redis_url:
        yield SilentDoorbell()
        return
    doorbell = CeleryDoorbell(broker(settings))
    try:
        yield doorbell
    finally:
        doorbell.close()


def broker(settings: Settings) -> Celery:
    return publishing_app(settings.redis_url)


def web_app(settings: Settings) -> Starlette:
    """The door. It opens no connection to the CRM and needs no broker to answer."""
    venues = load_venues(settings.venues)
    load_tables(settings.mappings)
    database = Database(database_url(settings), busy_seconds=min(1.0, settings.answer_within))
    upgrade(database)
    stores = stores_on(database, settings)
    commits = GroupCommit(stores.inbox)
    doorbell = CeleryDoorbell(broker(settings)) if settings.redis_url else SilentDoorbell()
    door = Door(
        sources=SOURCES,
        venues=venues,
        commits=commits,
        doorbell=doorbell,
        now=_now,
        answer_within=settings.answer_within,
    )
    return create_app(door, stores, on_close=[commits.close, database.close])


def _directory(settings: Settings, venues: Venues, database: Database) -> SevenRoomsDirectory:
    groups = {venue.crm_venue_group_id for venue in venues.venues.values()}
    if len(groups) != 1:
        raise ConfigurationError(
            f"{settings.venues} names {len(groups)} venue groups; one set of CRM credentials serves exactly one"
        )
    return SevenRoomsDirectory(
        base_url=settings.crm_base_url,
        dialect=GUIDE.under(settings.crm_prefix),
        venue_group_id=groups.pop(),
        client_id=settings.crm_client_id.get_secret_value(),
        client_secret=settings.crm_client_secret.get_secret_value(),
        token_store=DatabaseTokenStore(database),
        deadline=settings.crm_deadline,
        now=_now,
        on_call=_log_call,
    )


def _log_call(call: CallRecord) -> None:
    log.debug("crm_call", method=call.method, path=call.path, status=call.status, seconds=call.seconds)


def _readers(venues: Venues) -> Callable[[str, str], Reader | None]:
    @cache
    def reader(source: str, name: str) -> Reader | None:
        connection = venues.connection(source, name)
        make = READERS.get(source)
        return make(connection.reader) if make and connection and connection.reader else None

    return reader


def _pace(settings: Settings) -> Pace:
    # A reconcile is two calls at the most with its lease still standing at the end.
    if settings.lease_seconds <= 2 * settings.crm_deadline + 5:
        raise ConfigurationError(
            f"ENRICH_LEASE_SECONDS is {settings.lease_seconds:g}: it must be more than twice ENRICH_CRM_DEADLINE "
            f"({settings.crm_deadline:g}) and 5 seconds, or no write would ever fit into its lease"
        )
    return Pace(
        coalesce=timedelta(seconds=settings.coalesce_seconds),
        call_deadline=timedelta(seconds=settings.crm_deadline),
        begin_within=timedelta(seconds=max(1.0, settings.lease_seconds - 2 * settings.crm_deadline - 5)),
        survey_expires=timedelta(seconds=settings.survey_expires),
        retry=Policy(
            base=settings.retry_base,
            cap=settings.retry_cap,
            give_up_after=settings.give_up_after,
            server_error_pause=settings.server_error_pause,
        ),
    )


def _now() -> datetime:
    return datetime.now(UTC)
