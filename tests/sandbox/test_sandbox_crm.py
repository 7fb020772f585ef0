import time
from datetime import UTC, datetime

import httpx
import pytest
from sandbox_desk import ANA, CONFIG, CREDENTIALS, error_code, signed_in

from enrich.sandbox.config import SandboxConfig, TagEncoding
from enrich.sandbox.documents import VENUE_GROUP_ID, client_document, reservation_document
from enrich.sandbox.ids import client_id, reservation_id, venue_group_id
from enrich.sandbox.server import running_sandbox

SLOT = datetime(2026, 3, 14, 19, 30, tzinfo=UTC)


def found(crm: httpx.Client, **query: str) -> list[dict]:
    return crm.get("/clients", params=query).json()["data"]["results"]


def put_clients(sandbox: httpx.Client, *clients: dict) -> None:
    sandbox.put("/book", json={"clients": clients}).raise_for_status()


def put_many(sandbox: httpx.Client, count: int) -> None:
    put_clients(sandbox, *(client_document(client_id(n), email=f"guest{n}@example.com") for n in range(count)))


def test_an_unknown_route_is_404_before_anyone_asks_for_a_token(base):
    assert error_code(httpx.get(f"{base}{CONFIG.crm_prefix}/nowhere"), 404) == "not_found"


def test_a_known_route_without_a_token_is_401(base):
    assert error_code(httpx.get(f"{base}{CONFIG.crm_prefix}/clients"), 401) == "unauthorized"


def test_a_stray_space_in_a_credential_is_a_plain_401(base):
    form = CREDENTIALS | {"client_secret": CREDENTIALS["client_secret"] + " "}
    assert error_code(httpx.post(f"{base}{CONFIG.crm_prefix}/auth", data=form), 401) == "unauthorized"


def test_a_token_is_long_hex_and_tells_when_it_ends(base):
    data = httpx.post(f"{base}{CONFIG.crm_prefix}/auth", data=CREDENTIALS).json()["data"]
    ends = datetime.fromisoformat(data["token_expiration_datetime"]).replace(tzinfo=UTC)
    assert len(data["token"]) == 128 and int(data["token"], 16)
    assert 86_300 < (ends - datetime.now(UTC)).total_seconds() <= 86_400


@pytest.mark.parametrize("scheme", ["", "Bearer "])
def test_a_token_counts_bare_and_as_bearer(crm, scheme):
    header = {"Authorization": scheme + crm.headers["Authorization"]}
    assert crm.get(ANA, headers=header).status_code == 200


def test_a_token_ends_after_its_life_time():
    with running_sandbox(SandboxConfig(token_seconds=0.2)) as url, signed_in(url) as crm:
        assert crm.get("/clients").status_code == 200
        time.sleep(0.25)
        assert crm.get("/clients").status_code == 401


def test_tokens_can_be_ended_in_the_middle_of_a_run(crm, sandbox):
    sandbox.delete("/tokens")
    assert crm.get(ANA).status_code == 401


def test_email_finds_either_address_in_any_case(crm, sandbox):
    put_clients(
        sandbox,
        client_document(client_id(1), email="Ana@Example.com"),
        client_document(client_id(2), email="other@example.com", email_alt="ANA@example.com"),
        client_document(client_id(3), email="ana.b@example.com"),
    )
    assert [row["id"] for row in found(crm, email="ana@EXAMPLE.com")] == [client_id(1), client_id(2)]


def test_deleted_profiles_are_found_too(crm, sandbox):
    put_clients(
        sandbox, client_document(client_id(1), email="ana@example.com", deleted="2026-01-01T00:00:00.000000")
    )
    assert [row["deleted"] for row in found(crm, email="ana@example.com")] == ["2026-01-01T00:00:00.000000"]


@pytest.mark.parametrize("stored", ["+33 6 12 00 45 78", "0612004578", "0033612004578"])
def test_a_phone_is_found_by_its_last_nine_digits(crm, sandbox, stored):
    other = client_document(client_id(2), phone_number="+33 6 12 00 45 79")
    put_clients(sandbox, client_document(client_id(1), phone_number=stored), other)
    assert [row["id"] for row in found(crm, phone="+33612004578")] == [client_id(1)]


def test_a_name_is_found_by_a_part_of_it(crm, sandbox):
    put_clients(
        sandbox,
        client_document(client_id(1), first_name="Ana", last_name="Lima"),
        client_document(client_id(2), first_name="Tom", last_name="Berg"),
    )
    assert [row["id"] for row in found(crm, name="ana li")] == [client_id(1)]


@pytest.mark.parametrize(
    "query", [{"search": "guest7@example.com"}, {"phone": "guest7@example.com"}, {"email": "+33612004578"}]
)
def test_what_is_no_filter_is_ignored_in_silence(crm, sandbox, query):
    put_many(sandbox, 60)
    assert [row["id"] for row in found(crm, **query)] == [client_id(n) for n in range(50)]


def test_another_venue_groups_book_is_empty(crm):
    assert found(crm, email="ana@example.com", venue_group_id=venue_group_id(2)) == []
    assert len(found(crm, email="ana@example.com", venue_group_id=VENUE_GROUP_ID)) == 1


def test_a_page_holds_at_most_400_and_the_cursor_leads_to_the_rest(crm, sandbox):
    put_many(sandbox, 450)
    first = crm.get("/clients", params={"limit": 1000}).json()["data"]
    rest = crm.get("/clients", params={"limit": 1000, "cursor": first["cursor"]}).json()["data"]
    assert (len(first["results"]), first["limit"]) == (400, 400)
    assert [row["id"] for row in rest["results"]] == [client_id(n) for n in range(400, 450)]
    assert rest["cursor"] is None


