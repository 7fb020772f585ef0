"""A restaurant for tests: its book, its POS and its survey tool, over the real sandbox and the real door."""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import yaml_text

from enrich.sandbox.config import SandboxConfig
from enrich.sandbox.documents import VENUE_GROUP_ID, VENUE_ID, client_document, reservation_document
from enrich.sandbox.ids import client_id, reservation_id
from enrich.sandbox.senders import signed_headers
from enrich.settings import Settings

SECRETS = {
    "HARBOR_SEVENROOMS": "sr-secret-Harbor-51",
    "HARBOR_TOAST": "toast-secret-Harbor-52",
    "HARBOR_TYPEFORM": "tf-secret-Harbor-53",
    "HARBOR_TOAST_CLIENT": SandboxConfig().toast_client_secret,
}
CONNECTIONS = {"sevenrooms": "harbor", "toast": "harbor-pos", "typeform": "harbor-survey"}
ZONE = ZoneInfo("America/New_York")
Document = dict[str, Any]


def settings_for(folder: Path, sandbox: str, **changes: Any) -> Settings:
    (folder / "venues.yaml").write_text(yaml_text.venues(sandbox), encoding="utf-8")
    defaults = SandboxConfig()
    return Settings(
        _env_file=None,
        **{
            "state": folder / "state",
            "venues": folder / "venues.yaml",
            "mappings": Path(__file__).parent.parent / "mappings",
            "crm_base_url": sandbox,
            "crm_client_id": defaults.crm_client_id,
            "crm_client_secret": defaults.crm_client_secret,
            "crm_deadline": 5.0,
            "mail_base_url": f"{sandbox}/mail",
            "mail_api_key": defaults.mail_api_key,
            "coalesce_seconds": 0.0,
            "lease_seconds": 30.0,
            "retry_base": 0.2,
            "server_error_pause": 0.3,
            **changes,
        },
    )


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Check:
    """One order with one check, changed by keyword and sent again."""

    reservation: str | None = None
    email: str | None = None
    covers: int = 2
    spend: str = "120.00"
    business_date: str | None = None
    paid_at: datetime = field(default_factory=now)
    order: str = field(default_factory=lambda: str(uuid.uuid4()))
    check: str = field(default_factory=lambda: str(uuid.uuid4()))
    modified: datetime | None = None
    voided: bool = False

    def document(self, status: str, *, guest: bool) -> Document:
        stamp = _toast(self.modified or now())
        paid = _toast(self.paid_at) if status != "OPEN" else None
        closed = stamp if status == "CLOSED" else None
        day = self.business_date or self.paid_at.astimezone(ZONE).strftime("%Y%m%d")
        external = f"SEVENROOMS:{self.reservation}" if self.reservation and guest else None
        customer = {"guid": str(uuid.uuid4()), "email": self.email} if self.email and guest else None
        dates = {"openedDate": _toast(self.paid_at - timedelta(hours=1)), "paidDate": paid, "closedDate": closed}
        flags = {"voided": self.voided, "deleted": False, "modifiedDate": stamp}
        line = {"guid": str(uuid.uuid4()), "displayName": "Tasting menu", "quantity": 1, "selectionType": "NONE"}
        price = {"price": float(self.spend), "preDiscountPrice": float(self.spend), "voided": False}
        check = {
            "guid": self.check,
            **dates,
            **flags,
            "paymentStatus": status,
            "amount": float(self.spend),
            "customer": customer,
            "tabName": None,
            "selections": [{**line, **price, "modifiers": [], "deferred": False, "refundDetails": None}],
            "appliedServiceCharges": [],
            "payments": [],
        }
        return {
            "guid": self.order,
            "externalId": external,
            **dates,
            **flags,
            "numberOfGuests": self.covers,
            "businessDate": int(day),
            "createdInTestMode": False,
            "excessFood": False,
            "checks": [check],
        }


