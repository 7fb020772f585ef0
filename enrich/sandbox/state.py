"""Everything a sandbox remembers. All changes go through `record`, so that replaying the journal repeats them."""

import time
from collections import deque
from collections.abc import Callable

from enrich.sandbox.book import Book
from enrich.sandbox.config import SandboxConfig
from enrich.sandbox.documents import Document
from enrich.sandbox.faults import FaultPlan
from enrich.sandbox.journal import Journal
from enrich.sandbox.patching import difference
from enrich.sandbox.request_log import RequestLog


class State:
    """Used from one event loop; nothing here waits, so that each change is whole."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.book = Book(config.keep)
        self.toast_orders: dict[str, Document] = {}
        self.mails_seen = 0
        self.outbox: deque[Document] = deque(maxlen=config.keep)
        self.mail_by_key: dict[str, Document] = {}
        self.tokens: dict[str, float] = {}
        self.requests = RequestLog(config.keep)
        self.faults = FaultPlan()
        self._ways: dict[str, Callable[[Document], None]] = {
            "book": self.book.replace,
            "change": self.book.change,
            "toast": lambda line: self.toast_orders.update(line["orders"]),
            "mail": self._mail,
            "token": lambda line: self.tokens.update({line["token"]: line["until"]}),
            "forget_tokens": lambda line: self.tokens.clear(),
            "request": self.requests.restore,
            "forget_requests": lambda line: self.requests.clear(),
        }
        self._journal = self._replayed(config)

    def record(self, do: str, line: Document) -> None:
        whole = {"do": do, **line}
        self._ways[do](whole)
        self.keep(whole)

    def keep(self, line: Document) -> None:
        if self._journal is not None:
            self._journal.append(line)

    def edit(self, actor: str, kind: str, before: Document, after: Document) -> Document:
        """The document as it is now. An edit that changes nothing leaves no trace."""
        told = difference(before, after)
        if told["fields"]:
            head = {"n": self.book.changes_seen + 1, "at": time.time(), "actor": actor, "kind": kind}
            self.record("change", {**head, "id": after["id"], **told})
        return self.book.documents(kind)[after["id"]]

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()

    def _replayed(self, config: SandboxConfig) -> Journal | None:
        if config.journal is None:
            return None
        journal = Journal(config.journal)
        for line in journal.lines():
            self._ways[line["do"]](line)
        return journal

    def _mail(self, line: Document) -> None:
        mail = {name: value for name, value in line.items() if name != "do"}
        self.mails_seen = mail["n"]
        self.outbox.append(mail)
        if mail["idempotency_key"]:
            self.mail_by_key[mail["idempotency_key"]] = mail
