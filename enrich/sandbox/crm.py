"""The CRM's surface in the `guide` dialect. Unknown routes are 404 before anybody asks for a token."""

import math
import secrets
import time
from datetime import UTC, datetime
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enrich.sandbox.answers import ApiError, Handler, enveloped, json_object
from enrich.sandbox.documents import Document, stamp
from enrich.sandbox.patching import patched_client, patched_reservation
from enrich.sandbox.search import search
from enrich.sandbox.state import State
from enrich.sandbox.tags import encoded


class Crm:
    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        prefix = self._state.config.crm_prefix
        return [
            Route(f"{prefix}/auth", self.authenticate, methods=["POST"]),
            Route(f"{prefix}/clients", self._signed_in(self.find_clients), methods=["GET"]),
            Route(f"{prefix}/clients/{{id}}", self._signed_in(self.read_client), methods=["GET"]),
            Route(f"{prefix}/clients/{{id}}", self._signed_in(self.patch_client), methods=["PATCH"]),
            Route(f"{prefix}/reservations/{{id}}", self._signed_in(self.read_reservation), methods=["GET"]),
            Route(f"{prefix}/reservations/{{id}}", self._signed_in(self.patch_reservation), methods=["PATCH"]),
            Route(f"{prefix}/tags/client/{{venue}}", self._signed_in(self.tag_groups), methods=["GET"]),
        ]

    async def authenticate(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode(errors="replace"))
        config = self._state.config
        if (form.get("client_id"), form.get("client_secret")) != (
            [config.crm_client_id],
            [config.crm_client_secret],
        ):
            raise ApiError(401, "unauthorized", "Permission denied")
        token, until = secrets.token_hex(64), time.time() + config.token_seconds
        self._state.record("token", {"token": token, "until": until})
        data = {"token": token, "token_expiration_datetime": stamp(datetime.fromtimestamp(until, UTC))}
        return enveloped(data, msg="Successfully authenticated.")

    async def find_clients(self, request: Request) -> Response:
        page = search(self._state.book, request.query_params)
        return enveloped(page | {"results": [self._shown(client) for client in page["results"]]})

    async def read_client(self, request: Request) -> Response:
        return enveloped(self._shown(self._client(request)))

    async def patch_client(self, request: Request) -> Response:
        patch = json_object(await request.body())
        client = self._client(request)
        if client["deleted"]:
            raise ApiError(404, "client_not_found", "this client was deleted")
        catalogue = self._state.book.tag_groups if self._state.config.strict_tags else []
        after = patched_client(client, patch, catalogue)
        return enveloped(self._shown(self._state.edit("api", "client", client, after)))

    async def read_reservation(self, request: Request) -> Response:
        return enveloped(self._shown(self._reservation(request)))

    async def patch_reservation(self, request: Request) -> Response:
        patch = json_object(await request.body())
        reservation = self._reservation(request)
        after = patched_reservation(reservation, patch)
        return enveloped(self._shown(self._state.edit("api", "reservation", reservation, after)))

    async def tag_groups(self, request: Request) -> Response:
        return enveloped({"results": self._state.book.tag_groups, "cursor": None})

    def _signed_in(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            if self._state.tokens.get(token, -math.inf) < time.time():
                raise ApiError(401, "unauthorized", "Token is not valid")
            return await handler(request)

        return guarded

    def _shown(self, document: Document) -> Document:
        return encoded(document, self._state.config.tag_encoding)

    def _client(self, request: Request) -> Document:
        client = self._state.book.clients.get(request.path_params["id"])
        if client is None:
            raise ApiError(404, "client_not_found", "no such client")
        return client

    def _reservation(self, request: Request) -> Document:
        reservation = self._state.book.reservations.get(request.path_params["id"])
        if reservation is None:
            raise ApiError(404, "reservation_not_found", "The venue does not have record of this reservation.")
        return reservation
