"""What we know: guests, the contact points that lead to them, and one fact for each business object."""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property

from sqlalchemy import (
    BindParameter,
    Connection,
    RowMapping,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)

from enrich.events.guest_event import guest_event
from enrich.sources.contract import Event
from enrich.store.database import Database
from enrich.store.tables import contact, fact, guest, invitation
from enrich.store.upsert import Insert, insert, insert_on
from enrich.touches.invitation import InvitationState

_KEYS: BindParameter[list[str]] = bindparam("keys", expanding=True)
# Asked for every event, so built once.
_CURRENT = select(fact).where(fact.c.key.in_(_KEYS)).with_for_update()
_GUEST = select(guest).where(guest.c.id == bindparam("guest"))
_CONTACTS = (
    select(contact.c.key, contact.c.shown_as)
    .where(contact.c.guest_id == bindparam("guest"))
    .order_by(contact.c.key)
)
_FACTS = select(fact).where(fact.c.guest_id == bindparam("guest")).order_by(fact.c.occurred_at, fact.c.key)
_OTHERS = select(guest.c.id).where(guest.c.client_id == bindparam("client"), guest.c.id != bindparam("but"))
_WITH_A_GUEST = select(fact.c.key).where(fact.c.key.in_(_KEYS), fact.c.guest_id.is_not(None))
# Held until the facts that follow are kept: a guest joined with another meanwhile takes them along.
_LEADING = select(contact.c.key, contact.c.guest_id).where(contact.c.key.in_(_KEYS)).with_for_update(read=True)


@dataclass(frozen=True)
class Fact:
    event: Event
    guest_id: str | None
    link: str | None
    """The contact key this fact reached its guest by, or waits for."""
    inbox_id: int
    replayed: bool = False
    """It came in by a replay: whatever follows from it, no message does."""

    @cached_property
    def body(self) -> bytes:
        return self.event.model_dump_json(exclude_none=True).encode()

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Guest:
    id: str
    client_id: str | None
    contacts: tuple[tuple[str, str | None], ...]
    """(key, the address as first written) pairs."""
    facts: tuple[Fact, ...]

    def shown(self, prefix: str) -> list[str]:
        """Contact points of one kind as they were written, oldest key first."""
        return [shown or key.removeprefix(prefix) for key, shown in self.contacts if key.startswith(prefix)]


_LEFT_THE_HOUSE = (InvitationState.SENT, InvitationState.SENDING)
_FURTHEST_FIRST = (
    *_LEFT_THE_HOUSE,
    InvitationState.FAILED,
    InvitationState.SUPPRESSED,
    InvitationState.EXPIRED,
    InvitationState.READY,
    InvitationState.PLANNED,
)


