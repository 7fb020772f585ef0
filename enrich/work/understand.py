"""A stored delivery becomes events: recognise, read what a thin notice leaves out, normalise."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from enrich.errors import Quarantined, RecordGone
from enrich.sources.contract import Event, Notice, Reader, Source
from enrich.store.inbox import Entry
from enrich.venues import Venue


@dataclass(frozen=True, slots=True)
class Understood:
    events: tuple[Event, ...] = ()
    ignored: str | None = None
    """Why there are none."""
    fault: Quarantined | None = None
    """The first element that could not be read; the events are those of the others."""


def understand(
    entry: Entry,
    source: Source,
    venue: Venue,
    reader: Reader | None,
    known: Callable[[Collection[str]], bool],
) -> Understood:
    """`known`: whether the facts with these keys all have their guest, so that nothing need be read.

    Raises TryLater when the vendor cannot be asked now.
    """
    try:
        notices = source.notices(entry.delivery)
    except Quarantined as fault:
        return Understood(fault=fault)
    handled = [notice for notice in notices if notice.type in source.handled]
    events: list[Event] = []
    first_fault: Quarantined | None = None
    for notice in handled:
        try:
            events += _events(notice, source, venue, reader, known)
        except Quarantined as fault:
            first_fault = first_fault or fault
    ignored = None if handled else "type_not_handled"
    return Understood(tuple(events), ignored, first_fault)


def _events(
    notice: Notice,
    source: Source,
    venue: Venue,
    reader: Reader | None,
    known: Callable[[Collection[str]], bool],
) -> Collection[Event]:
    events = source.normalise(notice, venue)
    reference = source.lacks(notice)
    if reference is None or reader is None or known([event.key for event in events]):
        return events
    try:
        whole = _laid_over(notice.record, reader.read(reference))
    except RecordGone:
        return events
    return source.normalise(replace(notice, record=whole), venue)


def _laid_over(record: Mapping[str, object], read: Mapping[str, object]) -> Mapping[str, object]:
    return {**record, **read}
