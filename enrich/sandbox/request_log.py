"""What was asked of the stand-ins, in order of arrival: the last so many requests."""

import time
from collections import Counter, deque

import orjson

from enrich.sandbox.documents import Document

_SECRET_PATHS = ("/auth", "/login")


class RequestLog:
    def __init__(self, keep: int) -> None:
        self.entries: deque[Document] = deque(maxlen=keep)
        self.seen = 0
        self.by_status: Counter[str] = Counter()

    def arrived(self, verb: str, path: str, query: str, body: bytes) -> Document:
        """The entry; its status and fault are filled in when they are known."""
        self.seen += 1
        entry: Document = {
            "n": self.seen,
            "at": time.time(),
            "verb": verb,
            "path": path,
            "query": query,
            "status": None,
            "body": None if path.endswith(_SECRET_PATHS) else _readable(body),
            "fault": None,
        }
        self.entries.append(entry)
        return entry

    def answered(self, entry: Document, status: int | None) -> None:
        entry["status"] = status
        self.by_status[str(status or "cut")] += 1

    def restore(self, line: Document) -> None:
        self.entries.append({name: value for name, value in line.items() if name != "do"})
        self.seen = max(self.seen, line["n"])
        self.by_status[str(line["status"] or "cut")] += 1

    def clear(self) -> None:
        self.entries.clear()
        self.by_status.clear()


def _readable(body: bytes) -> object:
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode(errors="replace")
