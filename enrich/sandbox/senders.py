"""How the vendors sign what they send, for the sandbox and the tests; shares no code with the verifiers."""

import base64
import hashlib
import hmac
import json


def signed_headers(source: str, body: bytes, secret: str, *, attempt: int = 1) -> dict[str, str]:
    """The headers this vendor would send with this body. Toast's body must carry its `timestamp`."""
    return {"Content-Type": "application/json", **_VENDORS[source](body, secret.encode(), attempt)}


def _sevenrooms(body: bytes, key: bytes, attempt: int) -> dict[str, str]:
    return {"X-SevenRooms-Signature": hmac.new(key, body, hashlib.sha256).hexdigest()}


def _toast(body: bytes, key: bytes, attempt: int) -> dict[str, str]:
    envelope = json.loads(body)
    mac = hmac.new(key, body + envelope["timestamp"].encode(), hashlib.sha256).digest()
    headers = {
        "User-Agent": "Apache-HttpClient/4.5.10 (Java/1.8.0_212)",
        "Toast-Attempt-Number": str(attempt),
        "Toast-Event-Category": envelope["eventCategory"],
        "Toast-Event-Type": envelope["eventType"],
        "Toast-Signature": base64.b64encode(mac).decode(),
    }
    location = envelope.get("details", {}).get("restaurantGuid")
    return headers | ({"Toast-Restaurant-External-ID": location} if location else {})


def _typeform(body: bytes, key: bytes, attempt: int) -> dict[str, str]:
    mac = hmac.new(key, body, hashlib.sha256).digest()
    return {"User-Agent": "Typeform Webhooks", "Typeform-Signature": "sha256=" + base64.b64encode(mac).decode()}


_VENDORS = {"sevenrooms": _sevenrooms, "toast": _toast, "typeform": _typeform}
