"""Our marked blocks inside a note that belongs to staff.

— Kitchen (auto) —
• Nut allergy
— end Kitchen —
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

_BULLET = "• "
_MARKER = re.compile(r"— (?:.+ \(auto\)|end .+) —")
_ELLIPSIS = "…"
# Joiners shape emoji and several scripts; the other invisible characters only mislead a reader.
_JOINERS = "\u200c\u200d"


class _Span(NamedTuple):
    start: int
    end: int
    """Line numbers of the two markers."""


def clean_line(text: str, limit: int | None = None) -> str:
    """The text on one line, visible characters only, unable to pass for a marker, at most `limit` long."""
    # An em dash is what makes a marker.
    plain = "".join(_visible(char) for char in text).replace("—", "–")
    line = unicodedata.normalize("NFC", " ".join(plain.split()))
    return line if limit is None or len(line) <= limit else _shortened(line, limit)


def read_block(note: str, name: str) -> tuple[str, ...] | None:
    """Our lines in the block of this name; None where there is no whole block."""
    lines = note.split("\n")
    span = next(iter(_spans(lines, name)), None)
    return None if span is None else tuple(_own(lines, span))


def with_block(note: str, name: str, lines: Iterable[str]) -> str:
    """The note with exactly these lines in the block of this name; no lines, no block.

    All other text stays as it is, half a marker and what it encloses included. Text that staff typed between
    our bullets moves below the block.
    """
    wanted = [cleaned for line in lines if (cleaned := clean_line(line))]
    have = note.split("\n") if note else []
    spans = _spans(have, name)
    if len(spans) == 1 and wanted and _own(have, spans[0]) == wanted:
        return note
    for span in reversed(spans[1:]):
        have[span.start : span.end + 1] = _foreign(have, span)
    block = _written(name, wanted) if wanted else []
    if spans:
        have[spans[0].start : spans[0].end + 1] = [*block, *_foreign(have, spans[0])]
    else:
        have += block
    return "\n".join(have)


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cf", "Cs"):
        return char if char in _JOINERS else ""
    return " " if category in ("Cc", "Zl", "Zp") else char


def _shortened(line: str, limit: int) -> str:
    cut = line[: limit - len(_ELLIPSIS)]
    whole_words = cut.rsplit(" ", 1)[0] if line[len(cut)] != " " else cut
    # One very long word is cut in the middle rather than dropped.
    kept = whole_words if 2 * len(whole_words) >= len(cut) else cut
    return kept.rstrip() + _ELLIPSIS


def _written(name: str, lines: Iterable[str]) -> list[str]:
    return [_start(name), *(_BULLET + line for line in lines), _end(name)]


def _start(name: str) -> str:
    return f"— {_checked(name)} (auto) —"


def _end(name: str) -> str:
    return f"— end {_checked(name)} —"


def _checked(name: str) -> str:
    """A name that cannot be read back would make the note grow with every write."""
    if not name or name != clean_line(name):
        raise ValueError(f"not a name for a block: {name!r}")
    return name


def _spans(lines: list[str], name: str) -> list[_Span]:
    """Whole blocks only: a start whose next marker of any kind is its own end."""
    marks = [(number, mark) for number, line in enumerate(lines) if _MARKER.fullmatch(mark := line.strip())]
    pair = (_start(name), _end(name))
    return [_Span(first[0], second[0]) for first, second in pairwise(marks) if (first[1], second[1]) == pair]


def _own(lines: list[str], span: _Span) -> list[str]:
    inside = (line.strip() for line in lines[span.start + 1 : span.end])
    return [line.removeprefix(_BULLET) for line in inside if line.startswith(_BULLET)]


def _foreign(lines: list[str], span: _Span) -> list[str]:
    inside = lines[span.start + 1 : span.end]
    return [line for line in inside if line.strip() and not line.strip().startswith(_BULLET)]
