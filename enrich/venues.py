"""The places we work for and how their systems reach us: data, with the names of secrets but no secret."""

from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Venue(Frozen):
    id: str
    """Our name for it, used in facts, tables and commands."""
    name: str
    zone: str
    """IANA name; the CRM's venue record carries none."""
    currency: str = Field(min_length=3, max_length=3)
    country: str = Field(min_length=2, max_length=2)
    crm_venue_id: str
    crm_venue_group_id: str

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, OSError):
            raise ValueError(f"no time zone of the IANA list: {zone}") from None
        return zone

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class Connection(Frozen):
    """One vendor account of one venue: the `{connection}` of a webhook address."""

    name: str
    source: str
    venue: str
    secrets: tuple[SecretStr, ...] = ()
    """Active signing secrets, the newest first. Empty: the source is off and refuses everything."""
    reader: "ReaderAccess | None" = None
    options: dict[str, str] = {}
    """What only this vendor needs, e.g. the Typeform form's link."""
    max_body_bytes: int = 2_000_000


class ReaderAccess(Frozen):
    """How to ask the vendor for what its notices leave out."""

    base_url: str
    client_id: str
    client_secret: SecretStr
    location: str