class Restaurant:
    def __init__(self, sandbox: str, door: Callable[..., httpx.Response], state: Path | None = None) -> None:
        self.state = state
        self.sandbox = httpx.Client(base_url=sandbox, timeout=30)
        self._door = door
        self._numbers = 0

    # -- the book

    def add_guest(self, email: str | None, **fields: Any) -> Document:
        self._numbers += 1
        number = uuid.uuid4().int % 10**15
        document = client_document(
            client_id(number), email=email, **{"first_name": "Mara", "marketing_opt_in": True, **fields}
        )
        return self._post("/sandbox/clients", document)

    def add_reservation(self, client: Document | None, **fields: Any) -> Document:
        slot = fields.pop("slot", now().astimezone(ZONE) + timedelta(hours=2))
        number = uuid.uuid4().int % 10**15
        document = reservation_document(reservation_id(number), client=client, slot=slot, **fields)
        return self._post("/sandbox/reservations", {**document, "venue_id": VENUE_ID})

    def profile(self, client: Document) -> Document:
        clients = self.sandbox.get("/sandbox/clients").json()["clients"]
        return next(one for one in clients if one["id"] == client["id"])

    def tags(self, client: Document) -> set[str]:
        return {f"{tag['group']}:{tag['tag']}" for tag in self.profile(client)["client_tags"]}

    def custom(self, client: Document) -> dict[str, str]:
        return {row["system_name"]: row["value"] for row in self.profile(client)["custom_fields"]}

    def note(self, reservation: Document) -> str:
        rows = self.sandbox.get("/sandbox/reservations").json()["reservations"]
        return next(row["internal_notes"] or "" for row in rows if row["id"] == reservation["id"])

    def mails(self, address: str) -> list[Document]:
        outbox = self.sandbox.get("/sandbox/outbox").json()["outbox"]
        return [mail for mail in outbox if address in mail["to"]]

    def guest_ref(self, address: str, *, newest: bool = False) -> str:
        return str(self.mails(address)[-1 if newest else 0]["text"].split("#guest_ref=")[1].split()[0])

    def staff_edits(self, client: Document, **fields: Any) -> None:
        self.sandbox.patch(f"/sandbox/clients/{client['id']}", json=fields).raise_for_status()

    def staff_tags(self, client: Document, *tags: str) -> None:
        """The profile's tags are exactly these afterwards."""
        self.staff_edits(client, client_tags=[_tag(tag) for tag in tags])

    def requests(self, verb: str | None = None) -> list[Document]:
        rows = self.sandbox.get("/sandbox/requests").json()["requests"]
        crm = [row for row in rows if row["path"].startswith("/api-yoa")]
        return [row for row in crm if verb is None or row["verb"] == verb]

    def fault(self, **fields: Any) -> None:
        self.sandbox.post("/sandbox/faults", json=fields).raise_for_status()

    # -- what the vendors send

    def send(self, source: str, body: Document | bytes, secret: str | None = None) -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
        headers = signed_headers(source, raw, secret or SECRETS[f"HARBOR_{source.upper()}"])
        return self._door(f"/webhooks/{source}/{CONNECTIONS[source]}", content=raw, headers=headers)

    def confirms(
        self, reservation: Document, event: str = "reservation.created", **changes: Any
    ) -> httpx.Response:
        entity = {**reservation, **changes}
        return self.send("sevenrooms", reservation_notice(entity, event))

    def check(self, check: Check, status: str = "CLOSED") -> httpx.Response:
        whole = check.document(status, guest=True)
        self.sandbox.put(f"/sandbox/toast/orders/{check.order}", json=whole).raise_for_status()
        return self.send("toast", toast_notice(check.document(status, guest=False)))

    def answers(self, guest_ref: str | None, answers: list[Document], **fields: Any) -> httpx.Response:
        return self.send("typeform", typeform_response(guest_ref, answers, **fields))

    def _post(self, path: str, document: Document) -> Document:
        self.sandbox.post(path, json=document).raise_for_status()
        return document


def reservation_notice(entity: Document, event: str = "reservation.created") -> Document:
    return {
        "id": f"evt_{uuid.uuid4().hex}",
        "event": event,
        "created_at": f"{now():%Y-%m-%dT%H:%M:%SZ}",
        "venue_id": VENUE_ID,
        "venue_group_id": VENUE_GROUP_ID,
        "data": {"reservation": {**entity, "updated": f"{now():%Y-%m-%dT%H:%M:%S.%f}"}},
        "changes": [],
    }


def toast_notice(order: Document) -> Document:
    return {
        "timestamp": now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "eventCategory": "order_updated",
        "eventType": "order_updated",
        "guid": str(uuid.uuid4()),
        "details": {"restaurantGuid": "harbor-restaurant", "order": order},
    }


def typeform_response(guest_ref: str | None, answers: list[Document], **fields: Any) -> Document:
    token = uuid.uuid4().hex
    response = {
        "form_id": "Hv7mQ2xL",
        "token": token,
        "landed_at": f"{now():%Y-%m-%dT%H:%M:%SZ}",
        "submitted_at": f"{now():%Y-%m-%dT%H:%M:%SZ}",
        **({"hidden": {"guest_ref": guest_ref}} if guest_ref else {}),
        "definition": {"id": "Hv7mQ2xL", "title": "Tonight", "fields": []},
        "answers": answers,
        **fields,
    }
    return {"event_id": token, "event_type": "form_response", "form_response": response}


def choice(question: str, *refs: str) -> Document:
    return {
        "type": "choices",
        "choices": {"ids": list(refs), "refs": list(refs), "labels": list(refs)},
        "field": {"id": question, "type": "multiple_choice", "ref": question},
    }


def text(question: str, words: str) -> Document:
    return {"type": "text", "text": words, "field": {"id": question, "type": "long_text", "ref": question}}


def eventually(said: Callable[[], bool], *, within: float = 20.0) -> bool:
    """Whether it became true in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if said():
            return True
        time.sleep(0.05)
    return said()


def _tag(text_form: str) -> Document:
    group, name = text_form.split(":")
    return {"group": group, "group_display": group, "tag": name, "tag_display": name, "color": "#88a5f5"}


def _toast(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
