"""INSERT … ON CONFLICT, which the two databases spell alike but SQLAlchemy keeps in two dialects."""

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Insert = postgresql.Insert | sqlite.Insert


def insert(conn: Connection, table: Table) -> Insert:
    return insert_on(conn.dialect.name, table)


def insert_on(dialect: str, table: Table) -> Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
