"""The database's schema, brought to the newest version at every start."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from enrich.errors import ConfigurationError
from enrich.store.database import Database

MIGRATIONS = "enrich.store:migrations"
MIGRATION_LOCK = 5_174_021
"""Any number: PostgreSQL's name for the lock that one migrating process holds."""

ASK = {"sqlite": "PRAGMA {}", "postgresql": "SHOW {}"}
UNSAFE = {
    "sqlite": {"synchronous": {"0", "1"}},
    "postgresql": {"fsync": {"off"}, "synchronous_commit": {"off"}},
}
"""Settings under which a commit is answered before it is on disk."""


def upgrade(database: Database) -> None:
    """Several processes may start at once: the first one to take the lock migrates."""
    refuse_unsafe(database)
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    newest = ScriptDirectory.from_config(config).get_current_head()
    with database.read() as conn:
        if MigrationContext.configure(conn).get_current_revision() == newest:
            return
    with database.write() as conn:
        _lock_others_out(conn)
        config.attributes["connection"] = conn
        command.upgrade(config, "head")


def refuse_unsafe(database: Database) -> None:
    """ConfigurationError where a commit could be lost after it was answered."""
    with database.read() as conn:
        for name, unsafe in UNSAFE[conn.dialect.name].items():
            value = str(conn.exec_driver_sql(ASK[conn.dialect.name].format(name)).scalar_one())
            if value in unsafe:
                raise ConfigurationError(
                    f"the database runs with {name}={value}: what was answered could be lost; switch it on"
                )


def _lock_others_out(conn: Connection) -> None:
    if conn.dialect.name == "postgresql":  # SQLite's write transaction is such a lock
        conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
