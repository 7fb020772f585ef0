import json
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import structlog
from doorstep import TYPEFORM, Doorstep, notice, standing, timed

from enrich.sandbox.senders import signed_headers
from enrich.settings import Settings
from enrich.telemetry.logs import configure_logs

CANARIES = ("mara.canary@example.com", "Canaryson", "+1 555 0100 999", "tf-secret-Harbor-53")


def survey(token: str) -> bytes:
    answers = [{"type": "text", "text": " ".join(CANARIES[:3])}]
    return json.dumps(
        {"event_type": "form_response", "form_response": {"token": token, "answers": answers}}
    ).encode()


@pytest.fixture
def logs() -> Iterator[StringIO]:
    before, said = structlog.get_config(), StringIO()
    configure_logs("DEBUG")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(said), cache_logger_on_first_use=False)
    yield said
    structlog.configure(**before)


def test_no_guest_and_no_secret_is_in_logs_or_metrics(
    logs: StringIO, door: Doorstep, capfd: pytest.CaptureFixture[str]
) -> None:
    body = survey("t1")
    path = f"{TYPEFORM}?email={CANARIES[0]}"
    door.signed("typeform", body)
    door.signed("typeform", body)
    door.signed("typeform", survey("t1") + b" ")
    door.signed("typeform", b"{" + body)
    door.post(path, body, signed_headers("typeform", body, "wrong"))
    door.post(f"/webhooks/{CANARIES[0]}/x", body, {})
    door.client.request("OPTIONS", f"/webhooks/typeform/{CANARIES[0]}")
    door.signed("typeform", body * 20_000)
    with door.locked():
        door.signed("typeform", survey("t2"))
    said = logs.getvalue() + "".join(capfd.readouterr())
    shown = door.client.get("/metrics").text + door.client.get("/status").text + door.client.get("/readyz").text
    assert "signature_invalid" in said
    assert "not_stored" in said
    assert "enrich_events_rejected_total" in shown
    assert [canary for canary in CANARIES if canary in said + shown] == []


def test_labels_of_metrics_do_not_grow_with_what_strangers_send(door: Doorstep) -> None:
    for number in range(20):
        door.post(f"/webhooks/stranger{number}/x", b"", {})
    assert "stranger" not in door.client.get("/metrics").text


def test_the_door_is_live_but_not_ready_while_its_database_takes_nothing(door: Doorstep) -> None:
    assert door.client.get("/readyz").status_code == 200
    with door.locked():
        answer, seconds = timed(lambda: door.client.get("/readyz"))
        assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
        assert seconds < 3
        assert door.client.get("/healthz").status_code == 200
        assert door.client.get("/status").status_code == 200
    assert door.client.get("/readyz").status_code == 200


def test_the_status_counts_what_came(door: Doorstep) -> None:
    door.toast()
    door.signed("typeform", survey("t1"))
    door.signed("typeform", survey("t1") + b" ")
    status = door.client.get("/status").json()
    assert status["inbox"] == {"received": 2, "quarantined": 1, "reasons": {"id_reuse": 1}}
    assert [(row["kind"], row["ready"]) for row in status["due"]] == [("delivery", 2)]


@pytest.mark.parametrize("broker", ["redis://127.0.0.1:9/0", "redis+socket:///nowhere/redis.sock"])
def test_a_broker_that_is_not_there_is_not_missed(settings: Settings, broker: str) -> None:
    with standing(settings.model_copy(update={"redis_url": broker})) as door:
        answers = [timed(door.toast) for _ in range(20)]
        time.sleep(0.3)
        answers.append(timed(door.toast))
        assert {answer.status_code for answer, _ in answers} == {202}
        assert max(seconds for _, seconds in answers) < 0.5
        assert len(door.rows()) == 21


def test_a_broker_that_never_answers_is_not_waited_for(settings: Settings, door: Doorstep) -> None:
    """A door listens and says nothing of Redis."""
    silent = door.base_url.replace("http", "redis")
    with standing(settings.model_copy(update={"redis_url": silent})) as other:
        answers = [timed(other.toast) for _ in range(20)]
        assert max(seconds for _, seconds in answers) < 0.5


def test_what_was_answered_outlives_the_door(settings: Settings) -> None:
    body = notice()
    with standing(settings) as door:
        assert door.toast(body).status_code == 202
    with standing(settings) as door:
        assert door.toast(body).status_code == 200


def test_settings_point_to_a_folder_only_the_owner_may_enter(settings: Settings, door: Doorstep) -> None:
    assert Path(settings.state).stat().st_mode & 0o077 == 0
