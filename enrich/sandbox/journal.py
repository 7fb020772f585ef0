"""State on disk as lines of JSON: each is written in one piece before the answer that tells of it."""

from collections.abc import Iterator
from pathlib import Path

import orjson

from enrich.sandbox.documents import Document


class Journal:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+b", buffering=0)

    def lines(self) -> Iterator[Document]:
        """Drops a last line that a killed process left half written."""
        self._file.seek(0)
        whole = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                self._file.truncate(whole)
                return
            whole += len(line)
            yield orjson.loads(line)

    def append(self, line: Document) -> None:
        self._file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> None:
        self._file.close()
