"""What every source promises, over every sample it ships with."""

import base64
import binascii
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from source_cases import (
    SECRET,
    VENUE,
    Sample,
    all_samples,
    delivered,
    notices_of,
    sent_at,
    signature_header,
    signed,
    with_header,
    without,
)

from enrich.errors import DeliveryMalformed, PayloadInvalid, Quarantined, Refused, SignatureInvalid
from enrich.events.guest_event import guest_event, version_of
from enrich.sources.contract import Delivery, Notice, Source
from enrich.sources.registry import READERS, SOURCES

every_sample = pytest.mark.parametrize("sample", all_samples(), ids=str)
every_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


def verify(sample: Sample, delivery: Delivery, *secrets: str) -> None:
    now = sent_at(sample.body) + timedelta(minutes=15)
    sample.source.verify(delivery, [secret.encode() for secret in secrets or (SECRET,)], now)


@every_source
def test_a_source_ships_samples_and_says_who_it_is(source: Source) -> None:
    assert sum(sample.source is source for sample in all_samples()) >= 5
    assert SOURCES[source.name] is source


def test_readers_belong_to_sources() -> None:
    assert READERS.keys() <= SOURCES.keys()


@every_sample
def test_a_genuine_delivery_is_accepted(sample: Sample) -> None:
    verify(sample, sample.delivery)


@every_sample
def test_a_rotated_secret_is_accepted_while_both_are_active(sample: Sample) -> None:
    verify(sample, sample.delivery, "the-new-secret", SECRET)


@every_sample
def test_without_a_secret_everything_is_refused(sample: Sample) -> None:
    now = sent_at(sample.body)
    for secrets in ([], [b""]):
        for delivery in (sample.delivery, signed(sample.source.name, sample.body, "")):
            with pytest.raises(SignatureInvalid):
                sample.source.verify(delivery, secrets, now)


@every_sample
def test_a_missing_signature_is_refused(sample: Sample) -> None:
    with pytest.raises(SignatureInvalid):
        verify(sample, without(sample.delivery, signature_header(sample.delivery)))


@every_sample
def test_a_signature_by_another_secret_is_refused(sample: Sample) -> None:
    with pytest.raises(SignatureInvalid):
        verify(sample, signed(sample.source.name, sample.body, "not-the-secret"))


@every_sample
def test_an_odd_signature_header_is_refused(sample: Sample) -> None:
    name = signature_header(sample.delivery)
    right = sample.delivery.header(name) or ""
    for wrong in ("", " ", right[:-1], right + "A", right.swapcase(), recoded(right), "é" * 44, "sha256="):
        with pytest.raises(SignatureInvalid):
            verify(sample, with_header(sample.delivery, name, wrong))


@every_sample
def test_a_doubled_signature_header_is_refused(sample: Sample) -> None:
    name = signature_header(sample.delivery)
    twice = replace(sample.delivery, headers=((name, "forged"), *sample.delivery.headers))
    with pytest.raises(SignatureInvalid):
        verify(sample, twice)


