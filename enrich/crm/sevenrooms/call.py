"""One call to the CRM and its answer, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import quote

import orjson

from enrich.crm.sevenrooms.dialects import Route


class About(StrEnum):
    """What a call is about decides what "not found" means."""

    LOGIN = "login"
    SEARCH = "search"
    GUEST = "guest"
    RESERVATION = "reservation"


@dataclass(frozen=True, slots=True)
class Call:
    route: Route
    about: About
    id: str = ""
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    private: frozenset[str] = field(default=frozenset(), repr=False)
    """The guest's and our secret texts among what is sent: taken out of what the CRM says about it."""

    @property
    def path(self) -> str:
        return self.route.path.replace("{id}", quote(self.id, safe=""))

    @property
    def name(self) -> str:
        """How logs and errors call it: nothing of the guest is in it."""
        return f"{self.route.verb} {self.route.path}"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    content: bytes = field(repr=False)
    complete: bool = True
    """False when it was larger than we read."""

    @property
    def is_json(self) -> bool:
        media = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return media == "application/json" or media.endswith("+json")

    @cached_property
    def document(self) -> Mapping[str, Any] | None:
        """The JSON object it holds, if it holds one."""
        if not self.complete or not self.is_json:
            return None
        try:
            document = orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return None
        return document if isinstance(document, dict) else None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One attempt on the wire, for a log line and the metrics."""

    method: str
    path: str
    """The template, not the address."""
    status: int | None
    """None: no answer."""
    seconds: float
    at: datetime
    failure: str | None = None
    """Class of the transport's error."""
