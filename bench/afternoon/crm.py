"""The CRM by httpx: one pooled client a process, tenacity around every call."""

from collections.abc import Mapping
from typing import Any

import httpx
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from enrich.settings import Settings

Document = dict[str, Any]


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in (401, 429) or error.response.status_code >= 500
    return isinstance(error, httpx.TransportError)


class Crm:
    def __init__(self, settings: Settings) -> None:
        self._http = httpx.Client(
            base_url=settings.crm_base_url + settings.crm_prefix, trust_env=False, timeout=20
        )
        self._credentials = {
            "client_id": settings.crm_client_id.get_secret_value(),
            "client_secret": settings.crm_client_secret.get_secret_value(),
        }
        self._token = ""

    def client_by_email(self, email: str) -> Document | None:
        """The one with most visits."""
        rows = self._call("GET", "/clients", params={"email": email})["results"]
        mine = [row for row in rows if email.casefold() in (row["email"] or "", row["email_alt"] or "")]
        return max(mine, key=lambda row: row["total_visits"] or 0, default=None)

    def client(self, client_id: str) -> Document:
        return self._call("GET", f"/clients/{client_id}")

    def reservation(self, reservation_id: str) -> Document:
        return self._call("GET", f"/reservations/{reservation_id}")

    def patch(self, path: str, body: Mapping[str, Any]) -> None:
        self._call("PATCH", path, json=dict(body))

    @retry(
        retry=retry_if_exception(_is_passing),
        wait=wait_exponential_jitter(initial=0.5, max=30),
        stop=stop_after_attempt(5),
        reraise=True,
    )
    def _call(self, method: str, path: str, **request: Any) -> Document:
        headers = {"Authorization": self._token or self._log_in()}
        response = self._http.request(method, path, headers=headers, **request)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self._token = ""
        response.raise_for_status()
        data: Document = response.json()["data"]
        return data

    def _log_in(self) -> str:
        response = self._http.post("/auth", data=self._credentials)
        response.raise_for_status()
        self._token = response.json()["data"]["token"]
        return self._token
