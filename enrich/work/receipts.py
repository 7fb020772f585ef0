"""What we wrote to a record so far, with every write whose answer never came settled by what it shows now."""

from collections.abc import Callable, Collection

from sqlalchemy import Connection

from enrich.guests.read_back import read_back
from enrich.ledger.record import Written
from enrich.store.ledger import Ledger


def settled(conn: Connection, ledger: Ledger, target: str, held: Callable[[str], Collection[str]]) -> Written:
    """`held`: field → the values the record shows."""
    before = ledger.receipts(conn, target)
    after = read_back(before, held)
    news = [new for old, new in zip(before, after, strict=True) if old is not new]
    if news:
        states = {receipt.id: receipt.state for receipt in news}
        ledger.settle_receipts(conn, states, {receipt.write_id for receipt in news})
    return Written(after)
