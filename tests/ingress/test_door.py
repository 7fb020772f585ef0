import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
import pytest
from doorstep import TOAST, TYPEFORM, Doorstep, head, notice, standing, status_of, timed
from restaurant import SECRETS

from enrich.sandbox.senders import signed_headers
from enrich.settings import Settings

GENUINE = b'{"event_id":"t1","event_type":"form_response","form_response":{"token":"t1"}}'
MB = 1_000_000
OTHER_METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
ELSEWHERE = (
    *("", "/", "?a=b", "/toast", "/toast/", "/toast/other", "/toast/harbor-pos/", "/toast/harbor-pos/more"),
    *(
        "/other/harbor-pos",
        "/toast/harbor-survey",
        "/toast/harbor%2Fpos",
        "/toast/%00",
        "/toast/%0a/b",
        "/%ff/%fe",
    ),
)
UNREADABLE = (b"", b"{", b"\xff\xfe", b'{"a":1,"a":2}', b"[" * 100_000, b'{"a":"\\ud800"}', b"1e999")


def states(door: Doorstep) -> list[tuple[str, str | None]]:
    return [(row["state"], row["reason"]) for row in door.rows()]


def test_a_genuine_delivery_is_on_disk_when_it_is_answered(door: Doorstep) -> None:
    body = notice()
    assert door.toast(body).status_code == 202
    (row,) = door.rows()
    assert (row["source"], row["connection"], row["body"]) == ("toast", "harbor-pos", body)
    assert row["key"] == json.loads(body)["guid"]
    assert [tuple(due) for due in door.rows("SELECT kind, ref FROM due")] == [("delivery", str(row["id"]))]


def test_nothing_is_answered_well_that_could_not_be_committed(door: Doorstep, settings: Settings) -> None:
    body = notice()
    with door.locked():
        answer, seconds = timed(lambda: door.toast(body))
        assert answer.status_code == 503
        assert seconds < settings.answer_within + 0.3
        assert door.rows() == []
    assert door.toast(body).status_code in (202, 200)
    assert len(door.rows()) == 1


def test_a_crowd_before_a_locked_database_is_answered_in_time_and_taken_in_when_it_comes_back(
    door: Doorstep, settings: Settings
) -> None:
    bodies = [notice() for _ in range(30)]
    with ThreadPoolExecutor(30) as pool:
        with door.locked():
            answers = list(pool.map(lambda body: timed(lambda: door.toast(body)), bodies))
            assert {answer.status_code for answer, _ in answers} == {503}
            assert max(seconds for _, seconds in answers) < settings.answer_within + 1
        assert {door.toast(body).status_code for body in bodies} <= {200, 202}
    assert len(door.rows()) == 30


def test_a_commit_that_is_slow_but_in_time_is_waited_for(door: Doorstep) -> None:
    with ThreadPoolExecutor(1) as pool:
        with door.locked():
            answer = pool.submit(door.toast)
            time.sleep(0.5)
            assert not answer.done()
        assert answer.result().status_code == 202


def test_no_address_below_webhooks_is_ever_missing_and_no_method_wrong(door: Doorstep) -> None:
    answers = {
        (method, path): door.client.request(method, f"/webhooks{path}").status_code
        for path in ELSEWHERE
        for method in (*OTHER_METHODS, "POST")
    }
    assert {asked: code for asked, code in answers.items() if code != 401} == {}
    assert door.counts()["inbox"] == 0


def test_a_genuine_delivery_by_another_method_is_none(door: Doorstep) -> None:
    body = notice()
    headers = signed_headers("toast", body, SECRETS["HARBOR_TOAST"])
    codes = {
        door.client.request(method, TOAST, content=body, headers=headers).status_code for method in OTHER_METHODS
    }
    assert codes == {401}
    assert door.rows() == []


