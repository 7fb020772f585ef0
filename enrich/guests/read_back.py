"""Writes whose answer never came, settled by what the record shows now."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from enrich.ledger.record import Action, Receipt, ReceiptState


def read_back(receipts: Iterable[Receipt], held: Callable[[str], Collection[str]]) -> list[Receipt]:
    """The receipts with every open one confirmed or void. `held`: field → the values it shows."""
    return [
        replace(receipt, state=_shown(receipt, held(receipt.field)))
        if receipt.state is ReceiptState.INTENDED
        else receipt
        for receipt in receipts
    ]


def _shown(receipt: Receipt, held: Collection[str]) -> ReceiptState:
    is_as_sent = (receipt.value in held) is (receipt.action is not Action.REMOVE)
    return ReceiptState.CONFIRMED if is_as_sent else ReceiptState.VOID
