from datetime import datetime
from typing import Any

import pytest
from scripted_crm import PREFIX, ScriptedCrm, Seen, a_client, a_directory
from starlette.responses import JSONResponse, Response

from enrich.crm.sevenrooms.client import SevenRoomsDirectory
from enrich.crm.sevenrooms.dialects import GUIDE
from enrich.errors import CrmUnavailable, GuestGone, RecordGone, SearchInconclusive, SettingMissing
from enrich.guests.profile import ProfilePatch, Tag

EMAIL = "amelie.fournier@example.com"


def strangers(count: int) -> list[dict[str, Any]]:
    return [a_client(f"stranger{n}", email=f"stranger{n}@example.com") for n in range(count)]


def paged(*pages: list[dict[str, Any]], endless: bool = False) -> Any:
    """Answers page n to cursor n."""

    def answer(seen: Seen) -> Response:
        n = int(seen.query.get("cursor", 0))
        more = endless or n + 1 < len(pages)
        rows = pages[n % len(pages)]
        data = {"results": rows, "limit": 50, "cursor": str(n + 1) if more else None}
        return JSONResponse({"status": 200, "data": data})

    return answer


def ids(profiles: Any) -> list[str]:
    return [profile.client_id for profile in profiles]


def test_the_search_asks_for_one_address_in_one_venue_group(
    crm: ScriptedCrm, directory: SevenRoomsDirectory
) -> None:
    crm.answer = paged([a_client()])
    assert ids(directory.find_by_email("  Amelie.Fournier@Example.com ")) == ["ahhzClient"]
    (seen,) = crm.seen
    assert (seen.method, seen.path) == ("GET", f"{PREFIX}/clients")
    assert seen.query == {"email": EMAIL, "venue_group_id": "group", "limit": "50"}


def test_all_pages_are_read_and_a_row_that_comes_twice_counts_once(
    crm: ScriptedCrm, directory: SevenRoomsDirectory
) -> None:
    crm.answer = paged([a_client("a"), a_client("b")], [a_client("b"), a_client("c", email_alt=EMAIL, email=None)])
    assert ids(directory.find_by_email(EMAIL)) == ["a", "b", "c"]


def test_rows_of_other_addresses_and_deleted_rows_are_dropped(
    crm: ScriptedCrm, directory: SevenRoomsDirectory
) -> None:
    crm.answer = paged([a_client("a"), a_client("b", deleted="2026-01-01T00:00:00"), *strangers(3)])
    assert ids(directory.find_by_email(EMAIL)) == ["a"]


@pytest.mark.parametrize("pages", [(strangers(50),), ([a_client(), *strangers(49)], strangers(50))])
def test_an_ignored_filter_is_not_an_answer(
    crm: ScriptedCrm, directory: SevenRoomsDirectory, pages: tuple[list[dict[str, Any]], ...]
) -> None:
    crm.answer = paged(*pages)
    with pytest.raises(SearchInconclusive):
        directory.find_by_email(EMAIL)


def test_a_short_list_of_strangers_means_nobody(crm: ScriptedCrm, directory: SevenRoomsDirectory) -> None:
    crm.answer = paged(strangers(49))
    assert directory.find_by_email(EMAIL) == []


def test_pages_that_do_not_end_are_not_an_answer(crm: ScriptedCrm, directory: SevenRoomsDirectory) -> None:
    crm.answer = paged([a_client()], endless=True)
    with pytest.raises(SearchInconclusive):
        directory.find_by_email(EMAIL)
    assert len(crm.seen) == GUIDE.result_cap // GUIDE.page_limit


def test_an_empty_page_ends_the_search(crm: ScriptedCrm, directory: SevenRoomsDirectory) -> None:
    crm.answer = paged([a_client()], [], endless=True)
    assert ids(directory.find_by_email(EMAIL)) == ["ahhzClient"]


def test_ids_are_encoded_in_paths(crm: ScriptedCrm, directory: SevenRoomsDirectory) -> None:
    crm.holds(a_client("../a b?c"))
    assert directory.get("../a b?c").client_id == "../a b?c"
    assert crm.seen[0].path == f"{PREFIX}/clients/..%2Fa%20b%3Fc"


def test_a_patch_that_is_not_shown_is_an_unknown_outcome(crm: ScriptedCrm, directory: SevenRoomsDirectory) -> None:
    crm.holds(a_client(notes="old"))
    for patch in (ProfilePatch(notes="new"), ProfilePatch(add_tags=(Tag("Wine", "Red"),))):
        with pytest.raises(CrmUnavailable):
            directory.patch("ahhzClient", patch)


def test_a_note_that_is_not_shown_is_an_unknown_outcome(crm: ScriptedCrm, directory: SevenRoomsDirectory) -> None:
    crm.holds({"id": "r", "internal_notes": "old"})
    with pytest.raises(CrmUnavailable):
        directory.write_note("r", "new")


def test_what_the_crm_deleted_is_gone_though_it_answers(crm: ScriptedCrm, directory: SevenRoomsDirectory) -> None:
    crm.holds(a_client("x", deleted=True))
    with pytest.raises(GuestGone):
        directory.get("x")
    with pytest.raises(RecordGone):
        directory.booking("x")


def test_a_record_may_come_as_the_only_one_of_a_list(crm: ScriptedCrm, directory: SevenRoomsDirectory) -> None:
    crm.says(200, {"status": 200, "data": {"results": [a_client()]}})
    assert directory.get("ahhzClient").client_id == "ahhzClient"


@pytest.mark.parametrize("base_url", ["", "api.example.com", "ftp://a", "https://u:p@a", "https://a/?b=c"])
def test_a_base_url_that_cannot_work_is_refused_at_the_start(base_url: str, now: datetime) -> None:
    with pytest.raises(SettingMissing):
        a_directory(base_url, now=now)


@pytest.mark.parametrize(("prefix", "kept"), [("api/2_4/", "/api/2_4"), ("/2_4", "/2_4"), ("/", ""), ("", "")])
def test_a_dialect_may_stand_under_another_prefix(prefix: str, kept: str) -> None:
    assert GUIDE.under(prefix).prefix == kept
