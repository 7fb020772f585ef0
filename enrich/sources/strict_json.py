"""JSON from outside: one reading only, bounded in every direction, decimals exact."""

import hashlib
import json
from decimal import Decimal, InvalidOperation
from typing import Any

from enrich.errors import DeliveryMalformed

MAX_DEPTH = 64
MAX_KEYS = 50_000
MAX_STRING = 64 * 1024
MAX_NUMBER = 40
"""Characters of a number, and places before or after its point."""


def parse(body: bytes) -> Any:
    """Objects, lists, text, int, Decimal, bool, None; never a float. Or DeliveryMalformed."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_constant,
        )
    except RecursionError:
        raise DeliveryMalformed(f"JSON nested deeper than {MAX_DEPTH}") from None
    except json.JSONDecodeError as broken:
        raise DeliveryMalformed(f"not JSON: {broken.msg} at character {broken.pos}") from None
    except UnicodeDecodeError as broken:
        raise DeliveryMalformed(f"not UTF-8 at byte {broken.start}") from None
    _within_bounds(value)
    return value


def canonical(value: Any) -> bytes:
    """The same bytes for the same JSON value, whatever its spacing and order of keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()


def digest(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DeliveryMalformed("an object with the same key twice")
    return found


def _integer(text: str) -> int:
    if len(text) > MAX_NUMBER:
        raise DeliveryMalformed(f"a number of {len(text)} characters")
    return int(text)


def _decimal(text: str) -> Decimal:
    if len(text) > MAX_NUMBER:
        raise DeliveryMalformed(f"a number of {len(text)} characters")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise DeliveryMalformed("a number out of range") from None
    if abs(value.adjusted()) > MAX_NUMBER:
        raise DeliveryMalformed("a number out of range")
    return value


def _constant(name: str) -> Any:
    raise DeliveryMalformed(f"{name} is no JSON number")


def _within_bounds(value: Any) -> None:
    """Level by level rather than by recursion, so that depth costs no stack."""
    level, depth, keys = [value], 0, 0
    while level:
        if depth > MAX_DEPTH:
            raise DeliveryMalformed(f"JSON nested deeper than {MAX_DEPTH}")
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                _fit_to_store(item)
            elif isinstance(item, dict):
                keys += len(item)
                below.extend(item)
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if keys > MAX_KEYS:
            raise DeliveryMalformed(f"more than {MAX_KEYS} keys")
        level, depth = below, depth + 1


def _fit_to_store(text: str) -> None:
    if len(text) > MAX_STRING:
        raise DeliveryMalformed(f"a text of {len(text)} characters")
    if "\0" in text:
        raise DeliveryMalformed("a text with a NUL character")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise DeliveryMalformed("a text with half a surrogate pair") from None
