"""What happened to a guest, in our words, whichever vendor said it."""

from datetime import UTC, date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Money(Frozen):
    amount: Decimal
    currency: str = Field(min_length=3, max_length=3)


class Identifiers(Frozen):
    """Whatever a vendor says about who the guest is, as sent. Absent is None, never an empty string."""

    invitation: str | None = None
    """Our own opaque reference from a survey link."""
    client_id: str | None = None
    reservation_id: str | None = None
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class EventBase(Frozen):
    key: str
    """The business object this is about ("toast/check/<guid>"): one fact is kept for each."""
    version: str
    """Orders the versions of one object as text; the vendor's own modification stamp in UTC."""
    occurred_at: AwareDatetime
    venue: str
    identifiers: Identifiers = Identifiers()


class ReservationStatus(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    OTHER = "other"


class ReservationEvent(EventBase):
    kind: Literal["reservation"] = "reservation"
    reservation_id: str
    status: ReservationStatus
    date: date
    time: time_of_day | None = None
    """Venue-local, like `date`."""
    party_size: int | None = None
    channel: str | None = None
    occasions: tuple[str, ...] = ()
    guest_request: str | None = None
    deleted: bool = False


class CheckState(StrEnum):
    OPEN = "open"
    PAID = "paid"
    """Amounts are provisional; the guest may leave any minute, so the survey clock starts here."""
    CLOSED = "closed"
    VOIDED = "voided"
    IGNORED = "ignored"
    """Not a guest's meal: merged away, test mode, food waste, gift cards only."""


class CheckEvent(EventBase):
    kind: Literal["check"] = "check"
    check_id: str
    order_id: str
    state: CheckState
    business_date: date
    opened_at: AwareDatetime | None = None
    paid_at: AwareDatetime | None = None
    """The first of paid and closed."""
    spend: Money
    """Net of discounts, without tax, tip, gratuity, donations and gift cards."""
    covers: Decimal | None = None
    """None when nobody knows. A share when several checks split one party."""
    table: str | None = None
    tab_name: str | None = None
    dine_in: bool = True


class Answer(Frozen):
    question: str
    """The form author's stable name for the question (Typeform: `ref`)."""
    title: str | None = None
    choices: tuple[str, ...] = ()
    """Stable names of the chosen options; their normalised labels where the vendor sends no names."""
    text: str | None = None
    number: Decimal | None = None
    yes: bool | None = None
    day: date | None = None


class SurveyEvent(EventBase):
    kind: Literal["survey"] = "survey"
    response_id: str
    form: str
    answers: tuple[Answer, ...]


GuestEvent = Annotated[ReservationEvent | CheckEvent | SurveyEvent, Field(discriminator="kind")]
guest_event: TypeAdapter[ReservationEvent | CheckEvent | SurveyEvent] = TypeAdapter(GuestEvent)


def version_of(moment: datetime) -> str:
    """A modification stamp as text that sorts like the moment itself."""
    return moment.astimezone(tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
