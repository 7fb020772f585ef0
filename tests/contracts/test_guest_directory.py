"""What every guest directory keeps: the one in memory, and the client over HTTP against the sandbox."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, get_args

import httpx
import pytest

from enrich.crm.directory import GuestDirectory
from enrich.crm.in_memory import InMemoryDirectory
from enrich.crm.sevenrooms.auth import InMemoryTokenStore
from enrich.crm.sevenrooms.client import SevenRoomsDirectory
from enrich.crm.sevenrooms.dialects import GUIDE
from enrich.errors import CrmRejected, GuestGone, RecordGone
from enrich.guests.profile import Booking, Profile, ProfilePatch, Tag
from enrich.sandbox.config import SandboxConfig, TagEncoding
from enrich.sandbox.documents import (
    VENUE_GROUP_ID,
    client_document,
    reservation_document,
    stamp,
)
from enrich.sandbox.server import running_sandbox

Opened = Callable[..., GuestDirectory]

EMAIL = "amelie.fournier@example.com"
GLUTEN_FREE = Tag("Dietary Restrictions", "Gluten Free")
SHELLFISH = Tag("Dietary Restrictions", "Shellfish Allergy")
WINDOW = Tag("Seating Preference", "Window")
SILVER, GOLD = Tag("Spend Tier", "Silver"), Tag("Spend Tier", "Gold")

AMELIE = Profile(
    client_id="ahhzAmelie",
    emails=(EMAIL, "a.fournier@example.net"),
    phone="+33 6 12 00 45 78",
    first_name="Amélie",
    last_name="Fournier",
    visits=12,
    last_visit=date(2026, 2, 21),
    created=datetime(2023, 5, 9, 16, 20, 3, 118402, tzinfo=UTC),
    tags=frozenset({GLUTEN_FREE, SILVER}),
    notes="Prefers a quiet corner.",
    loyalty_tier="Gold",
    custom_fields={"custom_field_03": "184.20"},
    marketing_opt_in=True,
    opted_in_at=datetime(2024, 1, 11, 9, 0, tzinfo=UTC),
)
BOOKING = Booking("ahhzReservation", AMELIE.client_id, "CONFIRMED", "Birthday cake ordered")


def opened_in_memory(*records: Profile | Booking) -> GuestDirectory:
    directory = InMemoryDirectory()
    directory.add(*records)
    return directory


def opened_over_http(base_url: str, *records: Profile | Booking) -> GuestDirectory:
    book = {
        "clients": [_document(record) for record in records if isinstance(record, Profile)],
        "reservations": [_reservation(record) for record in records if isinstance(record, Booking)],
    }
    httpx.put(f"{base_url}/sandbox/book", json=book, trust_env=False).raise_for_status()
    config = SandboxConfig()
    return SevenRoomsDirectory(
        base_url=base_url,
        dialect=GUIDE,
        venue_group_id=VENUE_GROUP_ID,
        client_id=config.crm_client_id,
        client_secret=config.crm_client_secret,
        token_store=InMemoryTokenStore(),
        deadline=10.0,
        now=lambda: datetime.now(UTC),
    )


@contextmanager
def over_http(encoding: TagEncoding) -> Iterator[Opened]:
    with running_sandbox(SandboxConfig(tag_encoding=encoding)) as base_url:
        yield partial(opened_over_http, base_url)


@pytest.fixture(scope="module", params=["in memory", *get_args(TagEncoding)])
def opened(request: pytest.FixtureRequest) -> Iterator[Opened]:
    """Opens a directory that holds the records; the sandbox once for each of its tag encodings."""
    if request.param == "in memory":
        yield opened_in_memory
        return
    with over_http(request.param) as opened:
        yield opened


def _document(profile: Profile) -> dict[str, Any]:
    return client_document(
        profile.client_id,
        email=profile.emails[0] if profile.emails else None,
        email_alt=profile.emails[1] if len(profile.emails) > 1 else None,
        phone_number=profile.phone,
        first_name=profile.first_name,
        last_name=profile.last_name,
        total_visits=profile.visits,
        last_visit=profile.last_visit,
        tags=[(tag.group, tag.name) for tag in sorted(profile.tags)],
        notes=profile.notes,
        loyalty_tier=profile.loyalty_tier,
        custom_fields=profile.custom_fields,
        marketing_opt_in=profile.marketing_opt_in,
        marketing_opt_in_ts=profile.opted_in_at and stamp(profile.opted_in_at),
        deleted="2026-01-01T00:00:00.000001" if profile.deleted else None,
        **({"created": profile.created} if profile.created else {}),
    )


def _reservation(booking: Booking) -> dict[str, Any]:
    return reservation_document(
        booking.reservation_id,
        client=_document(replace(AMELIE, client_id=booking.client_id or "")),
        slot=datetime(2026, 3, 14, 19, 30, tzinfo=UTC),
        status=booking.status,
        internal_notes=booking.internal_notes,
    )


def another(client_id: str, *emails: str, **changes: Any) -> Profile:
    return replace(AMELIE, client_id=client_id, emails=emails, **changes)


def test_a_profile_is_read_whole(opened: Opened) -> None:
    assert opened(AMELIE).get(AMELIE.client_id) == AMELIE


def test_a_profile_that_is_not_there_is_gone(opened: Opened) -> None:
    directory = opened(AMELIE, another("ahhzDeleted", EMAIL, deleted=True))
    for client_id in ("ahhzNobody", "ahhzDeleted", AMELIE.client_id.lower()):
        with pytest.raises(GuestGone):
            directory.get(client_id)
        with pytest.raises(GuestGone):
            directory.patch(client_id, ProfilePatch(notes="x"))


def test_all_live_profiles_of_a_mailbox_are_found_by_either_address(opened: Opened) -> None:
    directory = opened(
        AMELIE,
        another("ahhzSecond", "other@example.com", "Amelie.Fournier@Example.COM"),
        another("ahhzDeleted", EMAIL, deleted=True),
        another("ahhzStranger", "x" + EMAIL),
        another("ahhzNameless"),
    )
    found = directory.find_by_email(f" {EMAIL.upper()} ")
    assert {profile.client_id for profile in found} == {AMELIE.client_id, "ahhzSecond"}
    assert AMELIE in found


def test_nobody_is_found_for_an_unknown_mailbox(opened: Opened) -> None:
    assert list(opened(AMELIE).find_by_email("nobody@example.com")) == []


def test_more_profiles_of_a_mailbox_than_a_page_holds_are_all_found(opened: Opened) -> None:
    crowd = [another(f"ahhz{n}", EMAIL) for n in range(GUIDE.page_limit * 2 + 1)]
    found = opened(*crowd).find_by_email(EMAIL)
    assert len(found) == len({profile.client_id for profile in found}) == len(crowd)


def test_a_patch_changes_what_it_names_and_nothing_else(opened: Opened) -> None:
    directory = opened(AMELIE, another("ahhzOther", "other@example.com"))
    patch = ProfilePatch(
        add_tags=(SHELLFISH, GOLD),
        remove_tags=(SILVER,),
        notes="Round table.",
        loyalty_tier="Platinum",
        custom_fields={"custom_field_07": "yes"},
    )
    expected = replace(
        AMELIE,
        tags=frozenset({GLUTEN_FREE, SHELLFISH, GOLD}),
        notes="Round table.",
        loyalty_tier="Platinum",
        custom_fields={"custom_field_03": "184.20", "custom_field_07": "yes"},
    )
    assert directory.patch(AMELIE.client_id, patch) == expected
    assert directory.get(AMELIE.client_id) == expected
    assert directory.get("ahhzOther") == another("ahhzOther", "other@example.com")


def test_a_patch_sent_twice_changes_nothing_twice(opened: Opened) -> None:
    directory = opened(AMELIE)
    patch = ProfilePatch(add_tags=(WINDOW,), remove_tags=(SILVER,), custom_fields={"custom_field_03": "190.00"})
    once = directory.patch(AMELIE.client_id, patch)
    assert directory.patch(AMELIE.client_id, patch) == once


def test_a_patch_may_add_what_is_there_and_remove_what_is_not(opened: Opened) -> None:
    patch = ProfilePatch(add_tags=(GLUTEN_FREE,), remove_tags=(GOLD,))
    assert opened(AMELIE).patch(AMELIE.client_id, patch) == AMELIE


def test_an_empty_patch_changes_nothing(opened: Opened) -> None:
    assert opened(AMELIE).patch(AMELIE.client_id, ProfilePatch()) == AMELIE


def test_a_tag_with_a_comma_is_refused_and_nothing_is_written(opened: Opened) -> None:
    directory = opened(AMELIE)
    with pytest.raises(CrmRejected, match="Red, Rosé"):
        directory.patch(AMELIE.client_id, ProfilePatch(add_tags=(Tag("Wine", "Red, Rosé"),), notes="x"))
    assert directory.get(AMELIE.client_id) == AMELIE


def test_a_tag_keeps_its_case_and_colons(opened: Opened) -> None:
    tags = (Tag("Wine", "red: dry"), Tag("wine", "Red"), Tag("Wine", "Red"))
    after = opened(AMELIE).patch(AMELIE.client_id, ProfilePatch(add_tags=tags))
    assert after.tags == AMELIE.tags | set(tags)


def test_patches_of_many_threads_all_arrive(opened: Opened) -> None:
    directory = opened(AMELIE)
    tags = [Tag("Wine", f"No {n}") for n in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda tag: directory.patch(AMELIE.client_id, ProfilePatch(add_tags=(tag,))), tags))
    assert directory.get(AMELIE.client_id).tags == AMELIE.tags | set(tags)


def test_a_booking_is_read_and_its_note_replaced(opened: Opened) -> None:
    directory = opened(AMELIE, BOOKING)
    assert directory.booking(BOOKING.reservation_id) == BOOKING
    expected = replace(BOOKING, internal_notes="– Allergie: crustacés\n– Table 12")
    assert directory.write_note(BOOKING.reservation_id, expected.internal_notes) == expected
    assert directory.booking(BOOKING.reservation_id) == expected


def test_a_note_may_be_emptied(opened: Opened) -> None:
    assert opened(AMELIE, BOOKING).write_note(BOOKING.reservation_id, "").internal_notes == ""


def test_a_reservation_that_is_not_there_is_gone(opened: Opened) -> None:
    directory = opened(AMELIE, BOOKING)
    with pytest.raises(RecordGone):
        directory.booking("ahhzNothing")
    with pytest.raises(RecordGone):
        directory.write_note("ahhzNothing", "x")
