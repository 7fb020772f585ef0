"""The surfaces the CRM is spoken to over, as data. A further one is a further `Dialect`."""

from dataclasses import dataclass, replace
from typing import Literal

Verb = Literal["GET", "POST", "PUT", "PATCH"]
Encoding = Literal["none", "json", "form"]


@dataclass(frozen=True, slots=True)
class Route:
    verb: Verb
    path: str
    """Below the dialect's prefix; `{id}` is filled in percent-encoded."""
    encoding: Encoding = "none"


@dataclass(frozen=True, slots=True)
class Dialect:
    name: str
    prefix: str
    auth: Route
    auth_scheme: str
    """The word before the token; the vendor takes the bare token."""
    search_clients: Route
    read_client: Route
    patch_client: Route
    read_reservation: Route
    write_note: Route
    page_limit: int
    """Rows asked for: the vendor's default, so that an ignored `limit` changes nothing."""
    result_cap: int
    """Rows the vendor gives to one query before it refuses."""

    def under(self, prefix: str) -> "Dialect":
        return replace(self, prefix=f"/{prefix.strip('/')}".rstrip("/"))


GUIDE = Dialect(
    name="guide",
    prefix="/api-yoa/2_4",
    auth=Route("POST", "/auth", "form"),
    auth_scheme="",
    search_clients=Route("GET", "/clients"),
    read_client=Route("GET", "/clients/{id}"),
    patch_client=Route("PATCH", "/clients/{id}", "json"),
    read_reservation=Route("GET", "/reservations/{id}"),
    write_note=Route("PATCH", "/reservations/{id}", "json"),
    page_limit=50,
    result_cap=4000,
)
