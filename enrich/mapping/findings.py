"""What is wrong with a table, where, and what was probably meant."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from rapidfuzz import fuzz, process

LIKENESS = 60.0
SHOWN_NAMES = 12
PROBLEMS = {
    "missing": "the key {name} is missing",
    "enum": "{given} is not one of {expected}",
    "literal_error": "{given} is not one of {expected}",
    "union_tag_not_found": "the key 'kind' is missing",
    "union_tag_invalid": "{tag} is not one of {expected_tags}",
    "dict_type": "must be a mapping (key: value)",
    "model_type": "must be a mapping (key: value)",
    "model_attributes_type": "must be a mapping (key: value)",
    "tuple_type": "must be a list",
    "string_type": "must be text: put it in quotes",
    "too_short": "must not be empty",
    "string_pattern_mismatch": "{given} does not fit the pattern {pattern}",
}

Path = tuple[str | int, ...]
Mark = tuple[int, int]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    file: str
    line: int
    column: int
    problem: str
    suggestion: str = ""

    def __str__(self) -> str:
        hint = f" (did you mean '{self.suggestion}'?)" if self.suggestion else ""
        return f"{self.file}:{self.line}:{self.column}: {self.problem}{hint}"


@dataclass(frozen=True, slots=True)
class Document:
    """One file as parsed, with the place of every key and value."""

    file: str
    text: str
    data: Any
    keys: Mapping[Path, Mark]
    values: Mapping[Path, Mark]

    def finding(self, path: Path, problem: str, *, known: Iterable[str] = (), key: bool = False) -> Finding:
        """`known` are the names that would have been right, for the one at the end of `path` or its value."""
        place = self._place(path)
        line, column = self.keys.get(place, self.values[place]) if key else self.values[place]
        wrong = place[-1] if key and place else self.at(place)
        return Finding(self.file, line, column, problem, nearest(str(wrong), known))

    def at(self, path: Path) -> Any:
        here = self.data
        for step in path:
            here = here[step]
        return here

    def _place(self, path: Path) -> Path:
        """The part of a model's path that is in the file: names of union members and missing keys are not."""
        place: Path = ()
        for step in path:
            place = (*place, step) if (*place, step) in self.values else place
        return place

    def findings_of(self, error: ValidationError, schema: Mapping[str, Any]) -> list[Finding]:
        return [self._finding_of(dict(detail), schema) for detail in error.errors(include_url=False)]

    def _finding_of(self, detail: dict[str, Any], schema: Mapping[str, Any]) -> Finding:
        path: Path = detail["loc"]
        kind: str = detail["type"]
        if path and path[-1] == "[key]":
            return self.finding(path[:-1], f"the name {path[-2]!r} is not allowed: {_words(detail)}", key=True)
        if kind == "extra_forbidden":
            known = names_at(schema, self._place(path)[:-1], self.data)
            return self.finding(path, f"unknown key {path[-1]!r}", known=known, key=True)
        if kind == "union_tag_invalid":
            path = (*path, "kind")
        return self.finding(path, _words(detail), known=_expected(detail), key=kind == "missing")


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like it, or "" if none is."""
    found = process.extractOne(name, sorted(known), scorer=fuzz.ratio, score_cutoff=LIKENESS)
    return str(found[0]) if found else ""


def one_of(names: Iterable[str]) -> str:
    """The names for a message, not too many."""
    known = sorted(names)
    return ", ".join(known[:SHOWN_NAMES]) + (", …" if len(known) > SHOWN_NAMES else "")


def names_at(schema: Mapping[str, Any], path: Path, data: Any) -> list[str]:
    """The keys a JSON Schema allows at a place of the data."""
    here: Mapping[str, Any] = _resolved(schema, schema, data)
    for step in path:
        data = data[step]
        here = _resolved(schema, _below(here, step), data)
    return list(here.get("properties", ()))


def _below(part: Mapping[str, Any], step: str | int) -> Any:
    if isinstance(step, int):
        return part.get("items")
    any_name = [part.get("additionalProperties"), *part.get("patternProperties", {}).values()]
    return part.get("properties", {}).get(step) or next(filter(None, any_name), None)


def _resolved(root: Mapping[str, Any], part: Any, data: Any) -> Mapping[str, Any]:
    """References followed, and the member of a union chosen by its `kind`."""
    if not isinstance(part, Mapping):
        return {}
    if "discriminator" in part:
        kind = data.get("kind") if isinstance(data, dict) else None
        part = {"$ref": part["discriminator"]["mapping"].get(kind)}
    if reference := part.get("$ref"):
        return dict(root["$defs"][reference.rsplit("/", 1)[1]])
    return dict(part)


def _words(detail: Mapping[str, Any]) -> str:
    template = PROBLEMS.get(detail["type"])
    if template is None:
        message = str(detail["msg"])
        return message[:1].lower() + message[1:]
    context = detail.get("ctx", {})
    name = repr(detail["loc"][-1]) if detail["loc"] else ""
    return template.format(**context | {"given": repr(detail.get("input")), "name": name, "tag": _tag(context)})


def _tag(context: Mapping[str, Any]) -> str:
    return repr(str(context.get("tag", "")))


def _expected(detail: Mapping[str, Any]) -> list[str]:
    context = detail.get("ctx", {})
    return re.findall(r"'([^']+)'", f"{context.get('expected', '')} {context.get('expected_tags', '')}")
