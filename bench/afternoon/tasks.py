"""The Celery application and its one task: find the client, PATCH what the event says."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import orjson
from celery import Celery

from bench.afternoon import patches
from bench.afternoon.crm import Crm, Document
from enrich.errors import RecordGone
from enrich.events.guest_event import CheckEvent, CheckState, ReservationEvent, SurveyEvent
from enrich.mapping.loader import load_tables
from enrich.settings import Settings
from enrich.sources.contract import Delivery, Event, Notice, Reader
from enrich.sources.registry import READERS, SOURCES
from enrich.venue_file import load_venues

settings = Settings()
venues = load_venues(settings.venues)
tables = load_tables(settings.mappings)
app = Celery("afternoon", broker=settings.redis_url)
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True)

Change = dict[str, Any]


@cache
def crm() -> Crm:
    """One a process."""
    return Crm(settings)


@cache
def reader(source: str, connection: str) -> Reader | None:
    known = venues.connection(source, connection)
    return READERS[source](known.reader) if known and known.reader and source in READERS else None


@app.task  # type: ignore[untyped-decorator]
def process_event(source: str, connection: str, body: str) -> None:
    delivery = Delivery("", (), body.encode())
    for notice in SOURCES[source].notices(delivery):
        if notice.type in SOURCES[source].handled:
            _process(source, connection, notice, body)


def _process(source: str, connection: str, notice: Notice, body: str) -> None:
    known = venues.connection(source, connection)
    assert known
    for event in SOURCES[source].normalise(notice, venues.venues[known.venue]):
        if isinstance(event, ReservationEvent):
            if notice.type.endswith("created") or _matters(notice.record, _changes(body)):
                _reservation(event, notice.record.get("internal_notes") or "")
        elif isinstance(event, CheckEvent):
            if event.state is CheckState.CLOSED:
                _check(event, source, connection, notice)
        else:
            _survey(event)


def _changes(body: str) -> list[Change]:
    """What the notice itself says has changed."""
    told = orjson.loads(body)
    envelope = told[0] if isinstance(told, list) else told
    changes: list[Change] = envelope.get("changes") or envelope.get("updates") or []
    return changes


def _matters(record: Any, changes: Iterable[Change]) -> bool:
    """The three edits that can tell something new: the channel, a larger party, one more occasion."""
    return any(_is_news(record, change["field"], change["previous"]) for change in changes)


def _is_news(record: Any, field: str, previous: Any) -> bool:
    if field == "max_guests":
        return bool(record[field] > (previous or 0))
    return field == "booked_by" or (field == "tags" and len(record[field]) > len(previous or ()))


def _reservation(event: ReservationEvent, note: str) -> None:
    client = _client(event)
    if client:
        crm().patch(f"/reservations/{event.reservation_id}", patches.of_reservation(event, client, note))


def _check(event: CheckEvent, source: str, connection: str, notice: Notice) -> None:
    """The notice leaves the guest out: the order is read back for the e-mail or the reservation."""
    whole = _read_back(event, source, connection, notice)
    client = _client(whole)
    if client:
        _patch(client, patches.of_check(whole, tables, client))


def _read_back(event: CheckEvent, source: str, connection: str, notice: Notice) -> CheckEvent:
    reference, vendor, known = SOURCES[source].lacks(notice), reader(source, connection), venues.connection
    place = known(source, connection)
    if reference is None or vendor is None or place is None:
        return event
    try:
        order = vendor.read(reference)
    except RecordGone:
        return event
    read = SOURCES[source].normalise(Notice(notice.key, notice.type, order), venues.venues[place.venue])
    return next((one for one in read if one.key == event.key and isinstance(one, CheckEvent)), event)


def _survey(event: SurveyEvent) -> None:
    client = _client(event)
    if client:
        _patch(client, patches.of_survey(event, tables, client))


def _client(event: Event) -> Document | None:
    """By e-mail, else by the client's id, else by way of the reservation."""
    identifiers = event.identifiers
    if identifiers.email:
        return crm().client_by_email(identifiers.email)
    client_id = identifiers.client_id
    if client_id is None and identifiers.reservation_id and not isinstance(event, ReservationEvent):
        booking = crm().reservation(identifiers.reservation_id)
        client_id = booking["venue_group_client_id"] or booking["client_id"]
    return crm().client(client_id) if client_id else None


def _patch(client: Document, body: Document) -> None:
    if body:
        crm().patch(f"/clients/{client['id']}", body)
