"""The tables. Bodies are bytes: PostgreSQL's text refuses what a broken vendor may send."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from enrich.store.database import Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String(64), nullable=False),
    Column("connection", String(64), nullable=False),
    Column("key", String(255), nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(64)),
    Column("detail", Text),
    Column("replays", Integer, nullable=False, server_default="0"),
    UniqueConstraint("source", "connection", "key"),
    Index(None, "state", "received_at"),
    sqlite_autoincrement=True,
)

due = Table(
    "due",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("ref", String(255), primary_key=True),
    Column("urgency", Integer, nullable=False),
    Column("due_at", Instant),
    Column("wanted", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("lease_owner", String(64)),
    Column("lease_until", Instant),
    Column("starts", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("failing_since", Instant),
    Column("reason", String(64)),
    Column("detail", Text),
    Column("escalated", Boolean, nullable=False),
    Column("dead", Boolean, nullable=False),
    Index(None, "kind", "due_at"),
)

guest = Table(
    "guest",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("client_id", String(255)),
    Column("resolved_at", Instant),
    Column("created_at", Instant, nullable=False),
    Index(None, "client_id"),
)

contact = Table(
    "contact",
    metadata,
    Column("key", String(320), primary_key=True),
    Column("guest_id", ForeignKey("guest.id"), nullable=False),
    Column("shown_as", String(320)),
    Index(None, "guest_id"),
)

fact = Table(
    "fact",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("version", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("venue", String(64), nullable=False),
    Column("guest_id", ForeignKey("guest.id")),
    Column("link", String(320)),
    Column("body", LargeBinary, nullable=False),
    Column("inbox_id", ForeignKey("inbox.id"), nullable=False),
    Column("replayed", Boolean, nullable=False),
    Index(None, "guest_id"),
    Index(None, "link"),
)

write = Table(
    "write",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("ref", String(255), nullable=False),
    Column("target", String(255), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("tables_version", String(64), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("intended_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("state", String(16), nullable=False),
    Index(None, "target", "state"),
    sqlite_autoincrement=True,
)

receipt = Table(
    "receipt",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("write_id", ForeignKey("write.id"), nullable=False),
    Column("target", String(255), nullable=False),
    Column("field", String(64), nullable=False),
    Column("action", String(16), nullable=False),
    Column("value", Text, nullable=False),
    Column("before", Text),
    Column("rule", String(128)),
    Column("fact", String(255)),
    Column("inbox_id", ForeignKey("inbox.id")),
    Column("occurred_at", Instant),
    Column("state", String(16), nullable=False),
    Index(None, "target", "field"),
    sqlite_autoincrement=True,
)

review = Table(
    "review",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("key", String(600), nullable=False, unique=True),
    Column("guest_id", String(40)),
    Column("target", String(255)),
    Column("evidence", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Index(None, "kind", "state"),
    sqlite_autoincrement=True,
)

invitation = Table(
    "invitation",
    metadata,
    Column("ref", String(64), primary_key=True),
    Column("guest_id", ForeignKey("guest.id"), nullable=False),
    Column("visit", String(255), nullable=False),
    Column("venue", String(64), nullable=False),
    Column("closed_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(64)),
    Column("sent_at", Instant),
    Column("provider_id", String(255)),
    UniqueConstraint("guest_id", "visit"),
)

account = Table(
    "account",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("token", Text),
    Column("token_expires_at", Instant),
    Column("paused_until", Instant),
    Column("paused_for", String(64)),
    Column("pauses", Integer, nullable=False, server_default="0"),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("until", Instant, nullable=False),
)

tables_version = Table(
    "tables_version",
    metadata,
    Column("version", String(64), primary_key=True),
    Column("content", Text, nullable=False),
    Column("first_used_at", Instant, nullable=False),
)
