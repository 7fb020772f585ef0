"""What is odd about SevenRooms."""

from datetime import UTC, datetime, time
from typing import Any

import pytest
from source_cases import SECRET, VENUE, Sample, delivered, notices_of, record_of, with_header, without

from enrich.errors import PayloadInvalid, SignatureInvalid
from enrich.events.guest_event import ReservationEvent, ReservationStatus
from enrich.sources import strict_json
from enrich.sources.contract import Notice
from enrich.sources.sevenrooms import SIGNATURE, SOURCE, UNREADABLE

NOW = datetime(2026, 3, 12, tzinfo=UTC)
DOTTED, ARRAY = Sample(SOURCE, "created_dotted"), Sample(SOURCE, "updated_array_party_size")


def reservation(**changes: Any) -> ReservationEvent:
    record = record_of("sevenrooms", "updated_array_party_size") | changes
    (event,) = SOURCE.normalise(Notice("key", "reservation.updated", record), VENUE)
    return event


def verify_with(value: str, *secrets: str) -> None:
    unsigned = without(ARRAY.delivery, SIGNATURE)
    SOURCE.verify(with_header(unsigned, "authorization", value), [secret.encode() for secret in secrets], NOW)


def test_the_secret_itself_is_accepted_as_a_bearer_token() -> None:
    verify_with(f"Bearer {SECRET}", "the-new-secret", SECRET)


@pytest.mark.parametrize(
    "value", ["Bearer ", "Bearer", SECRET, f"Basic {SECRET}", f"Bearer {SECRET} ", "Bearer é"]
)
def test_any_other_authorization_is_refused(value: str) -> None:
    with pytest.raises(SignatureInvalid):
        verify_with(value, SECRET)


def test_a_bearer_token_does_not_save_a_wrong_signature() -> None:
    forged = with_header(ARRAY.delivery, SIGNATURE, "0" * 64)
    with pytest.raises(SignatureInvalid):
        SOURCE.verify(with_header(forged, "authorization", f"Bearer {SECRET}"), [SECRET.encode()], NOW)


def test_the_dotted_form_brings_its_event_id() -> None:
    (notice,) = notices_of(DOTTED)
    assert SOURCE.delivery_key(DOTTED.delivery) == notice.key == "evt_01HTZ4M8Q2V6"


def test_the_array_form_has_no_delivery_key_and_one_key_for_each_change() -> None:
    assert SOURCE.delivery_key(ARRAY.delivery) is None
    (first,) = notices_of(ARRAY)
    changed = strict_json.parse(ARRAY.body)
    changed[0]["entity"]["max_guests"] = 6  # same `updated`: both count
    (second,) = SOURCE.notices(delivered("sevenrooms", strict_json.canonical(changed), {}))
    assert first.key != second.key


def test_one_broken_element_does_not_sink_its_siblings() -> None:
    whole, no_entity, nothing, client = notices_of(Sample(SOURCE, "batch_with_broken_element"))
    assert SOURCE.normalise(whole, VENUE)[0].identifiers.first_name == "Tomas"
    for broken in (no_entity, nothing):
        assert broken.type in SOURCE.handled
        with pytest.raises(PayloadInvalid):
            SOURCE.normalise(broken, VENUE)
    assert client.type not in SOURCE.handled


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ({"event_type": "updated", "entity": {"id": "r", "max_guests": 2}}, "reservation.updated"),
        ({"event_type": "updated", "entity": {"id": "c", "venue_stats": {}}}, "client.updated"),
        ({"entity_type": "waitlist", "event_type": "created", "entity": {"id": "w"}}, "waitlist.created"),
        ({"event_type": "updated", "entity": "?"}, UNREADABLE),
        ({"entity_type": "reservation", "entity": {"id": "r"}}, UNREADABLE),
        (7, UNREADABLE),
    ],
)
def test_the_type_is_the_same_word_in_both_forms(element: object, expected: str) -> None:
    (notice,) = SOURCE.notices(delivered("sevenrooms", strict_json.canonical([element]), {}))
    assert notice.type == expected


def test_an_empty_array_is_no_notice() -> None:
    assert list(SOURCE.notices(delivered("sevenrooms", b"[]", {}))) == []


