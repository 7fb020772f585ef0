"""Reads an order back from Toast: its notices leave the guest out.

https://doc.toasttab.com/openapi/authentication
"""

import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from enrich.errors import DeliveryMalformed, PayloadInvalid, ReaderUnavailable, RecordGone
from enrich.sources import strict_json
from enrich.sources.vendor_value import VendorValue
from enrich.venues import ReaderAccess

LOGIN = "/authentication/v1/authentication/login"
ORDER = "/orders/v2/orders/{guid}"
EARLY = 300.0
"""Seconds before its end at which a token is no longer used."""
GONE = frozenset({400, 404, 410})
"""Toast answers 400 to a guid it cannot read: asking again would not help."""


class ToastReader:
    """Needs the scopes orders:read and guest.pi:read; without the second the guest is missing, silently."""

    def __init__(self, access: ReaderAccess, *, timeout: float = 5.0) -> None:
        self._access = access
        self._http = httpx.Client(
            base_url=access.base_url,
            headers={"Toast-Restaurant-External-ID": access.location, "Accept": "application/json"},
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
        )
        self._login = threading.Lock()
        self._token = ""
        self._token_ends = 0.0

    def read(self, reference: str) -> Mapping[str, Any]:
        """The order as it is now; laid over the notice's record it replaces it."""
        path = ORDER.format(guid=quote(reference, safe=""))
        token = self._bearer()
        answer = self._send("GET", path, headers={"Authorization": f"Bearer {token}"})
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            token = self._bearer(refused=token)
            answer = self._send("GET", path, headers={"Authorization": f"Bearer {token}"})
        if answer.status_code in GONE:
            raise RecordGone(f"Toast knows no order {reference}")
        return _object(answer)

    def close(self) -> None:
        self._http.close()

    def _bearer(self, refused: str = "") -> str:
        """Toast allows few logins, so all threads share one token until it ends or is refused."""
        with self._login:
            if not self._token or self._token == refused or time.monotonic() >= self._token_ends:
                self._log_in()
            return self._token

    def _log_in(self) -> None:
        credentials = {
            "clientId": self._access.client_id,
            "clientSecret": self._access.client_secret.get_secret_value(),
            "userAccessType": "TOAST_MACHINE_CLIENT",
        }
        token = VendorValue(_object(self._send("POST", LOGIN, json=credentials)))["token"]
        try:
            self._token = token["accessToken"].text() or ""
            seconds = token["expiresIn"].whole() or 0
        except PayloadInvalid as invalid:
            raise ReaderUnavailable(f"Toast's login answer is unreadable at {invalid}") from None
        if not self._token:
            raise ReaderUnavailable("Toast's login answer holds no token")
        self._token_ends = time.monotonic() + seconds - EARLY

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **request)
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            raise ReaderUnavailable(f"Toast did not answer: {type(failure).__name__}") from failure


def _object(answer: httpx.Response) -> dict[str, Any]:
    """Closed by default: whatever is not 200 with a JSON object can be tried later."""
    if answer.status_code != httpx.codes.OK:
        raise ReaderUnavailable(f"Toast answered {answer.status_code} to {answer.request.url.path}")
    try:
        parsed = strict_json.parse(answer.content)
    except DeliveryMalformed as malformed:
        raise ReaderUnavailable(f"Toast's answer is unreadable: {malformed}") from None
    if not isinstance(parsed, dict):
        raise ReaderUnavailable("Toast's answer is no JSON object")
    return parsed