def test_an_id_in_another_case_is_another_id(crm):
    assert error_code(crm.get(ANA.lower()), 404) == "client_not_found"


def test_a_patch_merges_and_answers_the_whole_client(crm):
    before = crm.get(ANA).json()["data"]
    patch = {
        "client_tags_to_add": ["Dietary Restrictions:Vegan", "Spend Tier:Gold"],
        "client_tags_to_remove": ["Spend Tier:Silver"],
        "notes": "Quiet corner.",
        "loyalty_tier": "Gold",
        "custom_fields": [{"system_name": "custom_field_03", "value": "184.20"}],
    }
    answer = crm.patch(ANA, json=patch).json()
    after = answer["data"]
    assert answer["status"] == 200 and answer["request_id"]
    assert [tag["tag"] for tag in after["client_tags"]] == ["Vegan", "Gold"]
    assert (after["notes"], after["loyalty_tier"]) == ("Quiet corner.", "Gold")
    assert after["custom_fields"][0]["value"] == "184.20"
    assert after["updated"] > before["updated"] and after["email"] == before["email"]
    assert crm.get(ANA).json()["data"] == after


def test_the_same_patch_twice_changes_nothing_twice(crm, sandbox):
    for _ in range(2):
        answer = crm.patch(ANA, json={"client_tags_to_add": ["Spend Tier:Gold"], "notes": "x"})
    assert [tag["tag"] for tag in answer.json()["data"]["client_tags"]] == ["Silver", "Gold"]
    assert len(sandbox.get("/changes").json()["changes"]) == 1


def test_an_unknown_field_is_refused_by_name_and_nothing_is_written(crm, sandbox):
    answer = crm.patch(ANA, json={"notes": "x", "dietary_tags": []})
    assert error_code(answer, 400) == "unknown_field"
    assert answer.json()["error"]["details"] == {"field": "dietary_tags"}
    assert sandbox.get("/changes").json()["changes"] == []


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("Dietary Restrictions:vegan", "unknown_tag"),
        ("dietary restrictions:Vegan", "unknown_tag"),
        ("Regular:5+ visits", "unknown_tag"),
        ("Dietary Restrictions:No nuts, no soy", "invalid_tag"),
        ("Vegan", "invalid_tag"),
    ],
)
def test_only_a_tag_of_the_catalogue_in_its_exact_case_may_be_given(crm, tag, code):
    assert error_code(crm.patch(ANA, json={"client_tags_to_add": [tag]}), 400) == code


@pytest.mark.parametrize(
    "patch",
    [{"notes": 5}, {"client_tags_to_add": "A:B"}, {"custom_fields": [{"system_name": "a", "value": 5}]}],
)
def test_a_value_of_the_wrong_type_is_refused(crm, patch):
    assert error_code(crm.patch(ANA, json=patch), 400) == "invalid_field"


def test_without_strict_tags_any_tag_may_be_given():
    with running_sandbox(SandboxConfig(strict_tags=False)) as url, signed_in(url) as crm:
        book = {"clients": [client_document(client_id(1))], "tag_groups": [{"name": "Other", "tags": []}]}
        httpx.put(f"{url}/sandbox/book", json=book)
        assert crm.patch(ANA, json={"client_tags_to_add": ["New:Tag"]}).status_code == 200


def test_a_deleted_or_unknown_client_cannot_be_written(crm, sandbox):
    sandbox.patch(ANA, json={"deleted": "2026-01-01T00:00:00.000000"})
    assert error_code(crm.patch(ANA, json={"notes": "x"}), 404) == "client_not_found"
    assert error_code(crm.patch(f"/clients/{client_id(9)}", json={"notes": "x"}), 404) == "client_not_found"


def test_the_tag_catalogue_tells_computed_groups(crm):
    groups = crm.get("/tags/client/bistro").json()["data"]["results"]
    assert [(group["name"], group["is_autotag"]) for group in groups][-1] == ("Regular", True)


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("parts", ["Spend Tier", "Gold", "Gold", "#88a5f5"]),
        ("string", "Spend Tier##Gold##Gold###88a5f5"),
    ],
)
def test_tags_can_be_read_in_every_encoding_seen(encoding: TagEncoding, shown):
    with running_sandbox(SandboxConfig(tag_encoding=encoding)) as url, signed_in(url) as crm:
        guest = client_document(client_id(1), tags=[("Spend Tier", "Gold")])
        httpx.put(f"{url}/sandbox/book", json={"clients": [guest]})
        assert crm.get(ANA).json()["data"]["client_tags"] == [shown]


def test_a_reservations_staff_note_is_written_and_nothing_else(crm, sandbox):
    booking = reservation_document(reservation_id(1), slot=SLOT, client_requests="Birthday")
    sandbox.put("/book", json={"reservations": [booking]})
    path = f"/reservations/{reservation_id(1)}"
    assert crm.patch(path, json={"internal_notes": "Vegan"}).json()["data"]["internal_notes"] == "Vegan"
    assert error_code(crm.patch(path, json={"notes": "x"}), 400) == "unknown_field"
    assert crm.get(path).json()["data"]["client_requests"] == "Birthday"
    assert error_code(crm.get(f"/reservations/{reservation_id(2)}"), 404) == "reservation_not_found"


def test_above_the_rate_limit_the_answer_is_429_with_a_wait():
    with running_sandbox(SandboxConfig(rate_limit=3)) as url, signed_in(url) as crm:
        answers = [crm.get("/clients") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429, 429]
        assert answers[-1].headers["Retry-After"] == "1"
        assert httpx.get(f"{url}/sandbox/stats").status_code == 200