class Facts:
    def __init__(self, database: Database) -> None:
        self._database = database

    # -- contact points

    def guests_of(self, conn: Connection, keys: Iterable[str]) -> dict[str, str]:
        """Which guest each known contact key leads to."""
        return {row.key: row.guest_id for row in conn.execute(_LEADING, {"keys": list(keys)})}

    def new_guest(self, conn: Connection) -> str:
        guest_id = f"g_{uuid.uuid4().hex}"
        conn.execute(insert(conn, guest).values(id=guest_id, created_at=self._database.now(conn)))
        return guest_id

    def lead(self, conn: Connection, key: str, guest_id: str, shown_as: str | None = None) -> str:
        """Let a free contact key lead to the guest; the guest it leads to afterwards, ours or a faster one's."""
        values = {"key": key, "guest_id": guest_id, "shown_as": shown_as}
        conn.execute(insert(conn, contact).values(values).on_conflict_do_nothing())
        return self.guests_of(conn, [key])[key]

    def move(self, conn: Connection, key: str, guest_id: str) -> set[str | None]:
        """The key leads to the guest, and every fact that came by it or waited for it follows.

        Whose those facts were, None included.
        """
        conn.execute(update(contact).where(contact.c.key == key).values(guest_id=guest_id))
        elsewhere = and_(fact.c.link == key, or_(fact.c.guest_id.is_(None), fact.c.guest_id != guest_id))
        left = set(conn.execute(select(fact.c.guest_id).where(elsewhere).with_for_update()).scalars())
        if left:
            conn.execute(update(fact).where(elsewhere).values(guest_id=guest_id))
        return left

    def assign(self, conn: Connection, key: str, guest_id: str | None, link: str | None) -> None:
        conn.execute(update(fact).where(fact.c.key == key).values(guest_id=guest_id, link=link))

    def absorb(self, conn: Connection, other: str, into: str) -> None:
        """Two of our guests turned out to be one profile: everything of the other moves over."""
        conn.execute(update(contact).where(contact.c.guest_id == other).values(guest_id=into))
        conn.execute(update(fact).where(fact.c.guest_id == other).values(guest_id=into))
        self._join_invitations(conn, other, into)
        conn.execute(update(guest).where(guest.c.id == other).values(client_id=None))

    def _join_invitations(self, conn: Connection, other: str, into: str) -> None:
        """Where both were dealt with for one visit, what was done stays, and what never left our house goes."""
        columns = (invitation.c.ref, invitation.c.guest_id, invitation.c.visit, invitation.c.state)
        rows = conn.execute(select(*columns).where(invitation.c.guest_id.in_([other, into]))).all()
        best: dict[str, str] = {}
        for row in sorted(rows, key=lambda row: (_FURTHEST_FIRST.index(row.state), row.guest_id != into)):
            if best.setdefault(row.visit, row.ref) != row.ref and row.state not in _LEFT_THE_HOUSE:
                conn.execute(delete(invitation).where(invitation.c.ref == row.ref))
        asked = select(invitation.c.visit).where(invitation.c.guest_id == into)
        moving = update(invitation).where(invitation.c.guest_id == other, invitation.c.visit.not_in(asked))
        conn.execute(moving.values(guest_id=into))

    def one_at_a_time(self, conn: Connection, client_id: str) -> None:
        """Until the transaction ends nobody else joins guests on this profile. SQLite's transactions are alone."""
        if conn.dialect.name == "postgresql":
            conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(client_id, 0))))

    # -- guests

    def load(self, conn: Connection, guest_id: str) -> Guest | None:
        asked = {"guest": guest_id}
        row = conn.execute(_GUEST, asked).mappings().one_or_none()
        if row is None:
            return None
        return Guest(
            id=guest_id,
            client_id=row["client_id"],
            contacts=tuple((key, shown) for key, shown in conn.execute(_CONTACTS, asked)),
            facts=tuple(_fact(row) for row in conn.execute(_FACTS, asked).mappings()),
        )

    def resolved(self, conn: Connection, guest_id: str, client_id: str | None, now: datetime) -> None:
        conn.execute(update(guest).where(guest.c.id == guest_id).values(client_id=client_id, resolved_at=now))

    def others_on(self, conn: Connection, client_id: str, but: str) -> list[str]:
        return list(conn.execute(_OTHERS, {"client": client_id, "but": but}).scalars())

    # -- facts

    def with_a_guest(self, conn: Connection, keys: Iterable[str]) -> set[str]:
        """Which of these facts have found their guest."""
        return set(conn.execute(_WITH_A_GUEST, {"keys": list(keys)}).scalars())

    def current(self, conn: Connection, keys: Iterable[str]) -> dict[str, Fact]:
        return {row["key"]: _fact(row) for row in conn.execute(_CURRENT, {"keys": list(keys)}).mappings()}

    def keep(self, conn: Connection, facts: Iterable[Fact]) -> None:
        """Keep the newest version of each business object, whatever order they come in.

        Versions with the same stamp are told apart by their content, so that every order ends alike.
        """
        rows = [
            {
                "key": new.event.key,
                "kind": new.event.kind,
                "version": new.event.version,
                "digest": new.digest,
                "occurred_at": new.event.occurred_at,
                "venue": new.event.venue,
                "guest_id": new.guest_id,
                "link": new.link,
                "body": new.body,
                "inbox_id": new.inbox_id,
                "replayed": new.replayed,
            }
            for new in sorted(facts, key=lambda new: new.event.key)
        ]
        if rows:
            conn.execute(_keeping(conn.dialect.name), rows)

    def fact(self, conn: Connection, key: str) -> Fact | None:
        row = conn.execute(select(fact).where(fact.c.key == key)).mappings().one_or_none()
        return _fact(row) if row else None

    def left_by(self, conn: Connection, inbox_id: int) -> list[str]:
        """Keys of the facts whose newest version came with this delivery."""
        return list(conn.execute(select(fact.c.key).where(fact.c.inbox_id == inbox_id)).scalars())

    def unmatched(self, conn: Connection, limit: int = 100) -> Sequence[Fact]:
        query = select(fact).where(fact.c.guest_id.is_(None)).order_by(fact.c.occurred_at.desc()).limit(limit)
        return [_fact(row) for row in conn.execute(query).mappings()]


@cache
def _keeping(dialect: str) -> Insert:
    """Built once: building a statement costs more than running it."""
    statement = insert_on(dialect, fact)
    fresh = statement.excluded
    newer = or_(
        fresh.version > fact.c.version,
        tuple_(fresh.version, fresh.digest) > tuple_(fact.c.version, fact.c.digest),
    )
    return statement.on_conflict_do_update(
        index_elements=[fact.c.key],
        set_={column.name: fresh[column.name] for column in fact.columns if column.name != "key"},
        where=newer,
    )


def _fact(row: RowMapping) -> Fact:
    return Fact(
        event=guest_event.validate_json(row["body"]),
        guest_id=row["guest_id"],
        link=row["link"],
        inbox_id=row["inbox_id"],
        replayed=row["replayed"],
    )
