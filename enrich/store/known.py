"""What a batch of events needs to know: asked for at once, kept up to date, and written at once."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from enrich.store.facts import Fact, Facts


class Known:
    """Facts and contact points of one batch in one transaction. Nothing is kept before `write`."""

    def __init__(
        self, conn: Connection, facts: Facts, fact_keys: Iterable[str], contact_keys: Iterable[str]
    ) -> None:
        self._conn = conn
        self._facts = facts
        self._current = facts.current(conn, fact_keys)
        self._guests = facts.guests_of(conn, contact_keys)
        self._kept: dict[str, Fact] = {}

    def fact(self, key: str) -> Fact | None:
        return self._current.get(key)

    def guest_of(self, key: str) -> str | None:
        """Whom a contact key leads to."""
        return self._guests.get(key)

    def begin(self, key: str, shown_as: str | None) -> str:
        """The guest of a free key: a new one, unless another process was faster."""
        return self.lead(key, self._facts.new_guest(self._conn), shown_as)

    def lead(self, key: str, guest_id: str, shown_as: str | None = None) -> str:
        """Let a free key lead to the guest; whom it leads to afterwards."""
        if key not in self._guests:
            self._guests[key] = self._facts.lead(self._conn, key, guest_id, shown_as)
        return self._guests[key]

    def keep(self, new: Fact) -> bool:
        """Whether it is newer than what is known, and so will be kept. Ties are told apart by content."""
        old = self._current.get(new.event.key)
        if old and (new.event.version, new.digest) <= (old.event.version, old.digest):
            return False
        self._current[new.event.key] = self._kept[new.event.key] = new
        return True

    def assign(self, key: str, guest_id: str | None, link: str | None) -> None:
        """An older version told whose the fact is."""
        self.write()
        self._facts.assign(self._conn, key, guest_id, link)
        self._current[key] = replace(self._current[key], guest_id=guest_id, link=link)

    def move(self, key: str, guest_id: str) -> set[str | None]:
        """The key leads to the guest, and the facts that came by it follow. Whose those were, None included."""
        self.write()
        self._guests[key] = guest_id
        left = self._facts.move(self._conn, key, guest_id)
        if left:
            followed = {
                one: replace(fact, guest_id=guest_id) for one, fact in self._current.items() if fact.link == key
            }
            self._current |= followed
        return left

    def write(self) -> None:
        self._facts.keep(self._conn, self._kept.values())
        self._kept.clear()
