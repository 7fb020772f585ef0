"""The guest directory as a double: the same promises, kept in a dictionary."""

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from enrich.crm.directory import GuestDirectory
from enrich.crm.rules import mailbox, owns, refuse_unsendable
from enrich.errors import GuestGone, RecordGone
from enrich.guests.profile import Booking, Profile, ProfilePatch


class InMemoryDirectory(GuestDirectory):
    def __init__(self) -> None:
        self._lock = Lock()
        self._profiles: dict[str, Profile] = {}
        self._bookings: dict[str, Booking] = {}

    def add(self, *records: Profile | Booking) -> None:
        """Puts records in, replacing those with the same id."""
        with self._lock:
            for record in records:
                if isinstance(record, Profile):
                    self._profiles[record.client_id] = record
                else:
                    self._bookings[record.reservation_id] = record

    def all(self) -> Sequence[Profile]:
        """Every profile, deleted ones too, in the order they came."""
        with self._lock:
            return tuple(self._profiles.values())

    def find_by_email(self, email: str) -> Sequence[Profile]:
        wanted = mailbox(email)
        return [profile for profile in self.all() if owns(profile, wanted) and not profile.deleted]

    def get(self, client_id: str) -> Profile:
        with self._lock:
            return self._live(client_id)

    def patch(self, client_id: str, patch: ProfilePatch) -> Profile:
        refuse_unsendable(patch)
        with self._lock:
            self._profiles[client_id] = after = _patched(self._live(client_id), patch)
        return after

    def booking(self, reservation_id: str) -> Booking:
        with self._lock:
            return self._booked(reservation_id)

    def write_note(self, reservation_id: str, internal_notes: str) -> Booking:
        with self._lock:
            after = replace(self._booked(reservation_id), internal_notes=internal_notes)
            self._bookings[reservation_id] = after
        return after

    def _live(self, client_id: str) -> Profile:
        profile = self._profiles.get(client_id)
        if profile is None or profile.deleted:
            raise GuestGone(f"no profile {client_id}")
        return profile

    def _booked(self, reservation_id: str) -> Booking:
        booking = self._bookings.get(reservation_id)
        if booking is None:
            raise RecordGone(f"no reservation {reservation_id}")
        return booking


def _patched(profile: Profile, patch: ProfilePatch) -> Profile:
    return replace(
        profile,
        tags=(profile.tags - frozenset(patch.remove_tags)) | frozenset(patch.add_tags),
        notes=profile.notes if patch.notes is None else patch.notes,
        loyalty_tier=profile.loyalty_tier if patch.loyalty_tier is None else patch.loyalty_tier,
        custom_fields={**profile.custom_fields, **patch.custom_fields},
    )
