import json
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.errors import DeliveryMalformed
from enrich.sources import strict_json


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"1e999",
        b"1e-999",
        b"1e99999999999999999999",
        b"0e999999999999999999999999",
        b"9" * 41,
        b"0." + b"1" * 50,
        b'"\\ud800"',
        b'{"\\udc00": 1}',
        b'"\\u0000"',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 65 + b"0" + b"]" * 65,
        b'"' + b"a" * 65_537 + b'"',
        json.dumps({str(number): 0 for number in range(50_001)}).encode(),
        json.dumps([{"a": 0}] * 50_001).encode(),
        b"",
        b"{",
        b"{}{}",
        b"01",
        b"'a'",
        b"[1,]",
    ],
    ids=lambda body: repr(body[:16]),
)
def test_what_has_no_single_plain_meaning_is_malformed(body: bytes) -> None:
    with pytest.raises(DeliveryMalformed):
        strict_json.parse(body)


def test_the_bounds_themselves_are_allowed() -> None:
    strict_json.parse(b"[" * 64 + b"0" + b"]" * 64)
    strict_json.parse(b'"' + b"a" * 65_536 + b'"')
    strict_json.parse(json.dumps({str(number): 0 for number in range(50_000)}).encode())


def test_no_cent_is_lost() -> None:
    assert strict_json.parse(b"[0.1, 66.60, 1234567890123456.78]") == [
        Decimal("0.1"),
        Decimal("66.60"),
        Decimal("1234567890123456.78"),
    ]


def test_a_whole_pair_of_surrogates_is_one_character() -> None:
    assert strict_json.parse(rb'"\ud83c\udf7d"') == "\N{FORK AND KNIFE WITH PLATE}"


def test_the_message_never_quotes_the_body() -> None:
    with pytest.raises(DeliveryMalformed) as malformed:
        strict_json.parse(b'{"email": "guest@example.com", "email": "guest@example.com"}')
    assert "guest" not in str(malformed.value)


def test_a_large_order_takes_well_under_the_time_to_answer() -> None:
    selection = {"guid": "x" * 36, "price": 18.25, "quantity": 1, "modifiers": [{"name": "sauce", "price": 0.5}]}
    body = json.dumps({"selections": [selection] * 5000}).encode()
    assert len(body) > 600_000
    started = time.perf_counter()
    strict_json.parse(body)
    assert time.perf_counter() - started < 0.5


@given(st.binary(max_size=200))
def test_nothing_undeclared_is_raised(body: bytes) -> None:
    try:
        strict_json.parse(body)
    except DeliveryMalformed:
        return


@given(st.recursive(st.none() | st.booleans() | st.integers(-(10**30), 10**30), lambda inner: st.lists(inner)))
def test_plain_json_is_read_as_it_was_meant(value: object) -> None:
    assert strict_json.parse(strict_json.canonical(value)) == value
