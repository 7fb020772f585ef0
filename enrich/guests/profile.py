"""A guest's profile and a reservation's note as the CRM holds them, in our words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True, order=True)
class Tag:
    """The CRM matches both parts exactly, case included."""

    group: str
    name: str

    def __str__(self) -> str:
        return f"{self.group}:{self.name}"


@dataclass(frozen=True, slots=True)
class Profile:
    client_id: str
    emails: tuple[str, ...] = ()
    """As stored, main address first; not normalised."""
    phone: str | None = None
    first_name: str = ""
    last_name: str = ""
    visits: int = 0
    """Over the whole venue group: the figure the canonical rule compares."""
    last_visit: date | None = None
    created: datetime | None = None
    tags: frozenset[Tag] = frozenset()
    notes: str = ""
    loyalty_tier: str | None = None
    custom_fields: Mapping[str, str] = field(default_factory=dict)
    """By `system_name`; always text."""
    marketing_opt_in: bool | None = None
    opted_in_at: datetime | None = None
    opted_out_at: datetime | None = None
    contact_private: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class ProfilePatch:
    """Absolute values and tag deltas: sending it twice changes nothing twice. None means "leave as it is"."""

    add_tags: tuple[Tag, ...] = ()
    remove_tags: tuple[Tag, ...] = ()
    notes: str | None = None
    loyalty_tier: str | None = None
    custom_fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (
            self.add_tags
            or self.remove_tags
            or self.custom_fields
            or self.notes is not None
            or self.loyalty_tier is not None
        )

    def shown_by(self, profile: Profile) -> bool:
        """Whether a profile read after the write holds everything this patch asked for."""
        return (
            profile.tags.issuperset(self.add_tags)
            and profile.tags.isdisjoint(self.remove_tags)
            and (self.notes is None or profile.notes == self.notes)
            and (self.loyalty_tier is None or profile.loyalty_tier == self.loyalty_tier)
            and all(profile.custom_fields.get(name) == value for name, value in self.custom_fields.items())
        )


@dataclass(frozen=True, slots=True)
class Booking:
    """A reservation as the CRM holds it: what a note write needs to know."""

    reservation_id: str
    client_id: str | None
    status: str
    internal_notes: str = ""
