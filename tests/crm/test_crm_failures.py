"""Each answer of the CRM means one thing to do."""

from datetime import datetime, timedelta

import pytest
from scripted_crm import ScriptedCrm, a_client
from starlette.responses import JSONResponse, Response

from enrich.crm.sevenrooms.client import SevenRoomsDirectory
from enrich.errors import (
    CrmAuthenticationFailed,
    CrmConflict,
    CrmForbidden,
    CrmRejected,
    CrmServerError,
    CrmThrottled,
    CrmUnavailable,
    EnrichError,
    GuestGone,
    RecordGone,
    TryLater,
)
from enrich.guests.profile import ProfilePatch

PATCH = ProfilePatch(notes="Prefers a quiet corner.")


def nested(code: str = "some_code", **details: object) -> dict[str, object]:
    return {"error": {"code": code, "message": "Some words", "details": details}}


def flat(status: int, words: str = "Some words") -> dict[str, object]:
    return {"status": status, "code": status, "msg": words, "request_id": "1773000000.3f1d"}


def html(status: int) -> Response:
    return Response("<html><h1>Oh no</h1></html>", status, media_type="text/html")


@pytest.mark.parametrize("shape", ["nested", "flat", "html"])
@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [
        (301, CrmRejected, "crm_rejected"),
        (400, CrmRejected, "crm_rejected"),
        (401, CrmAuthenticationFailed, "crm_authentication_failed"),
        (402, CrmRejected, "crm_rejected"),
        (403, CrmForbidden, "crm_forbidden"),
        (404, GuestGone, "guest_gone"),
        (408, CrmUnavailable, "crm_unavailable"),
        (409, CrmConflict, "crm_conflict"),
        (418, CrmRejected, "crm_rejected"),
        (422, CrmRejected, "crm_rejected"),
        (429, CrmThrottled, "crm_throttled"),
        (500, CrmServerError, "crm_server_error"),
        (502, CrmUnavailable, "crm_unavailable"),
        (503, CrmUnavailable, "crm_unavailable"),
        (504, CrmUnavailable, "crm_unavailable"),
        (599, CrmUnavailable, "crm_unavailable"),
    ],
)
def test_a_status_means_the_same_whatever_the_body(
    crm: ScriptedCrm,
    directory: SevenRoomsDirectory,
    status: int,
    error: type[EnrichError],
    reason: str,
    shape: str,
) -> None:
    bodies = {"nested": JSONResponse(nested(), status), "flat": JSONResponse(flat(status), status)}
    crm.answer = lambda seen: bodies.get(shape) or html(status)
    with pytest.raises(EnrichError) as raised:
        directory.patch("ahhzClient", PATCH)
    assert (type(raised.value), raised.value.reason) == (error, reason)
    assert str(raised.value).startswith(f"PATCH /clients/{{id}}: {status}")


def test_not_found_is_about_what_was_asked(crm: ScriptedCrm, directory: SevenRoomsDirectory) -> None:
    crm.says(404, nested())
    for ask, error in [
        (lambda: directory.get("x"), GuestGone),
        (lambda: directory.booking("x"), RecordGone),
        (lambda: directory.write_note("x", "note"), RecordGone),
        (lambda: directory.find_by_email("a@example.com"), CrmRejected),
    ]:
        with pytest.raises(error):
            ask()


def test_a_wrong_reservation_id_that_is_answered_400_is_gone(
    crm: ScriptedCrm, directory: SevenRoomsDirectory
) -> None:
    crm.says(400, flat(400, "Invalid reservation ID"))
    with pytest.raises(RecordGone):
        directory.booking("x")


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [
        ("7", timedelta(seconds=7)),
        ("0", timedelta(0)),
        ("86400", timedelta(minutes=15)),
        ("Sat, 14 Mar 2026 21:31:30 GMT", timedelta(seconds=90)),
        ("Sat, 14 Mar 2026 20:00:00 GMT", timedelta(0)),
        ("Sun, 15 Mar 2026 21:30:00 GMT", timedelta(minutes=15)),
        ("soon", None),
        ("-5", None),
        (None, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_named_wait_is_kept_and_capped(
    crm: ScriptedCrm,
    directory: SevenRoomsDirectory,
    now: datetime,
    status: int,
    retry_after: str | None,
    wait: timedelta | None,
) -> None:
    crm.says(status, nested(), {"Retry-After": retry_after} if retry_after else None)
    with pytest.raises(TryLater) as raised:
        directory.get("ahhzClient")
    assert raised.value.not_before == (None if wait is None else now + wait)


def test_a_conflict_names_the_record_in_the_way(crm: ScriptedCrm, directory: SevenRoomsDirectory) -> None:
    crm.says(409, nested("duplicate_reservation", conflicting_id="res_xyz789"))
    with pytest.raises(CrmConflict) as raised:
        directory.write_note("r", "note")
    assert raised.value.conflicting_id == "res_xyz789"


@pytest.mark.parametrize(
    "body",
    [
        nested("insufficient_scope", required_scope="clients:write"),
        nested("insufficient_scope", scopes=["clients:write"]),
        flat(403, "Missing scope clients:write"),
    ],
)
def test_a_missing_right_is_named(crm: ScriptedCrm, directory: SevenRoomsDirectory, body: object) -> None:
    crm.says(403, body)
    with pytest.raises(CrmForbidden, match="clients:write"):
        directory.get("ahhzClient")


def test_a_rejection_carries_what_the_vendors_support_asks_for(
    crm: ScriptedCrm, directory: SevenRoomsDirectory
) -> None:
    crm.says(400, flat(400, "No shift found for date and time"))
    with pytest.raises(CrmRejected, match="No shift found") as raised:
        directory.patch("ahhzClient", PATCH)
    assert (raised.value.code, raised.value.request_id) == ("400", "1773000000.3f1d")


@pytest.mark.parametrize(
    "response",
    [
        JSONResponse({"status": 500, "msg": "Oh no", "data": a_client()}),
        JSONResponse({"error": {"code": "internal", "message": "Oh no"}, "data": a_client()}),
        JSONResponse({"status": 200, "data": [a_client()]}),
        JSONResponse({"status": 200, "data": {"email": "amelie.fournier@example.com"}}),
        JSONResponse({"status": 200, "data": a_client("ahhzOther")}),
        JSONResponse({"status": 200}),
        JSONResponse([a_client()]),
        Response(b'{"status": 200, "data": {"id": "ahhzCl', media_type="application/json"),
        Response(b'{"status": 200,', headers={"content-length": "400"}, media_type="application/json"),
        Response(b'{"status": 200, "data": {"id": "ahhzClient"}}', media_type="text/html"),
        JSONResponse({"status": 200, "data": a_client(notes="x" * 4 * 1024 * 1024)}),
        Response(b"[" * 100_000, media_type="application/json"),
        Response(b"\xff\xfe", media_type="application/json"),
        Response(status_code=204),
        html(200),
    ],
    ids=[
        "other status inside",
        "error inside",
        "list for an object",
        "no id",
        "another profile",
        "no data",
        "no object",
        "cut short",
        "connection cut",
        "wrong content type",
        "huge",
        "deep",
        "not text",
        "no content",
        "html",
    ],
)
def test_a_success_that_proves_nothing_is_an_unknown_outcome(
    crm: ScriptedCrm, directory: SevenRoomsDirectory, response: Response
) -> None:
    crm.answer = lambda seen: response
    for ask in (lambda: directory.get("ahhzClient"), lambda: directory.patch("ahhzClient", ProfilePatch())):
        with pytest.raises(CrmUnavailable):
            ask()
