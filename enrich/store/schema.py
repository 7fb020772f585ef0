"""The database's schema, brought to the newest version at every start."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from enrich.store.database import Database

MIGRATIONS = "enrich.store:migrations"


def upgrade(database: Database) -> None:
    """Several processes may start at once: the first one to take the write lock migrates."""
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    newest = ScriptDirectory.from_config(config).get_current_head()
    with database.read() as conn:
        if MigrationContext.configure(conn).get_current_revision() == newest:
            return
    with database.write() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
