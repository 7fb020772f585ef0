"""What the sandbox holds, read back over HTTP, and how to read its documents."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

Document = dict[str, Any]
BLOCK = re.compile(r"^— (?P<name>.+) \(auto\) —$\n(?P<lines>(?:.*\n)*?)— end (?P=name) —$", re.MULTILINE)
GUEST_REF = re.compile(r"#guest_ref=([^\s\"'<>&]+)")


@dataclass(frozen=True, slots=True)
class Seen:
    clients: Mapping[str, Document]
    reservations: Mapping[str, Document]
    outbox: tuple[Document, ...]
    changes: tuple[Document, ...]
    requests: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart: what people typed, and our lines."""

    typed: str
    lines: tuple[str, ...]
    blocks: int


def read_back(http: httpx.Client) -> Seen:
    return Seen(
        clients={row["id"]: row for row in rows(http, "clients")},
        reservations={row["id"]: row for row in rows(http, "reservations")},
        outbox=tuple(rows(http, "outbox")),
        changes=tuple(rows(http, "changes")),
        requests=tuple(rows(http, "requests")),
    )


def rows(http: httpx.Client, name: str) -> list[Document]:
    answer = http.get(f"/sandbox/{name}")
    answer.raise_for_status()
    listed: list[Document] = answer.json()[name]
    return listed


def note(text: str | None) -> Note:
    """Only the line breaks that part a block from its neighbours belong to the block."""
    found = list(BLOCK.finditer(text or ""))
    lines = [line for block in found for line in block["lines"].splitlines() if line]
    typed = text or ""
    for block in reversed(found):
        typed = _without(typed, block.start(), block.end())
    return Note(typed, tuple(line.removeprefix("• ") for line in lines), len(found))


def tags(client: Document) -> frozenset[str]:
    return frozenset(f"{tag['group']}:{tag['tag']}" for tag in client["client_tags"])


def custom_fields(client: Document) -> dict[str, str]:
    return {field["system_name"]: field["value"] for field in client["custom_fields"]}


def recipients(mail: Document) -> Iterable[str]:
    return (address.strip().casefold() for address in mail["to"])


def guest_ref(mail: Document) -> str | None:
    found = GUEST_REF.search(f"{mail.get('text') or ''}\n{mail.get('html') or ''}")
    return found[1] if found else None


def _without(text: str, start: int, end: int) -> str:
    before, after = text[:start], text[end:]
    return before.removesuffix("\n") + after if before else after.removeprefix("\n")
