"""A stored delivery becomes events: recognise and normalise, then lay over what a thin notice left out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from enrich.errors import Quarantined
from enrich.sources.contract import Event, Notice, Source
from enrich.store.inbox import Entry
from enrich.venues import Venue


@dataclass(frozen=True, slots=True)
class Told:
    """What one notice says. `lacks`: the vendor's reference to ask with for what it leaves out."""

    notice: Notice
    events: tuple[Event, ...]
    lacks: str | None


@dataclass(frozen=True, slots=True)
class Understood:
    told: tuple[Told, ...] = ()
    ignored: str | None = None
    """Why there is nothing."""
    fault: Quarantined | None = None
    """Of the first element that could not be read; what the others say stands."""

    @property
    def events(self) -> list[Event]:
        return [event for told in self.told for event in told.events]


def understand(entry: Entry, source: Source, venue: Venue) -> Understood:
    try:
        notices = source.notices(entry.delivery)
    except Quarantined as fault:
        return Understood(fault=fault)
    handled = [notice for notice in notices if notice.type in source.handled]
    told: list[Told] = []
    first_fault: Quarantined | None = None
    for notice in handled:
        try:
            told.append(Told(notice, tuple(source.normalise(notice, venue)), source.lacks(notice)))
        except Quarantined as fault:
            first_fault = first_fault or fault
    return Understood(tuple(told), None if handled else "type_not_handled", first_fault)


def completed(
    understood: Understood, source: Source, venue: Venue, read: Mapping[str, Mapping[str, Any]]
) -> Understood:
    """With what the vendor answered to each reference laid over the notices that lacked it."""
    told: list[Told] = []
    fault = understood.fault
    for one in understood.told:
        whole = read.get(one.lacks) if one.lacks else None
        try:
            told.append(_whole(one, whole, source, venue) if whole else one)
        except Quarantined as odd:
            fault = fault or odd
    return replace(understood, told=tuple(told), fault=fault)


def _whole(told: Told, read: Mapping[str, Any], source: Source, venue: Venue) -> Told:
    notice = replace(told.notice, record={**told.notice.record, **read})
    return replace(told, notice=notice, events=tuple(source.normalise(notice, venue)))


def lacking(understood: Understood, known: Collection[str]) -> set[str]:
    """The references worth asking with. `known`: keys of the facts whose guest is known already."""
    return {
        one.lacks for one in understood.told if one.lacks and not all(event.key in known for event in one.events)
    }
