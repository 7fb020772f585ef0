"""The CRM's token, shared by all processes: one login serves them all."""

from sqlalchemy import select

from enrich.crm.sevenrooms.auth import Token, TokenStore
from enrich.store.database import Database
from enrich.store.due import ACCOUNT
from enrich.store.tables import account
from enrich.store.upsert import insert


class DatabaseTokenStore(TokenStore):
    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self) -> Token | None:
        query = select(account.c.token, account.c.token_expires_at).where(account.c.name == ACCOUNT)
        with self._database.read() as conn:
            row = conn.execute(query).one_or_none()
        return Token(row[0], row[1]) if row and row[0] else None

    def save(self, token: Token) -> None:
        with self._database.write() as conn:
            statement = insert(conn, account).values(
                name=ACCOUNT, token=token.value, token_expires_at=token.expires_at
            )
            conn.execute(
                statement.on_conflict_do_update(
                    index_elements=[account.c.name],
                    set_={"token": token.value, "token_expires_at": token.expires_at},
                )
            )
