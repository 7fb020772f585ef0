"""What all processes share about the CRM account (token, pause), and who leads the dispatchers."""

from datetime import timedelta

from sqlalchemy import Connection, case, select, update

from enrich.due.retry import Pause
from enrich.store.database import Database
from enrich.store.due import ACCOUNT
from enrich.store.tables import account, lease
from enrich.store.upsert import insert


class Accounts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def pause(self, conn: Connection, pause: Pause) -> None:
        """Never shortens the pause in force: one 429 may say how long, the next one may not."""
        values = {"name": ACCOUNT, "paused_until": pause.until, "paused_for": pause.reason, "pauses": 1}
        statement = insert(conn, account).values(values)
        new = statement.excluded
        longer = account.c.paused_until > new.paused_until
        conn.execute(
            statement.on_conflict_do_update(
                index_elements=[account.c.name],
                set_={
                    "paused_until": case((longer, account.c.paused_until), else_=new.paused_until),
                    "paused_for": case((longer, account.c.paused_for), else_=new.paused_for),
                    "pauses": account.c.pauses + 1,
                },
            )
        )

    def paused(self, conn: Connection) -> Pause | None:
        """The pause in force, if there is one."""
        query = select(account.c.paused_until, account.c.paused_for).where(
            account.c.name == ACCOUNT, account.c.paused_until > self._database.now(conn)
        )
        row = conn.execute(query).one_or_none()
        return Pause(row[0], row[1]) if row else None


class Leadership:
    """One dispatcher leads at a time. Losing the lease is harmless: every tick is safe to repeat."""

    def __init__(self, database: Database, name: str, owner: str, lasting: timedelta) -> None:
        self._database = database
        self._name = name
        self._owner = owner
        self._lasting = lasting

    def held(self) -> bool:
        """Take or renew the lease; whether we lead."""
        with self._database.write() as conn:
            now = self._database.now(conn)
            values = {"name": self._name, "owner": self._owner, "until": now + self._lasting}
            conn.execute(insert(conn, lease).values(values).on_conflict_do_nothing())
            free = (
                (lease.c.owner == self._owner) | (lease.c.until <= now) | (lease.c.until > now + 2 * self._lasting)
            )
            taken = update(lease).where(lease.c.name == self._name, free)
            return conn.execute(taken.values(owner=self._owner, until=now + self._lasting)).rowcount == 1
