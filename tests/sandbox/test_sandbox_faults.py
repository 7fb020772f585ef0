import time

import httpx
import pytest
from sandbox_desk import ANA, error_code

from enrich.sandbox.documents import client_document
from enrich.sandbox.ids import client_id

NOTE = {"notes": "Quiet corner."}


def order(sandbox: httpx.Client, **fault: object) -> None:
    sandbox.post("/faults", json=fault).raise_for_status()


def applied(sandbox: httpx.Client) -> list[int]:
    return [fault["applied"] for fault in sandbox.get("/faults").json()["faults"]]


def note_is_written(sandbox: httpx.Client) -> bool:
    return sandbox.get("/clients").json()["clients"][0]["notes"] == NOTE["notes"]


def statuses(crm: httpx.Client, times: int) -> list[int]:
    return [crm.get(ANA).status_code for _ in range(times)]


@pytest.mark.parametrize("retry_after", ["3", "Fri, 31 Dec 2027 23:59:59 GMT"])
def test_a_status_fault_can_say_when_to_come_back(crm, sandbox, retry_after):
    order(sandbox, kind="status", status=429, retry_after=retry_after)
    answer = crm.patch(ANA, json=NOTE)
    assert error_code(answer, 429) == "rate_limited"
    assert answer.headers["Retry-After"] == retry_after
    assert not note_is_written(sandbox)


def test_a_status_fault_can_carry_a_code_and_no_wait(crm, sandbox):
    order(sandbox, kind="status", status=409, code="version_conflict")
    answer = crm.patch(ANA, json=NOTE)
    assert error_code(answer, 409) == "version_conflict"
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize(("kind", "written"), [("reset", False), ("reset_after_applying", True)])
def test_a_reset_cuts_the_connection(crm, sandbox, kind, written):
    order(sandbox, kind=kind)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        crm.patch(ANA, json=NOTE)
    assert note_is_written(sandbox) is written


def test_a_truncated_answer_ends_in_the_middle(crm, sandbox):
    order(sandbox, kind="truncated")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        crm.patch(ANA, json=NOTE)
    assert note_is_written(sandbox)


def test_a_hanging_request_gets_no_answer_and_is_not_applied(crm, sandbox):
    order(sandbox, kind="hang")
    with pytest.raises(httpx.ReadTimeout):
        crm.patch(ANA, json=NOTE, timeout=0.2)
    assert not note_is_written(sandbox)


def test_a_dripping_answer_never_trips_a_read_timeout(crm, sandbox):
    order(sandbox, kind="drip", delay=0.05)
    began = time.monotonic()
    with crm.stream("GET", ANA, timeout=0.3) as answer:
        for count, _ in enumerate(answer.iter_raw()):
            if count == 10:
                break
    assert time.monotonic() - began > 0.4


def test_a_slow_answer_comes_whole(crm, sandbox):
    order(sandbox, kind="slow", delay=0.3)
    began = time.monotonic()
    assert crm.patch(ANA, json=NOTE).json()["data"]["notes"] == NOTE["notes"]
    assert time.monotonic() - began >= 0.3


def test_a_slow_request_is_applied_though_the_caller_gave_up(crm, sandbox):
    order(sandbox, kind="slow", delay=0.3)
    with pytest.raises(httpx.ReadTimeout):
        crm.patch(ANA, json=NOTE, timeout=0.1)
    time.sleep(0.4)
    assert note_is_written(sandbox)


def test_an_error_can_hide_in_a_200(crm, sandbox):
    order(sandbox, kind="ok_with_error", status=503)
    answer = crm.patch(ANA, json=NOTE)
    assert (answer.status_code, answer.json()["status"]) == (200, 503)
    assert not note_is_written(sandbox)


def test_a_gateway_answers_html(crm, sandbox):
    order(sandbox, kind="html", status=502)
    answer = crm.get(ANA)
    assert answer.status_code == 502 and answer.headers["content-type"].startswith("text/html")


def test_an_answer_of_the_wrong_type_proves_nothing(crm, sandbox):
    order(sandbox, kind="wrong_type")
    assert crm.patch(ANA, json=NOTE).json()["data"] == "ok"
    assert note_is_written(sandbox)


def test_a_fault_picks_its_verb_and_path(crm, sandbox):
    order(sandbox, kind="status", method="PATCH", path=r"/clients/[^/]+$")
    assert crm.get(ANA).status_code == 200
    assert crm.get("/clients").status_code == 200
    assert crm.patch(ANA, json=NOTE).status_code == 500


def test_a_fault_ends_after_so_many_times(crm, sandbox):
    order(sandbox, kind="status", times=2)
    assert statuses(crm, 4) == [500, 500, 200, 200]
    assert applied(sandbox) == [2]


def test_a_fault_ends_after_so_many_seconds(crm, sandbox):
    order(sandbox, kind="status", for_seconds=0.2)
    assert statuses(crm, 1) == [500]
    time.sleep(0.25)
    assert statuses(crm, 1) == [200]


def test_a_shared_fault_meets_the_same_requests_for_the_same_seed(crm, sandbox):
    runs = []
    for seed in (7, 7, 8):
        sandbox.delete("/faults")
        order(sandbox, kind="status", share=0.3, seed=seed)
        runs.append(statuses(crm, 100))
    assert runs[0] == runs[1] != runs[2]
    assert 15 <= runs[0].count(500) <= 45


def test_a_fault_can_meet_each_guest_once(crm, sandbox):
    sandbox.put("/book", json={"clients": [client_document(client_id(n)) for n in range(3)]})
    order(sandbox, kind="status", each="id")
    rounds = [[crm.get(f"/clients/{client_id(n)}").status_code for n in range(3)] for _ in range(2)]
    assert rounds == [[500] * 3, [200] * 3]


def test_the_first_fault_that_matches_wins(crm, sandbox):
    faults = [{"kind": "status", "status": 503, "times": 1}, {"kind": "status", "status": 404}]
    sandbox.post("/faults", json=faults)
    assert statuses(crm, 3) == [503, 404, 404]
    assert applied(sandbox) == [1, 2]


def test_taking_the_faults_away_heals_everything(crm, sandbox):
    order(sandbox, kind="status")
    sandbox.delete("/faults")
    assert statuses(crm, 1) == [200]


def test_a_misspelled_fault_is_refused(sandbox):
    assert error_code(sandbox.post("/faults", json={"kind": "explode"}), 400) == "invalid_fault"


def test_faults_leave_the_admin_pages_alone(sandbox):
    order(sandbox, kind="status")
    assert sandbox.get("/stats").status_code == 200
