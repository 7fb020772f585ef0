from datetime import UTC, date, datetime

import pytest
from scripted_crm import a_client

from enrich.crm.rules import mailbox, refuse_unsendable
from enrich.crm.sevenrooms import wire
from enrich.errors import CrmRejected
from enrich.guests.profile import ProfilePatch, Tag

GLUTEN_FREE = Tag("Dietary Restrictions", "Gluten Free")


@pytest.mark.parametrize(
    "encoded",
    [
        {"group": "Dietary Restrictions", "tag": "Gluten Free", "tag_display": "No gluten", "color": "#88a5f5"},
        {"group": "Dietary Restrictions", "tag_name_display": "Gluten Free"},
        ["Dietary Restrictions", "Gluten Free", "#88a5f5"],
        ["Dietary Restrictions", "Dietary Restrictions", "Gluten Free", "Gluten Free", "#88a5f5"],
        "Dietary Restrictions##Gluten Free###88a5f5",
        "Dietary Restrictions##Gluten Free##Gluten Free###88a5f5",
    ],
)
def test_every_tag_encoding_reads_the_same(encoded: object) -> None:
    assert wire.profile(a_client(client_tags=[encoded])).tags == {GLUTEN_FREE}


def test_a_label_that_joins_several_tags_is_read_as_several() -> None:
    encoded = {"group": "Wine", "tag": "Red, Rosé"}
    assert wire.profile(a_client(client_tags=[encoded])).tags == {Tag("Wine", "Red"), Tag("Wine", "Rosé")}


def test_visits_are_the_groups_and_the_last_visit_is_the_latest_of_all_venues() -> None:
    stats = {
        "a": {"total_visits": 47, "last_visit_date": "2026-02-21"},
        "b": {"total_visits": 1, "last_visit_date": "2026-03-01"},
        "c": {"last_visit_date": None},
    }
    profile = wire.profile(a_client(total_visits=70, venue_stats=stats))
    assert (profile.visits, profile.last_visit) == (70, date(2026, 3, 1))


@pytest.mark.parametrize(
    "stamp", ["2025-11-02T18:04:11.402117", "2025-11-02T18:04:11.402117Z", "2025-11-02T20:04:11.402117+02:00"]
)
def test_a_stamp_without_an_offset_is_utc(stamp: str) -> None:
    created = wire.profile(a_client(created=stamp)).created
    assert created == datetime(2025, 11, 2, 18, 4, 11, 402117, tzinfo=UTC)


@pytest.mark.parametrize(
    ("deleted", "gone"),
    [(None, False), (False, False), ("", False), (True, True), ("2026-01-01T00:00:00.000001", True)],
)
def test_a_deleted_profile_is_seen_in_every_spelling(deleted: object, gone: bool) -> None:
    assert wire.profile(a_client(deleted=deleted)).deleted is gone


def test_custom_fields_are_read_by_their_system_name() -> None:
    fields = [{"system_name": "custom_field_03", "display_order": 3, "name": "Avg", "value": "184.20"}]
    assert wire.profile(a_client(custom_fields=fields)).custom_fields == {"custom_field_03": "184.20"}


def test_a_record_of_little_is_still_a_profile() -> None:
    profile = wire.profile({"id": "x"})
    assert (profile.client_id, profile.emails, profile.marketing_opt_in) == ("x", (), None)


def test_a_record_without_an_id_is_none() -> None:
    with pytest.raises(wire.AnswerUnreadable):
        wire.profile({"email": "a@example.com"})


def test_a_booking_names_the_groups_profile() -> None:
    booking = wire.booking(
        {"id": "r", "client_id": "venue", "venue_group_client_id": "group", "status": "CONFIRMED"}
    )
    assert (booking.client_id, booking.internal_notes) == ("group", "")


def test_a_patch_sends_only_what_it_changes() -> None:
    patch = ProfilePatch(
        add_tags=(GLUTEN_FREE,), remove_tags=(Tag("Spend Tier", "Silver"),), custom_fields={"f": "184.20"}
    )
    assert wire.patch_body(patch) == {
        "client_tags_to_add": ["Dietary Restrictions:Gluten Free"],
        "client_tags_to_remove": ["Spend Tier:Silver"],
        "custom_fields": [{"system_name": "f", "value": "184.20"}],
    }


@pytest.mark.parametrize(
    "tag", [Tag("Wine", "Red, Rosé"), Tag("Wine: old", "Red"), Tag("", "Red"), Tag("Wine", " ")]
)
def test_a_tag_the_crm_would_read_as_another_is_refused_by_name(tag: Tag) -> None:
    with pytest.raises(CrmRejected, match=str(tag)):
        refuse_unsendable(ProfilePatch(add_tags=(tag,)))


def test_spellings_of_one_mailbox_are_equal() -> None:
    assert mailbox(" Ame\u0301lie@Example.COM ") == mailbox("am\u00e9lie@example.com")
    assert mailbox("amelie@example.com") != mailbox("amelie+x@example.com")
