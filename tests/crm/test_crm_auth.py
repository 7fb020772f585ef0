from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from scripted_crm import SECRET, ScriptedCrm, a_client, a_directory
from starlette.responses import JSONResponse, Response

from enrich.crm.sevenrooms.auth import InMemoryTokenStore, Token
from enrich.crm.sevenrooms.client import SevenRoomsDirectory
from enrich.errors import CrmAuthenticationFailed, CrmUnavailable, EnrichError


def all_at_once(directory: SevenRoomsDirectory, threads: int = 8) -> None:
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: directory.get("ahhzClient"), range(threads)))


def test_eight_threads_log_in_once(crm: ScriptedCrm, directory: SevenRoomsDirectory) -> None:
    crm.holds(a_client())
    crm.login_seconds = 0.1
    all_at_once(directory)
    assert len(crm.logins) == 1


def test_a_token_that_expires_under_eight_threads_costs_one_login(
    crm: ScriptedCrm, directory: SevenRoomsDirectory
) -> None:
    crm.holds(a_client())
    directory.get("ahhzClient")
    crm.valid.clear()
    crm.login_seconds = 0.1
    all_at_once(directory)
    assert len(crm.logins) == 2


def test_a_second_process_uses_the_token_of_the_first(crm: ScriptedCrm, now: datetime) -> None:
    crm.holds(a_client())
    store = InMemoryTokenStore()
    first, second = (a_directory(crm.base_url, now=now, store=store) for _ in range(2))
    first.get("ahhzClient")
    second.get("ahhzClient")
    crm.valid.clear()
    first.get("ahhzClient")
    second.get("ahhzClient")
    assert len(crm.logins) == 2


@pytest.mark.parametrize(("left", "logins"), [(timedelta(minutes=4), 1), (timedelta(minutes=6), 0)])
def test_a_token_is_renewed_five_minutes_early(
    crm: ScriptedCrm, now: datetime, left: timedelta, logins: int
) -> None:
    crm.holds(a_client())
    crm.valid.add("stored")
    store = InMemoryTokenStore()
    store.save(Token("stored", now + left))
    a_directory(crm.base_url, now=now, store=store).get("ahhzClient")
    assert len(crm.logins) == logins


@pytest.mark.parametrize("stamp", ["soon", "", "2020-01-01T00:00:00"])
def test_an_expiry_that_cannot_be_believed_means_23_hours(crm: ScriptedCrm, now: datetime, stamp: str) -> None:
    crm.holds(a_client())
    crm.expires = stamp
    store = InMemoryTokenStore()
    a_directory(crm.base_url, now=now, store=store).get("ahhzClient")
    token = store.load()
    assert token and token.expires_at == now + timedelta(hours=23)


def test_the_token_is_sent_bare_and_the_credentials_without_white_space(crm: ScriptedCrm, now: datetime) -> None:
    crm.holds(a_client())
    a_directory(crm.base_url, now=now, secret=f" {SECRET}\n").get("ahhzClient")
    assert crm.logins == [f"client_id={'5a' * 64}&client_secret={SECRET}".encode()]
    assert crm.seen[0].headers["authorization"] in crm.valid


def test_a_fresh_token_that_is_refused_too_halts(crm: ScriptedCrm, directory: SevenRoomsDirectory) -> None:
    crm.says(401, {"error": {"code": "unauthorized", "message": "no"}})
    with pytest.raises(CrmAuthenticationFailed):
        directory.get("ahhzClient")
    assert (len(crm.seen), len(crm.logins)) == (2, 2)


@pytest.mark.parametrize(("status", "text"), [(400, "Token is not valid"), (200, "Token is not valid")])
def test_an_expired_token_is_known_by_its_text_too(
    crm: ScriptedCrm, directory: SevenRoomsDirectory, status: int, text: str
) -> None:
    ok = JSONResponse({"status": 200, "data": a_client()})
    refused = JSONResponse({"status": 401, "msg": text}, status)
    crm.answer = lambda seen: ok if len(crm.seen) > 1 else refused
    assert directory.get("ahhzClient").client_id == "ahhzClient"


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (JSONResponse({"error": {"code": "unauthorized", "message": "no"}}, 401), CrmAuthenticationFailed),
        (JSONResponse({"status": 400, "msg": "Invalid credentials"}, 400), CrmAuthenticationFailed),
        (Response("<html>", 404, media_type="text/html"), CrmAuthenticationFailed),
        (Response("<html>", 502, media_type="text/html"), CrmUnavailable),
        (JSONResponse({"status": 200, "data": {}}), CrmUnavailable),
        (JSONResponse({"status": 200, "data": []}), CrmUnavailable),
    ],
)
def test_a_login_that_fails_is_never_a_guests_fault(
    crm: ScriptedCrm, directory: SevenRoomsDirectory, response: Response, error: type[EnrichError]
) -> None:
    crm.login = lambda: response
    with pytest.raises(error) as raised:
        directory.get("ahhzClient")
    assert type(raised.value) is error
    assert not crm.seen
