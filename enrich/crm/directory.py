"""What the pipeline needs of a CRM. Every implementation passes tests/contracts/test_guest_directory.py."""

from collections.abc import Sequence
from typing import Protocol

from enrich.guests.profile import Booking, Profile, ProfilePatch


class GuestDirectory(Protocol):
    """Raises CrmUnavailable, CrmServerError, CrmThrottled, CrmAuthenticationFailed, CrmForbidden, CrmRejected."""

    def find_by_email(self, email: str) -> Sequence[Profile]:
        """All live profiles whose own main or second address is this mailbox; hits that are not are dropped.

        SearchInconclusive when the answer cannot be told from an ignored filter.
        """

    def get(self, client_id: str) -> Profile:
        """Or GuestGone."""

    def patch(self, client_id: str, patch: ProfilePatch) -> Profile:
        """The profile after the write. GuestGone, CrmConflict. An answer that does not show it: CrmUnavailable."""

    def booking(self, reservation_id: str) -> Booking:
        """Or RecordGone."""

    def write_note(self, reservation_id: str, internal_notes: str) -> Booking:
        """Replaces the staff note. RecordGone, CrmConflict."""
