"""The CRM's token: one login for all threads, and for all processes that share a store."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from enrich.crm.sevenrooms import wire
from enrich.crm.sevenrooms.call import About, Call
from enrich.crm.sevenrooms.deadline import seconds_left
from enrich.crm.sevenrooms.dialects import Dialect
from enrich.crm.sevenrooms.exchange import Exchange
from enrich.crm.sevenrooms.failures import document_of, unreadable
from enrich.errors import CrmUnavailable

MARGIN = timedelta(minutes=5)
LIFE_IF_UNTOLD = timedelta(hours=23)


@dataclass(frozen=True, slots=True)
class Token:
    value: str = field(repr=False)
    expires_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        return now < self.expires_at - MARGIN


class TokenStore(Protocol):
    """Where processes share the token."""

    def load(self) -> Token | None: ...

    def save(self, token: Token) -> None: ...


class InMemoryTokenStore(TokenStore):
    def __init__(self) -> None:
        self._token: Token | None = None

    def load(self) -> Token | None:
        return self._token

    def save(self, token: Token) -> None:
        self._token = token


class Authenticator:
    def __init__(
        self,
        exchange: Exchange,
        dialect: Dialect,
        credentials: tuple[str, str],
        store: TokenStore,
        now: Callable[[], datetime],
    ) -> None:
        client_id, secret = (part.strip() for part in credentials)
        self._exchange = exchange
        self._store = store
        self._now = now
        self._login = Call(
            dialect.auth,
            About.LOGIN,
            body={"client_id": client_id, "client_secret": secret},
            private=frozenset((client_id, secret)),
        )
        self._lock = Lock()
        self._token: Token | None = None

    def token(self) -> str:
        held = self._token
        return held.value if held and held.is_fresh(self._now()) else self._renewed(failed="")

    def refresh(self, failed: str) -> str:
        """A token other than the failed one: another thread's or process's, else a new login's."""
        return self._renewed(failed)

    def _renewed(self, failed: str) -> str:
        left = seconds_left()
        if not self._lock.acquire(timeout=-1 if left is None else left):
            raise CrmUnavailable(f"{self._login.name}: another thread's login took too long")
        try:
            self._token = self._usable(failed) or self._logged_in()
            return self._token.value
        finally:
            self._lock.release()

    def _usable(self, failed: str) -> Token | None:
        return self._good(self._token, failed) or self._good(self._store.load(), failed)

    def _good(self, token: Token | None, failed: str) -> Token | None:
        return token if token and token.value != failed and token.is_fresh(self._now()) else None

    def _logged_in(self) -> Token:
        answer = self._exchange.send(self._login)
        document = document_of(self._login, answer, self._now())
        data = document.get("data")
        data = data if isinstance(data, dict) else {}
        value = data.get("token")
        if not isinstance(value, str) or not value.strip():
            raise unreadable(self._login, "no token")
        token = Token(value.strip(), self._expiry(data))
        self._store.save(token)
        return token

    def _expiry(self, data: wire.Document) -> datetime:
        """A stamp that is missing, unreadable or already over says nothing; a 401 will tell."""
        now = self._now()
        stamp = wire.moment(data.get("token_expiration_datetime"))
        return stamp if stamp and stamp - MARGIN > now else now + LIFE_IF_UNTOLD
