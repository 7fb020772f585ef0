"""The clients and reservations of one venue group, with every change made to them."""

from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from enrich.sandbox.documents import Document, completed, stamp


class Book:
    """Documents are replaced, never altered in place, so that a change may keep their parts."""

    def __init__(self, keep: int) -> None:
        self.clients: dict[str, Document] = {}
        self.reservations: dict[str, Document] = {}
        self.tag_groups: list[Document] = []
        self.changes: deque[Document] = deque(maxlen=keep)
        self.changes_seen = 0
        self._by_email: defaultdict[str, set[str]] = defaultdict(set)
        self._place: dict[str, int] = {}

    def replace(self, line: Document) -> None:
        """A new book: the changes of the old one are forgotten, their numbers are not used again."""
        self.clients = {}
        self._by_email.clear()
        self._place.clear()
        self.changes.clear()
        for client in line["clients"]:
            self._put_client(client)
        self.reservations = {reservation["id"]: reservation for reservation in line["reservations"]}
        self.tag_groups = line["tag_groups"]

    def change(self, line: Document) -> None:
        documents = self.documents(line["kind"])
        after = {name: values[1] for name, values in line["fields"].items()}
        updated = {"updated": stamp(datetime.fromtimestamp(line["at"], UTC))}
        document = (documents.get(line["id"]) or completed(line["kind"], {})) | after | updated
        if line["kind"] == "client":
            self._put_client(document)
        else:
            documents[line["id"]] = document
        self.changes_seen = line["n"]
        self.changes.append({name: value for name, value in line.items() if name != "do"})

    def documents(self, kind: str) -> dict[str, Document]:
        return self.clients if kind == "client" else self.reservations

    def with_email(self, email: str) -> Iterable[Document]:
        """Either address counts, in any case; in the order of the book."""
        found = self._by_email.get(email.strip().lower(), ())
        return [self.clients[key] for key in sorted(found, key=self._place.__getitem__)]

    def _put_client(self, client: Document) -> None:
        key = client["id"]
        for email in _emails(self.clients.get(key, {})):
            self._by_email[email].discard(key)
        for email in _emails(client):
            self._by_email[email].add(key)
        self._place.setdefault(key, len(self._place))
        self.clients[key] = client


def _emails(client: dict[str, Any]) -> set[str]:
    return {email.lower() for email in (client.get("email"), client.get("email_alt")) if email}
