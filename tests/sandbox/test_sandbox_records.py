import asyncio
import contextlib
import time

import httpx
from sandbox_desk import ANA, CONFIG, CREDENTIALS, error_code, signed_in

from enrich.sandbox.app import create_app
from enrich.sandbox.config import SandboxConfig
from enrich.sandbox.documents import client_document
from enrich.sandbox.ids import Kind, client_id, mint
from enrich.sandbox.server import running_sandbox


def changes(sandbox: httpx.Client, after: int = 0) -> list[dict]:
    return sandbox.get("/changes", params={"after": after}).json()["changes"]


def requests(sandbox: httpx.Client, after: int = 0) -> list[dict]:
    return sandbox.get("/requests", params={"after": after}).json()["requests"]


def test_every_change_tells_who_when_and_what(crm, sandbox):
    before = time.time()
    crm.patch(ANA, json={"notes": "x", "client_tags_to_add": ["Spend Tier:Gold"]})
    (change,) = changes(sandbox)
    assert (change["actor"], change["kind"], change["id"]) == ("api", "client", client_id(1))
    assert before <= change["at"] <= time.time()
    assert change["fields"]["notes"] == [None, "x"] and set(change["fields"]) == {"notes", "client_tags"}
    assert (change["tags_added"], change["tags_removed"]) == (["Spend Tier:Gold"], [])


def test_a_staff_edit_is_told_apart(crm, sandbox):
    crm.patch(ANA, json={"notes": "ours"})
    seen = changes(sandbox)[-1]["n"]
    edit = {"notes": "theirs", "email": "ana@new.example.com", "client_tags_to_remove": ["Spend Tier:Silver"]}
    assert sandbox.patch(ANA, json=edit).json()["notes"] == "theirs"
    (change,) = changes(sandbox, seen)
    assert (change["actor"], change["fields"]["notes"]) == ("staff", ["ours", "theirs"])
    assert change["tags_removed"] == ["Spend Tier:Silver"]
    assert crm.get("/clients", params={"email": "ana@new.example.com"}).json()["data"]["results"][0][
        "id"
    ] == client_id(1)
    assert crm.get("/clients", params={"email": "ana@example.com"}).json()["data"]["results"] == []


def test_staff_can_add_a_profile(crm, sandbox):
    added = sandbox.post("/clients", json={"email": "new@example.com", "first_name": "Neo"}).json()
    assert crm.get(f"/clients/{added['id']}").json()["data"]["first_name"] == "Neo"
    assert changes(sandbox)[-1]["actor"] == "staff"
    assert error_code(sandbox.post("/clients", json={"id": client_id(1)}), 409) == "client_exists"


def test_the_request_log_keeps_order_verb_path_body_and_fault(crm, sandbox):
    sandbox.post("/faults", json={"kind": "reset", "method": "GET", "times": 1})
    crm.patch(ANA, json={"notes": "x"})
    with contextlib.suppress(httpx.TransportError):
        crm.get("/clients", params={"email": "a@example.com"})
    patch, search = requests(sandbox)
    assert (patch["verb"], patch["path"], patch["status"]) == ("PATCH", f"{CONFIG.crm_prefix}{ANA}", 200)
    assert patch["body"] == {"notes": "x"}
    assert (search["query"], search["status"], search["fault"]) == ("email=a%40example.com", None, "reset")
    assert requests(sandbox, patch["n"]) == [search]


def test_the_request_log_holds_no_credentials(base, sandbox):
    sandbox.delete("/requests")
    httpx.post(f"{base}{CONFIG.crm_prefix}/auth", data=CREDENTIALS)
    assert [row["body"] for row in requests(sandbox)] == [None]


def test_the_request_log_keeps_only_the_last_so_many():
    with running_sandbox(SandboxConfig(keep=3)) as url, signed_in(url) as crm:
        for limit in range(1, 6):
            crm.get("/clients", params={"limit": limit})
        rows = httpx.get(f"{url}/sandbox/requests").json()["requests"]
        assert [row["query"] for row in rows] == ["limit=3", "limit=4", "limit=5"]


def test_a_new_book_replaces_the_old_one(crm, sandbox):
    sandbox.put("/book", json={"clients": [client_document(client_id(2), email="bo@example.com")]})
    assert [row["id"] for row in sandbox.get("/clients").json()["clients"]] == [client_id(2)]
    assert crm.get(ANA).status_code == 404


def test_stats_count_what_happened(crm, sandbox):
    crm.get(ANA)
    crm.get("/clients/nobody")
    stats = sandbox.get("/stats").json()
    assert (stats["clients"], stats["requests"], stats["by_status"]) == (1, 2, {"200": 1, "404": 1})


def test_the_admin_pages_are_for_this_machine_only():
    async def asked_from(address: str) -> int:
        transport = httpx.ASGITransport(create_app(SandboxConfig()), client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return (await client.get("/sandbox/clients")).status_code

    assert [asyncio.run(asked_from(address)) for address in ("127.0.0.1", "10.0.0.9")] == [200, 403]


def test_ids_have_the_crms_form_and_differ_by_number_kind_and_seed():
    ids = {mint(kind, n, seed) for kind in Kind for n in range(500) for seed in ("a", "b")}
    assert len(ids) == len(Kind) * 1000
    assert all(60 <= len(key) <= 95 and key.startswith("ahhz") and "=" not in key for key in ids)
    assert mint(Kind.CLIENT, 7) == mint(Kind.CLIENT, 7)
