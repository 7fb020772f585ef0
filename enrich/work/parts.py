"""What the work needs, built once by bootstrap."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from enrich.crm.directory import GuestDirectory
from enrich.due.doorbell import Doorbell
from enrich.due.retry import Policy
from enrich.due.unit import Claim
from enrich.errors import LeaseTooShort, VenueUnknown
from enrich.guests.desired import Event, Place
from enrich.mapping.table import Tables
from enrich.sources.contract import Reader, Source
from enrich.store.facts import Guest
from enrich.store.stores import Stores
from enrich.touches.sender import Sender
from enrich.venue_file import Venues

MARGIN = timedelta(seconds=5)
"""What a claim must outlast the call by."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Durations of the work."""

    coalesce: timedelta
    call_deadline: timedelta
    begin_within: timedelta
    """How long after its claim a unit may be begun: the rest of the lease is for its calls."""
    survey_expires: timedelta
    retry: Policy


@dataclass(frozen=True, slots=True)
class Parts:
    stores: Stores
    sources: Mapping[str, Source]
    readers: Callable[[str, str], Reader | None]
    """(source, connection) → its reader, if it has one."""
    venues: Venues
    tables: Tables
    crm: GuestDirectory
    sender: Sender
    mail_from: str
    doorbell: Doorbell
    pace: Pace

    def now(self, conn: Connection) -> datetime:
        return self.stores.database.now(conn)

    def give_back(self, claims: Sequence[Claim]) -> None:
        """Claims nothing was begun of."""
        if not claims:
            return
        with self.stores.database.write() as conn:
            self.stores.due.give_back(conn, claims)

    def require_lease(self, conn: Connection, claim: Claim, call: timedelta) -> None:
        """Nothing is sent whose answer, due within `call`, might find the claim gone."""
        if not self.stores.due.holds(conn, claim, for_at_least=call + MARGIN):
            raise LeaseTooShort("the claim would end before the answer to what it sends: nothing was sent")

    def place(self, event: Event) -> Place:
        venue = self.venues.venues.get(event.venue)
        if venue is None:
            raise VenueUnknown(f"{event.key} is of the venue {event.venue}, which venues.yaml does not list")
        return Place(venue.tzinfo, venue.currency)

    def place_of(self, guest: Guest) -> Place:
        """Where the guest was last; a guest all of whose facts moved away is at our first venue."""
        if guest.facts:
            return self.place(guest.facts[-1].event)
        venue = next(iter(self.venues.venues.values()))
        return Place(venue.tzinfo, venue.currency)