def test_a_dotted_reservation_without_a_stamp_takes_the_event_s() -> None:
    body = strict_json.parse(DOTTED.body)
    del body["data"]["reservation"]["updated"]
    (notice,) = SOURCE.notices(delivered("sevenrooms", strict_json.canonical(body), {}))
    assert SOURCE.normalise(notice, VENUE)[0].version == "2026-03-01T10:15:23.000000Z"


@pytest.mark.parametrize(
    "updated",
    [
        "2026-03-12T07:02:10.004512",
        "2026-03-12T07:02:10.004512Z",
        "2026-03-12T08:02:10.004512+01:00",
        "2026-03-12 07:02:10.004512",
    ],
)
def test_a_stamp_without_offset_is_utc(updated: str) -> None:
    assert reservation(updated=updated).version == "2026-03-12T07:02:10.004512Z"


def test_a_stale_version_sorts_before_a_newer_one() -> None:
    older, newer = reservation(updated="2026-03-12T07:02:10"), reservation(updated="2026-03-12T07:02:10.000001")
    assert older.key == newer.key
    assert older.version < newer.version


@pytest.mark.parametrize(
    ("status", "simple", "expected"),
    [
        ("RESERVED", "Incomplete", ReservationStatus.CONFIRMED),
        ("CANCELED", "Canceled", ReservationStatus.CANCELLED),
        ("CANCELLED", None, ReservationStatus.CANCELLED),
        ("NO_SHOW", "No Show", ReservationStatus.NO_SHOW),
        ("CUSTOM_STATUS_1", "Incomplete", ReservationStatus.OTHER),
        ("CUSTOM_STATUS_1", "Complete", ReservationStatus.COMPLETED),
        ("CUSTOM_STATUS_1", "No Show", ReservationStatus.NO_SHOW),
        ("UNAPPROVED", None, ReservationStatus.PENDING),
        (None, None, ReservationStatus.OTHER),
    ],
)
def test_status_codes(status: str | None, simple: str | None, expected: ReservationStatus) -> None:
    assert reservation(status=status, status_simple=simple).status is expected


@pytest.mark.parametrize(
    ("slot", "arrival", "expected"),
    [
        ("19:30:00", "7:00 PM", time(19, 30)),
        (None, "7:30 PM", time(19, 30)),
        ("", "19:30", time(19, 30)),
        (None, None, None),
    ],
)
def test_arrival_times(slot: str | None, arrival: str | None, expected: time | None) -> None:
    assert reservation(time_slot_iso=slot, arrival_time=arrival).time == expected


@pytest.mark.parametrize(
    "tag",
    [
        {"group": "Special Occasion", "tag": "Birthday", "tag_display": "Birthday", "color": "#fdf66e"},
        {"group_display": "Special Occasion", "tag_name_display": "Birthday"},
        ["Special Occasion", "Special Occasion", "Birthday", "Birthday", "#fdf66e"],
        ["Special Occasion", "Birthday", "#fdf66e"],
        ["Special Occasion", "Birthday"],
        "Special Occasion##Special Occasion##Birthday###fdf66e",
        "special occasion##Birthday",
    ],
)
def test_an_occasion_is_found_in_every_tag_encoding(tag: object) -> None:
    assert reservation(tags=[tag, ["Seating", "Window", "#0ABCC2"], "VIP"]).occasions == ("Birthday",)


def test_one_label_may_name_several_occasions() -> None:
    tags = [
        ["Special Occasion", "Birthday, Anniversary", "#fdf66e"],
        {"group": "Special Occasion", "tag": "Birthday"},
    ]
    assert reservation(tags=tags).occasions == ("Birthday", "Anniversary")


def test_the_venue_group_s_client_id_comes_first() -> None:
    assert reservation(venue_group_client_id="group", client_id="venue").identifiers.client_id == "group"
    assert reservation(venue_group_client_id=None, client_id="venue").identifiers.client_id == "venue"


def test_a_surprise_is_named_by_its_path_and_not_quoted() -> None:
    with pytest.raises(PayloadInvalid) as invalid:
        reservation(email=["guest@example.com"])
    assert invalid.value.path == "$.email"
    assert "guest" not in str(invalid.value)
