from uuid import uuid4

import httpx
import pytest
from sandbox_desk import CONFIG

LOGIN = {
    "clientId": CONFIG.toast_client_id,
    "clientSecret": CONFIG.toast_client_secret,
    "userAccessType": "TOAST_MACHINE_CLIENT",
}
MESSAGE = {
    "from": "guests@example.com",
    "to": ["ana@example.com"],
    "subject": "Your evening",
    "text": "How was it?",
}


@pytest.fixture
def toast(base, sandbox):
    with httpx.Client(base_url=f"{base}/toast") as client:
        told = client.post("/authentication/v1/authentication/login", json=LOGIN).json()
        client.headers["Authorization"] = f"Bearer {told['token']['accessToken']}"
        client.headers["Toast-Restaurant-External-ID"] = "restaurant-1"
        yield client


@pytest.fixture
def mail(base, sandbox):
    with httpx.Client(
        base_url=f"{base}/mail", headers={"Authorization": f"Bearer {CONFIG.mail_api_key}"}
    ) as client:
        yield client


def send(mail: httpx.Client, key: str, **changed: object) -> httpx.Response:
    return mail.post("/emails", json=MESSAGE | changed, headers={"Idempotency-Key": key})


def outbox(sandbox: httpx.Client, key: str) -> list[dict]:
    return [mail for mail in sandbox.get("/outbox").json()["outbox"] if mail["idempotency_key"] == key]


def test_toast_gives_an_order_that_was_put_there(toast, sandbox):
    sandbox.put("/toast/orders/order-1", json={"guid": "order-1", "checks": []})
    sandbox.put("/toast/orders", json={"orders": [{"guid": "order-2"}, {"guid": "order-3"}]})
    assert toast.get("/orders/v2/orders/order-1").json() == {"guid": "order-1", "checks": []}
    assert toast.get("/orders/v2/orders/order-3").json() == {"guid": "order-3"}
    assert toast.get("/orders/v2/orders/order-9").status_code == 404


def test_toast_refuses_wrong_credentials(base):
    answer = httpx.post(
        f"{base}/toast/authentication/v1/authentication/login", json=LOGIN | {"clientSecret": "no"}
    )
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer no"}, 401),
        ({"Authorization": ""}, 401),
        ({"Toast-Restaurant-External-ID": ""}, 400),
    ],
)
def test_toast_wants_a_bearer_token_and_the_restaurant(toast, headers, status):
    assert toast.get("/orders/v2/orders/order-1", headers=headers).status_code == status


def test_toasts_429_has_its_own_headers_and_no_retry_after(toast, sandbox):
    sandbox.post("/faults", json={"kind": "status", "status": 429, "path": "/toast/orders"})
    answer = toast.get("/orders/v2/orders/order-1")
    assert answer.status_code == 429
    assert answer.headers["X-Toast-RateLimit-Remaining"] == "0"
    assert int(answer.headers["X-Toast-RateLimit-Reset"]) and answer.headers["X-Toast-RateLimit-By"]
    assert "Retry-After" not in answer.headers


def test_the_same_key_again_sends_no_second_mail(mail, sandbox):
    key = str(uuid4())
    assert send(mail, key).json() == send(mail, key).json()
    (kept,) = outbox(sandbox, key)
    assert kept["at"] and {name: kept[name] for name in MESSAGE} == MESSAGE


def test_the_same_key_with_another_message_is_a_conflict(mail, sandbox):
    key = str(uuid4())
    send(mail, key)
    answer = send(mail, key, subject="Another")
    assert (answer.status_code, answer.json()["name"]) == (409, "invalid_idempotent_request")
    assert len(outbox(sandbox, key)) == 1


def test_a_mail_whose_answer_was_lost_is_sent_once(mail, sandbox):
    key = str(uuid4())
    sandbox.post("/faults", json={"kind": "reset_after_applying", "path": "/mail", "times": 1})
    with pytest.raises(httpx.TransportError):
        send(mail, key)
    assert send(mail, key).json()["id"] == outbox(sandbox, key)[0]["id"]
    assert len(outbox(sandbox, key)) == 1


def test_an_incomplete_mail_or_a_wrong_key_is_refused(mail, base):
    assert send(mail, str(uuid4()), subject="").status_code == 422
    assert httpx.post(f"{base}/mail/emails", json=MESSAGE).status_code == 401
    wrong = {"Authorization": "Bearer no"}
    assert httpx.post(f"{base}/mail/emails", json=MESSAGE, headers=wrong).status_code == 403
