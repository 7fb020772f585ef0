"""All repositories on one database."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from enrich.store.accounts import Accounts
from enrich.store.database import Database
from enrich.store.due import DueRows
from enrich.store.facts import Facts
from enrich.store.inbox import Inbox
from enrich.store.invitations import Invitations
from enrich.store.ledger import Ledger
from enrich.store.reviews import Reviews
from enrich.store.tables import tables_version
from enrich.store.upsert import insert


@dataclass(frozen=True, slots=True)
class Stores:
    database: Database
    due: DueRows
    inbox: Inbox
    facts: Facts
    ledger: Ledger
    reviews: Reviews
    invitations: Invitations
    accounts: Accounts

    def keep_tables(self, version: str, files: Mapping[str, str]) -> None:
        """The mapping tables as they were, so that a receipt's version can always be read."""
        with self.database.write() as conn:
            values = {
                "version": version,
                "content": orjson.dumps(files).decode(),
                "first_used_at": self.database.now(conn),
            }
            conn.execute(insert(conn, tables_version).values(values).on_conflict_do_nothing())