FORGED = {
    "missing": {},
    "empty": {"Typeform-Signature": ""},
    "of another secret": signed_headers("typeform", GENUINE, "other"),
    "of other bytes": signed_headers("typeform", GENUINE + b" ", SECRETS["HARBOR_TYPEFORM"]),
    "of another source": signed_headers("sevenrooms", GENUINE, SECRETS["HARBOR_TYPEFORM"]),
    "no text": {"Typeform-Signature": "sha256=\xff\xfe"},
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED.keys())
def test_what_is_not_signed_leaves_no_trace(door: Doorstep, headers: dict[str, str]) -> None:
    before = door.counts()
    given = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = door.client.post(TYPEFORM, content=GENUINE, headers=given)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "signature_invalid")
    assert door.counts() == before


def test_a_signature_sent_twice_with_different_values_is_none(door: Doorstep) -> None:
    genuine = signed_headers("typeform", GENUINE, SECRETS["HARBOR_TYPEFORM"])["Typeform-Signature"]
    headers = [("Typeform-Signature", genuine), ("Typeform-Signature", "sha256=x")]
    assert door.client.post(TYPEFORM, content=GENUINE, headers=headers).status_code == 401


def test_the_same_delivery_again_is_well_and_changes_nothing(door: Doorstep) -> None:
    body = notice()
    assert [door.toast(body).status_code for _ in range(3)] == [202, 200, 200]
    assert len(door.rows()) == 1


def test_a_known_id_with_other_bytes_is_well_and_kept_for_a_person(door: Doorstep) -> None:
    first, second = notice(guid="one"), notice(guid="one", more=True)
    assert [door.toast(first).status_code, door.toast(second).status_code] == [202, 200]
    assert states(door) == [("received", None), ("quarantined", "id_reuse")]


def test_sixteen_posts_of_one_delivery_at_once_are_one_row(door: Doorstep) -> None:
    body = notice()
    with ThreadPoolExecutor(16) as pool:
        codes = sorted(pool.map(lambda _: door.toast(body).status_code, range(16)))
    assert codes == [200] * 15 + [202]
    assert len(door.rows()) == 1


@pytest.mark.parametrize("age", [timedelta(minutes=31), timedelta(days=365), timedelta(minutes=-31)])
def test_a_genuine_delivery_of_another_time_is_kept_and_not_worked_on(door: Doorstep, age: timedelta) -> None:
    assert door.toast(notice(sent=age)).status_code == 202
    assert states(door) == [("quarantined", "timestamp_outside_tolerance")]
    assert door.counts()["due"] == 0


def test_the_last_of_toasts_retries_is_not_too_late(door: Doorstep) -> None:
    assert door.toast(notice(sent=timedelta(minutes=16))).status_code == 202
    assert states(door) == [("received", None)]


@pytest.mark.parametrize("source", ["typeform", "sevenrooms"])
def test_genuine_deliveries_nobody_can_read_are_kept_byte_for_byte(door: Doorstep, source: str) -> None:
    assert {door.signed(source, body).status_code for body in UNREADABLE} == {202}
    assert tuple(row["body"] for row in door.rows()) == UNREADABLE


