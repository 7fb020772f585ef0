"""A value from a vendor's JSON that cannot be used before it was checked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from enrich.errors import PayloadInvalid

MAX_IDENTIFIER = 255
MAX_WHOLE = 2**31 - 1
MAX_AMOUNT = Decimal(10) ** 12
YEARS = range(1970, 2200)


@dataclass(frozen=True, slots=True, repr=False)
class VendorValue:
    """Absent and null are the same; a wrong type is PayloadInvalid with the path and never the value."""

    raw: Any
    path: str = "$"

    def __getitem__(self, key: str) -> "VendorValue":
        if self.raw is None:
            return VendorValue(None, f"{self.path}.{key}")
        return VendorValue(self._typed(dict, "an object").get(key), f"{self.path}.{key}")

    def __iter__(self) -> Iterator["VendorValue"]:
        if self.raw is None:
            return
        for position, item in enumerate(self._typed(list, "a list")):
            yield VendorValue(item, f"{self.path}[{position}]")

    def text(self) -> str | None:
        """As sent; blank is absent."""
        if self.raw is None:
            return None
        sent: str = self._typed(str, "text")
        return sent if sent.strip() else None

    def identifier(self) -> str:
        sent = self.text()
        if sent is None:
            raise self.invalid("missing")
        if len(sent) > MAX_IDENTIFIER:
            raise self.invalid(f"longer than {MAX_IDENTIFIER} characters")
        return sent

    def yes(self) -> bool | None:
        return None if self.raw is None else bool(self._typed(bool, "true or false"))

    def number(self) -> Decimal | None:
        if self.raw is None:
            return None
        if isinstance(self.raw, bool) or not isinstance(self.raw, int | float | Decimal | str):
            raise self.invalid("should be a number")
        try:
            value = Decimal(str(self.raw))
        except InvalidOperation:
            raise self.invalid("should be a number") from None
        if not value.is_finite() or abs(value) > MAX_AMOUNT:
            raise self.invalid("a number out of range")
        return value

    def amount(self) -> Decimal:
        """Money; none is zero."""
        return self.number() or Decimal(0)

    def whole(self) -> int | None:
        value = self.number()
        if value is None:
            return None
        if value != value.to_integral_value() or abs(value) > MAX_WHOLE:
            raise self.invalid("should be a whole number")
        return int(value)

    def moment(self) -> datetime:
        found = self.moment_or_none()
        if found is None:
            raise self.invalid("missing")
        return found

    def moment_or_none(self) -> datetime | None:
        """In UTC, which is also what a stamp without an offset means."""
        sent = self.text()
        if sent is None:
            return None
        try:
            stamp = datetime.fromisoformat(sent)
            found = stamp.replace(tzinfo=UTC) if stamp.tzinfo is None else stamp.astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.invalid("should be a date and time") from None
        if found.year not in YEARS:
            raise self.invalid("an unlikely year")
        return found

    def day(self) -> date:
        try:
            return date.fromisoformat(self.identifier())
        except ValueError:
            raise self.invalid("should be a date") from None

    def invalid(self, problem: str) -> PayloadInvalid:
        return PayloadInvalid(self.path, problem)

    def _typed(self, kind: type, called: str) -> Any:
        if not isinstance(self.raw, kind):
            raise self.invalid(f"should be {called}")
        return self.raw
