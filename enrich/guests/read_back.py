"""Writes whose answer never came, settled by what the profile shows now."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from enrich.guests.decide import present
from enrich.guests.profile import Profile
from enrich.ledger.record import Action, Receipt, ReceiptState
from enrich.mapping.table import CatalogueField


def read_back(
    receipts: Iterable[Receipt], profile: Profile, catalogue: Mapping[str, CatalogueField]
) -> list[Receipt]:
    """The receipts with every open one confirmed or void."""
    return [
        replace(receipt, state=_shown(receipt, profile, catalogue))
        if receipt.state is ReceiptState.INTENDED
        else receipt
        for receipt in receipts
    ]


def _shown(receipt: Receipt, profile: Profile, catalogue: Mapping[str, CatalogueField]) -> ReceiptState:
    field = catalogue.get(receipt.field)
    held = present(field, profile) if field else frozenset()
    is_as_sent = (receipt.value in held) is (receipt.action is not Action.REMOVE)
    return ReceiptState.CONFIRMED if is_as_sent else ReceiptState.VOID
