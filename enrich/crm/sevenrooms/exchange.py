"""Calls on the wire: one pooled client, a limit on time and size, one record for each attempt."""

import logging
import time
from collections.abc import Callable
from datetime import datetime

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from enrich.crm.sevenrooms.call import Answer, Call, CallRecord
from enrich.crm.sevenrooms.deadline import DeadlineTransport
from enrich.crm.sevenrooms.dialects import Dialect
from enrich.crm.sevenrooms.failures import transport_failure
from enrich.errors import EnrichError, SettingMissing

LARGEST_ANSWER = 4 * 1024 * 1024
CONNECT_SECONDS = 5.0
CONNECT_ATTEMPTS = 3
CONNECT_PAUSE = 0.1
# Connections are dropped before the usual server (5 s) would, so that a call does not meet a closing one.
LIMITS = httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=4.0)


class Exchange:
    def __init__(
        self,
        base_url: str,
        dialect: Dialect,
        deadline: float,
        now: Callable[[], datetime],
        on_call: Callable[[CallRecord], None] | None,
    ) -> None:
        self._root = _root(base_url) + dialect.prefix
        self._scheme = dialect.auth_scheme
        self._now = now
        self._on_call = on_call
        logging.getLogger("httpx").addFilter(_keeps_addresses_out)
        self._client = httpx.Client(
            transport=DeadlineTransport(LIMITS),
            timeout=httpx.Timeout(deadline, connect=min(CONNECT_SECONDS, deadline)),
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            trust_env=False,
            follow_redirects=False,
        )

    def send(self, call: Call, token: str = "") -> Answer:
        """The answer, whatever its status. Only a connection that was never made is tried again."""
        failure: EnrichError
        try:
            return _connecting(self._once, call, token)
        except httpx.HTTPError as error:
            failure = transport_failure(call, error)
        raise failure

    def close(self) -> None:
        self._client.close()

    def _once(self, call: Call, token: str) -> Answer:
        started, status, failure = time.monotonic(), None, None
        try:
            with self._client.stream(
                call.route.verb,
                self._root + call.path,
                params=dict(call.query) or None,
                json=dict(call.body) if call.route.encoding == "json" else None,
                data=dict(call.body) if call.route.encoding == "form" else None,
                headers={"Authorization": f"{self._scheme} {token}".strip()} if token else None,
            ) as response:
                status = response.status_code
                return _read(response)
        except httpx.HTTPError as error:
            failure = type(error).__name__
            raise
        finally:
            self._note(call, status, time.monotonic() - started, failure)

    def _note(self, call: Call, status: int | None, seconds: float, failure: str | None) -> None:
        if self._on_call:
            self._on_call(CallRecord(call.route.verb, call.route.path, status, seconds, self._now(), failure))


def _connecting(once: Callable[[Call, str], Answer], call: Call, token: str) -> Answer:
    retrying = Retrying(
        retry=retry_if_exception_type(httpx.ConnectError),
        stop=stop_after_attempt(CONNECT_ATTEMPTS),
        wait=wait_fixed(CONNECT_PAUSE),
        reraise=True,
    )
    return retrying(once, call, token)


def _read(response: httpx.Response) -> Answer:
    content = bytearray()
    headers = {name.lower(): value for name, value in response.headers.items()}
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > LARGEST_ANSWER:
            return Answer(response.status_code, headers, b"", complete=False)
    return Answer(response.status_code, headers, bytes(content))


def _root(base_url: str) -> str:
    url = httpx.URL(base_url.strip())
    if url.scheme not in ("http", "https") or not url.host or url.query or url.userinfo:
        raise SettingMissing("the CRM's base URL must look like https://host, without credentials or a query")
    return str(url).rstrip("/")


def _keeps_addresses_out(record: logging.LogRecord) -> bool:
    """httpx logs every URL at INFO, and a search's URL holds the guest's address."""
    return record.levelno >= logging.WARNING