def test_both_secrets_are_good_while_they_are_exchanged(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = settings.venues.read_text().replace("secrets: [HARBOR_TOAST]", "secrets: [NEW_TOAST, HARBOR_TOAST]")
    settings.venues.write_text(text)
    monkeypatch.setenv("NEW_TOAST", "the-new-one")
    with standing(settings) as door:
        codes = [door.toast(secret=secret).status_code for secret in ("the-new-one", SECRETS["HARBOR_TOAST"])]
        assert codes == [202, 202]
        body = notice()
        assert door.post(TOAST, body, signed_headers("toast", body, "an-old-one")).status_code == 401


def test_a_connection_without_a_secret_takes_nothing(settings: Settings) -> None:
    settings.venues.write_text(settings.venues.read_text().replace("secrets: [HARBOR_TOAST]", "secrets: []"))
    with standing(settings) as door:
        body = notice()
        assert door.post(TOAST, body, signed_headers("toast", body, "")).status_code == 401


def test_no_signature_and_no_credential_is_stored(door: Doorstep) -> None:
    door.signed("typeform", GENUINE, Authorization="Bearer canary", Cookie="canary", **{"X-Any": "canary"})
    (row,) = door.rows()
    signature = signed_headers("typeform", GENUINE, SECRETS["HARBOR_TYPEFORM"])["Typeform-Signature"]
    assert signature not in row["headers"]
    assert "canary" not in row["headers"]
    assert {name for name, _ in json.loads(row["headers"])} == {"content-type", "user-agent"}


def test_three_hundred_deliveries_at_once_are_all_stored(door: Doorstep) -> None:
    bodies = [notice() for _ in range(300)]

    async def post_all() -> list[int]:
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(base_url=door.base_url, limits=limits, timeout=20) as client:
            posts = [
                client.post(TOAST, content=body, headers=signed_headers("toast", body, SECRETS["HARBOR_TOAST"]))
                for body in bodies
            ]
            return [answer.status_code for answer in await asyncio.gather(*posts)]

    assert set(asyncio.run(post_all())) == {202}
    assert {row["body"] for row in door.rows()} == set(bodies)
    assert door.counts()["due"] == 300


# -- sizes and slowness


def test_a_large_order_passes(door: Doorstep) -> None:
    assert door.toast(notice(filler="x" * 1_900_000)).status_code == 202
    assert len(door.rows()[0]["body"]) > 1_900_000


def test_one_byte_over_the_limit_is_refused_and_one_under_is_not(door: Doorstep) -> None:
    empty = len(notice(filler=""))
    assert door.toast(notice(filler="x" * (2 * MB - empty + 1))).status_code == 413
    assert door.rows() == []
    assert door.toast(notice(filler="x" * (2 * MB - empty))).status_code == 202


def test_a_body_without_end_is_cut_off_at_the_limit_and_fills_no_memory(door: Doorstep) -> None:
    """Chunked: no length was announced."""
    memory = psutil.Process().memory_info
    before = memory().rss
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with door.connect() as conn:
        conn.sendall(head(TYPEFORM, {"Transfer-Encoding": "chunked"}))
        sent, most = 0, 0
        try:
            while sent < 100 * MB:
                conn.sendall(chunk)
                sent, most = sent + len(chunk), max(most, memory().rss)
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            pass
        code = status_of(conn) if sent >= 100 * MB else 413
    assert code == 413
    assert most - before < 20 * MB
    assert door.rows() == []
    assert 'reason="delivery_too_large"' in door.client.get("/metrics").text


def test_an_announced_length_is_not_believed(door: Doorstep) -> None:
    with door.connect() as conn:
        conn.sendall(head(TYPEFORM, {"Content-Length": "10"}) + b"x" * 10)
        assert status_of(conn) == 401


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "GZIP", "identity, gzip"])
def test_a_compressed_body_is_not_taken(door: Doorstep, encoding: str) -> None:
    assert door.signed("typeform", GENUINE, **{"Content-Encoding": encoding}).status_code == 415
    assert door.rows() == []


@pytest.mark.parametrize("trickle", [False, True])
def test_a_body_that_does_not_come_is_not_waited_for(door: Doorstep, settings: Settings, trickle: bool) -> None:
    with door.connect() as conn:
        conn.sendall(head(TYPEFORM, {"Content-Length": "1000"}))
        done = threading.Event()

        def drip() -> None:
            while trickle and not done.wait(0.1):
                conn.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        code, seconds = timed(lambda: status_of(conn))
        done.set()
        thread.join()
    assert code == 503
    assert seconds < settings.answer_within + 0.5
    assert door.rows() == []


def test_slow_ones_keep_no_other_waiting(door: Doorstep) -> None:
    slow = [door.connect() for _ in range(100)]
    for conn in slow:
        conn.sendall(head(TYPEFORM, {"Content-Length": "1000"}))
    answer, seconds = timed(door.toast)
    assert answer.status_code == 202
    assert seconds < 0.5
    for conn in slow:
        conn.close()


def test_a_vendor_that_hangs_up_is_no_fault_of_ours(door: Doorstep, caplog: pytest.LogCaptureFixture) -> None:
    with door.connect() as conn:
        conn.sendall(head(TYPEFORM, {"Content-Length": "1000"}) + b"x")
        time.sleep(0.1)
    time.sleep(0.2)
    assert door.toast().status_code == 202
    assert [record.getMessage() for record in caplog.records if record.name.startswith("uvicorn")] == []
