from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from enrich.errors import PayloadInvalid
from enrich.sources.vendor_value import VendorValue

READINGS: dict[str, Callable[[VendorValue], Any]] = {
    "text": VendorValue.text,
    "identifier": VendorValue.identifier,
    "yes": VendorValue.yes,
    "number": VendorValue.number,
    "whole": VendorValue.whole,
    "moment": VendorValue.moment,
    "day": VendorValue.day,
    "key": lambda value: value["key"],
    "items": list,
}


@pytest.mark.parametrize(
    ("reading", "raw"),
    [
        ("text", 7),
        ("text", ["a"]),
        ("identifier", None),
        ("identifier", " "),
        ("identifier", "x" * 256),
        ("yes", "true"),
        ("yes", 1),
        ("number", True),
        ("number", "NaN"),
        ("number", "sNaN"),
        ("number", float("inf")),
        ("number", "1e999999999999999999999"),
        ("number", 10**13),
        ("number", "twelve"),
        ("whole", Decimal("2.5")),
        ("whole", 2**31),
        ("moment", None),
        ("moment", "yesterday"),
        ("moment", "0001-01-01T00:00:00+14:00"),
        ("moment", "9999-12-31T23:59:59-14:00"),
        ("moment", "1969-12-31T23:59:59Z"),
        ("day", "2026-02-30"),
        ("key", []),
        ("items", {}),
        ("items", "text"),
    ],
)
def test_a_surprise_names_its_path(reading: str, raw: object) -> None:
    with pytest.raises(PayloadInvalid) as invalid:
        READINGS[reading](VendorValue(raw, "$.here"))
    assert invalid.value.path == "$.here"


@pytest.mark.parametrize("reading", ["yes", "number", "moment", "day", "key", "items"])
def test_a_surprise_is_never_quoted(reading: str) -> None:
    with pytest.raises(PayloadInvalid) as invalid:
        READINGS[reading](VendorValue("guest@example.com"))
    assert "guest" not in str(invalid.value)


def test_absent_and_null_are_the_same_all_the_way_down() -> None:
    for value in (VendorValue({}), VendorValue({"a": None}), VendorValue(None)):
        deep = value["a"]["b"]["c"]
        assert deep.text() is None and deep.number() is None and deep.yes() is None and list(deep) == []


def test_a_path_leads_to_the_place() -> None:
    (_, second) = VendorValue({"checks": [{}, {"guid": 7}]})["checks"]
    assert second["guid"].path == "$.checks[1].guid"


def test_text_is_kept_as_sent_and_money_exact() -> None:
    assert VendorValue(" Zoë ").text() == " Zoë "
    assert [VendorValue(raw).number() for raw in (66.6, "66.60", Decimal("66.60"), 66)] == [
        Decimal("66.6"),
        Decimal("66.60"),
        Decimal("66.60"),
        Decimal(66),
    ]


def test_a_stamp_without_offset_is_utc_whatever_the_machine_thinks() -> None:
    assert VendorValue("2026-03-12T07:02:10").moment() == datetime(2026, 3, 12, 7, 2, 10, tzinfo=UTC)


def test_a_value_never_shows_itself() -> None:
    assert "guest@example.com" not in repr(VendorValue({"email": "guest@example.com"}))
