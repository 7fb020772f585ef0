"""The evening clock: minutes of the evening shown to people, real instants in every payload."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

OPENS = 15 * 60
"""The first minute of the evening, counted from midnight: bookings of the afternoon."""
FIRST_CLOSE = 18 * 60
LAST_CLOSE = 22 * 60
ENDS = 22 * 60 + 20


@dataclass(frozen=True, slots=True)
class EveningClock:
    start: datetime
    speed: float
    """Seconds of the evening in one real second."""

    def at(self, minute: float) -> datetime:
        """The instant, to the millisecond, as vendors write it."""
        moment = self.start.astimezone(UTC) + timedelta(seconds=(minute - OPENS) * 60 / self.speed)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def minute_of(self, moment: datetime) -> float:
        return OPENS + (moment - self.start).total_seconds() * self.speed / 60

    def minute_of_time(self, seconds: float) -> float:
        """`seconds` since the epoch."""
        return OPENS + (seconds - self.start.timestamp()) * self.speed / 60


def label(minute: float) -> str:
    return f"{int(minute) // 60 % 24:02d}:{int(minute) % 60:02d}"


def speed_for(seconds: float) -> float:
    """The speed at which the evening takes so many real seconds."""
    return (ENDS - OPENS) * 60 / seconds
