"""YAML with the dangerous and the surprising parts left out: plain data and the place of everything in it."""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from enrich.mapping.findings import Document, Finding, Mark, Path

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20

# The core schema of YAML 1.2: "yes", "12:30" and "2026-01-01" are text.
NULLS = frozenset(["", "~", "null", "Null", "NULL"])
BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INTEGER = re.compile(r"[-+]?[0-9]{1,30}")
DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]{1,30}(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
TAB_INDENT = re.compile(r"^ *\t", re.MULTILINE)


class Unreadable(Exception):
    """The file cannot be read any further."""

    def __init__(self, mark: Mark, problem: str) -> None:
        super().__init__(problem)
        self.mark = mark


def parse(file: str, content: bytes) -> tuple[Document | None, list[Finding]]:
    """The document, or None; and what is wrong with it."""
    builder = Builder()
    try:
        text = _decode(content)
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except Unreadable as error:
        return None, [*_findings(file, builder), Finding(file, *error.mark, str(error))]
    except YAMLError as error:
        return None, [*_findings(file, builder), Finding(file, *_mark_of(error, text), _problem_of(error))]
    return Document(file, text, builder.data, builder.keys, builder.values), _findings(file, builder)


def _findings(file: str, builder: "Builder") -> list[Finding]:
    return [Finding(file, *mark, problem) for mark, problem in builder.problems]


def _decode(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise Unreadable((1, 1), f"the file is larger than {MAX_BYTES // 1024} KB")
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise Unreadable((line, column), "the file is not UTF-8") from None
    if tab := TAB_INDENT.search(text):
        raise Unreadable(_mark_at(text, tab.end() - 1), "a tab at the beginning of a line: indent with spaces")
    return text


def _mark_at(text: str, position: int) -> Mark:
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _mark_of(error: YAMLError, text: str) -> Mark:
    if isinstance(error, MarkedYAMLError) and error.problem_mark:
        return error.problem_mark.line + 1, error.problem_mark.column + 1
    return _mark_at(text, getattr(error, "position", 0))


def _problem_of(error: YAMLError) -> str:
    if isinstance(error, MarkedYAMLError):
        return ", ".join(filter(None, [error.context, error.problem]))
    return str(getattr(error, "reason", "cannot be read"))


@dataclass(slots=True)
class Open:
    """A mapping or list whose end has not come yet."""

    path: Path
    data: dict[str, Any] | list[Any]
    key: str | None = None


@dataclass(slots=True)
class Builder:
    """Makes data of parser events, so that aliases and depth are refused before anything is built of them."""

    data: Any = None
    keys: dict[Path, Mark] = field(default_factory=dict)
    values: dict[Path, Mark] = field(default_factory=lambda: {(): (1, 1)})
    problems: list[tuple[Mark, str]] = field(default_factory=list)
    _open: list[Open] = field(default_factory=list)
    _documents: int = 0

    def take(self, event: Event) -> None:
        mark = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, DocumentStartEvent):
            self._document(mark)
        elif isinstance(event, NodeEvent):
            self._refuse(event, mark)
            self._node(event, mark)
        elif isinstance(event, CollectionEndEvent):
            self._open.pop()

    def _document(self, mark: Mark) -> None:
        self._documents += 1
        if self._documents > 1:
            raise Unreadable(mark, "a second document: one file holds one table")

    def _refuse(self, event: NodeEvent, mark: Mark) -> None:
        if isinstance(event, AliasEvent):
            raise Unreadable(mark, f"the alias *{event.anchor}: aliases are not allowed")
        if event.anchor:
            raise Unreadable(mark, f"the anchor &{event.anchor}: anchors are not allowed")
        if tag := getattr(event, "tag", None):
            raise Unreadable(mark, f"the tag {tag}: tags are not allowed")
        if len(self._open) >= MAX_DEPTH and not isinstance(event, ScalarEvent):
            raise Unreadable(mark, f"nested more than {MAX_DEPTH} deep")

    def _node(self, event: NodeEvent, mark: Mark) -> None:
        inside = self._open[-1] if self._open else None
        if inside and isinstance(inside.data, dict) and inside.key is None:
            self._key(inside, event, mark)
            return
        path = self._place(inside)
        data = _data_of(event)
        self.values[path] = mark
        self._put(inside, data)
        if isinstance(data, (dict, list)):
            self._open.append(Open(path, data))

    def _key(self, inside: Open, event: NodeEvent, mark: Mark) -> None:
        if not isinstance(event, ScalarEvent):
            raise Unreadable(mark, "a key must be text")
        inside.key = event.value
        path = (*inside.path, event.value)
        if path in self.keys:
            self.problems.append(
                (mark, f"the key {event.value!r} stands twice, first in line {self.keys[path][0]}")
            )
        self.keys.setdefault(path, mark)

    def _place(self, inside: Open | None) -> Path:
        if inside is None:
            return ()
        return (*inside.path, len(inside.data) if isinstance(inside.data, list) else inside.key or "")

    def _put(self, inside: Open | None, data: Any) -> None:
        if inside is None:
            self.data = data
        elif isinstance(inside.data, list):
            inside.data.append(data)
        else:
            inside.data[inside.key or ""] = data
            inside.key = None


def _data_of(event: NodeEvent) -> Any:
    if isinstance(event, MappingStartEvent):
        return {}
    if isinstance(event, SequenceStartEvent):
        return []
    return _scalar(event.value, plain=event.implicit[0]) if isinstance(event, ScalarEvent) else None


def _scalar(text: str, *, plain: bool) -> Any:
    if not plain:
        return text
    if text in NULLS or text in BOOLEANS:
        return BOOLEANS.get(text)
    if INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if DECIMAL.fullmatch(text) else text