@every_sample
def test_one_changed_byte_is_refused(sample: Sample) -> None:
    for position in range(0, len(sample.body), max(1, len(sample.body) // 25)):
        changed = bytearray(sample.body)
        changed[position] ^= 1
        with pytest.raises(SignatureInvalid):
            verify(sample, replace(sample.delivery, body=bytes(changed)))


@every_sample
def test_keys_are_the_same_when_a_delivery_comes_again(sample: Sample) -> None:
    again = replace(sample.delivery, headers=(*sample.delivery.headers, ("attempt", "2")))
    assert sample.source.delivery_key(again) == sample.source.delivery_key(sample.delivery)
    keys = [notice.key for notice in notices_of(sample)]
    assert [notice.key for notice in sample.source.notices(again)] == keys
    assert len(set(keys)) == len(keys)


@every_sample
def test_keys_do_not_depend_on_how_the_json_is_written(sample: Sample) -> None:
    rewritten = json.dumps(json.loads(sample.body), sort_keys=True).encode()
    again = sample.source.notices(signed(sample.source.name, rewritten))
    assert [notice.key for notice in again] == [notice.key for notice in notices_of(sample)]


@every_sample
def test_an_unknown_type_is_recognised_but_not_handled(sample: Sample) -> None:
    for notice in notices_of(sample):
        unknown = replace(notice, type="something.new")
        assert unknown.type not in sample.source.handled
        assert sample.source.lacks(unknown) is None
        assert list(sample.source.normalise(unknown, VENUE)) == []


@every_sample
def test_a_truncated_payload_is_malformed_and_nothing_else(sample: Sample) -> None:
    for length in range(0, len(sample.body.rstrip()), max(1, len(sample.body) // 40)):
        cut = delivered(sample.source.name, sample.body[:length], {})
        assert sample.source.delivery_key(cut) is None
        with pytest.raises(DeliveryMalformed):
            sample.source.notices(cut)


@every_sample
def test_times_are_aware_and_versions_sort_like_them(sample: Sample) -> None:
    events = [event for notice in notices_of(sample) for event in readable(sample.source, notice)]
    for event in events:
        assert event.occurred_at.utcoffset() is not None
        assert event.version == version_of(event.occurred_at)


@every_sample
def test_a_sample_gives_the_events_on_record(sample: Sample, write_golden: bool) -> None:
    given = [outcome(sample.source, notice) for notice in notices_of(sample)]
    if write_golden:
        sample.golden.parent.mkdir(parents=True, exist_ok=True)
        sample.golden.write_text(json.dumps(given, indent=1, ensure_ascii=False) + "\n")
    assert given == json.loads(sample.golden.read_text())


@every_source
@given(body=st.binary(max_size=400))
def test_arbitrary_bytes_raise_only_declared_errors(source: Source, body: bytes) -> None:
    put_through(source, delivered(source.name, body, {"toast-signature": "x", "authorization": "Bearer x"}))


SURPRISES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**39), 10**39),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["", " ", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1e999", "\0", "\ud800"]),
    st.lists(st.none(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.none(), max_size=2),
)


@every_sample
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_mutated_sample_raises_only_declared_errors(sample: Sample, data: st.DataObject) -> None:
    payload = json.loads(sample.body)
    for _ in range(data.draw(st.integers(1, 3))):
        mutate(payload, data)
    body = json.dumps(payload).encode()
    put_through(sample.source, delivered(sample.source.name, body, {}))


def recoded(signature: str) -> str:
    """Base64 as hex, hex as base64."""
    prefix, _, digits = signature.rpartition("sha256=")
    try:
        return prefix + base64.b64encode(bytes.fromhex(digits)).decode()
    except ValueError:
        return prefix + binascii.hexlify(base64.b64decode(digits)).decode()


def readable(source: Source, notice: Notice) -> list[Any]:
    with suppress(PayloadInvalid):
        return list(source.normalise(notice, VENUE))
    return []


def outcome(source: Source, notice: Notice) -> dict[str, Any]:
    told: dict[str, Any] = {"type": notice.type, "handled": notice.type in source.handled}
    try:
        events = source.normalise(notice, VENUE)
    except PayloadInvalid as invalid:
        return told | {"invalid": str(invalid)}
    told["lacks"] = source.lacks(notice)
    return told | {"events": [guest_event.dump_python(event, mode="json") for event in events]}


def put_through(source: Source, delivery: Delivery) -> None:
    with suppress(Refused, Quarantined):
        source.verify(delivery, [b"secret"], datetime(2026, 11, 14, tzinfo=UTC))
    key = source.delivery_key(delivery)
    assert key is None or 0 < len(key) <= 255
    with suppress(Quarantined):
        for notice in source.notices(delivery):
            with suppress(Quarantined):
                source.lacks(notice)
            for event in readable(source, notice):
                guest_event.dump_json(event)


def mutate(payload: Any, data: st.DataObject) -> None:
    """Walks down at random and puts a surprise where it stops."""
    here = payload
    while True:
        keys: list[Any] = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        below = here[key]
        if not isinstance(below, dict | list) or data.draw(st.integers(0, 3)) == 0:
            here[key] = data.draw(SURPRISES)
            return
        here = below
