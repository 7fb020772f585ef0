"""What we wrote to a profile before, as the decision about the next write needs it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from enrich.mapping.reading import Provenance


class Action(StrEnum):
    ADD = "add"
    REMOVE = "remove"
    SET = "set"
    TAKEN_BACK = "taken_back"
    """Not ours: staff removed what we had added. Kept so that we neither add it again nor own it later."""


class ReceiptState(StrEnum):
    INTENDED = "intended"
    """About to be sent; a crash may leave it so, and the next read of the profile settles it."""
    CONFIRMED = "confirmed"
    VOID = "void"
    """Sent perhaps, but the profile did not show it when we looked."""
    REFUSED = "refused"
    """The CRM said no: it was never on the profile."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value of one field, with the reason for it."""

    field: str
    action: Action
    value: str
    before: str | None
    provenance: Provenance | None


@dataclass(frozen=True, slots=True)
class Receipt:
    id: int
    write_id: int
    field: str
    action: Action
    value: str
    state: ReceiptState


OURS = (Action.ADD, Action.SET)


class Written:
    """Receipts of one profile, oldest first, asked per field and value."""

    def __init__(self, receipts: Iterable[Receipt]) -> None:
        self._last: dict[tuple[str, str], Receipt] = {}
        self._confirmed: dict[tuple[str, str], Action] = {}
        self._newest: dict[str, Receipt] = {}
        for receipt in receipts:
            at = (receipt.field, receipt.value)
            if receipt.state is ReceiptState.REFUSED:
                continue
            if receipt.state is not ReceiptState.VOID or receipt.action in OURS:
                self._last[at] = receipt
            if receipt.state is ReceiptState.CONFIRMED:
                self._confirmed[at] = receipt.action
                self._newest[receipt.field] = receipt

    def ours(self, field: str, value: str) -> bool:
        """We sent it and nobody took it back, even if the CRM never confirmed it."""
        last = self._last.get((field, value))
        return last is not None and last.action in OURS

    def stood(self, field: str, value: str) -> bool:
        """The profile once showed it as our doing."""
        return self._confirmed.get((field, value)) is Action.ADD

    def stands(self, field: str) -> str | None:
        """The value a field of one value held by our doing when we last looked."""
        newest = self._newest.get(field)
        return newest.value if newest and newest.action is Action.SET else None

    def emptied(self, field: str) -> bool:
        """Staff cleared a field of one value that we had filled."""
        newest = self._newest.get(field)
        return newest is not None and newest.action is Action.TAKEN_BACK

    def ever_said(self, field: str, line: str) -> bool:
        """Whether a text of ours in this field held the line."""
        return any(at[0] == field and line in at[1].split("\n") for at in self._last)

    def taken_back(self, field: str, value: str) -> bool:
        return self._confirmed.get((field, value)) is Action.TAKEN_BACK


@dataclass(frozen=True, slots=True)
class WhyEntry:
    """One line of the answer to "why does this profile say so"."""

    field: str
    action: Action
    value: str
    before: str | None
    state: ReceiptState
    client_id: str
    rule: str | None
    tables_version: str
    fact: str | None
    occurred_at: datetime | None
    source: str | None
    inbox_id: int | None
    written_at: datetime
