"""Nothing of a guest and no secret is in an error, a call's record or a log line."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from scripted_crm import SECRET, ScriptedCrm, Seen, a_directory
from starlette.responses import JSONResponse, Response

from enrich.crm.sevenrooms.call import CallRecord
from enrich.crm.sevenrooms.client import SevenRoomsDirectory
from enrich.errors import EnrichError
from enrich.guests.profile import ProfilePatch, Tag

EMAIL = "canary.amelie@example.com"
NOTE = "Canary likes corners\nand hates cellars"
PATCH = ProfilePatch(
    add_tags=(Tag("Dietary Restrictions", "Canary Allergy"),), notes=NOTE, loyalty_tier="CanaryGold"
)
CANARIES = ("canary", "+33 6 12 00 45 78", "hates cellars", SECRET, "5a" * 64, "ab" * 20)


def echoing(status: int) -> Callable[[Seen], Response]:
    """An answer that repeats whatever it was sent, and adds a phone."""

    def answer(seen: Seen) -> Response:
        words = f"Bad {seen.query} {seen.body.decode()} {seen.headers} +33 6 12 00 45 78 {EMAIL.upper()} {NOTE}"
        return JSONResponse({"error": {"code": f"bad {EMAIL}", "message": words}, "request_id": EMAIL}, status)

    return answer


def calls(directory: SevenRoomsDirectory) -> Iterator[Callable[[], object]]:
    yield lambda: directory.find_by_email(EMAIL)
    yield lambda: directory.get("ahhzClient")
    yield lambda: directory.patch("ahhzClient", PATCH)
    yield lambda: directory.write_note("ahhzReservation", NOTE)


def told(error: BaseException | None) -> str:
    if error is None:
        return ""
    return f"{error!r} {error} {vars(error)} {told(error.__cause__)} {told(error.__context__)}"


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 409, 422, 429, 500, 502])
def test_no_canary_sings(crm: ScriptedCrm, now: datetime, caplog: pytest.LogCaptureFixture, status: int) -> None:
    caplog.set_level(logging.DEBUG)
    records: list[CallRecord] = []
    directory = a_directory(crm.base_url, now=now, on_call=records.append)
    crm.answer = echoing(status)
    for call in calls(directory):
        with pytest.raises(EnrichError) as raised:
            call()
        _silent(told(raised.value))
    assert records
    _silent(repr(records))
    _silent(caplog.text)


def test_a_token_that_cannot_be_sent_is_not_told(crm: ScriptedCrm, now: datetime) -> None:
    data = {"token": "canary\r\ntoken"}
    crm.login = lambda: JSONResponse({"status": 200, "data": data})
    with pytest.raises(EnrichError) as raised:
        a_directory(crm.base_url, now=now).get("ahhzClient")
    _silent(told(raised.value))


def test_a_refused_login_tells_no_credential(crm: ScriptedCrm, now: datetime) -> None:
    words = f"No client {'5a' * 64} with {SECRET}"
    crm.login = lambda: JSONResponse({"status": 400, "msg": words}, 400)
    with pytest.raises(EnrichError) as raised:
        a_directory(crm.base_url, now=now).get("ahhzClient")
    _silent(told(raised.value))


def _silent(text: str) -> None:
    assert not [canary for canary in CANARIES if canary.lower() in text.lower()], text
