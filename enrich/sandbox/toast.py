"""A stand-in for Toast's read API: login and one order.

https://doc.toasttab.com/doc/devguide/authentication.html
"""

import math
import secrets
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enrich.sandbox.answers import ApiError, json_object, json_response
from enrich.sandbox.state import State

_LIFETIME = 86_400


class Toast:
    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        return [
            Route("/toast/authentication/v1/authentication/login", self.login, methods=["POST"]),
            Route("/toast/orders/v2/orders/{guid}", self.order, methods=["GET"]),
        ]

    async def login(self, request: Request) -> Response:
        body, config = json_object(await request.body()), self._state.config
        wanted = (config.toast_client_id, config.toast_client_secret, "TOAST_MACHINE_CLIENT")
        if (body.get("clientId"), body.get("clientSecret"), body.get("userAccessType")) != wanted:
            raise ApiError(401, "unauthorized", "Unauthorized")
        token = f"toast.{secrets.token_urlsafe(48)}"
        self._state.record("token", {"token": token, "until": time.time() + _LIFETIME})
        told = {"tokenType": "Bearer", "scope": None, "expiresIn": _LIFETIME, "accessToken": token}
        return json_response({"token": told, "status": "SUCCESS"})

    async def order(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or self._state.tokens.get(token, -math.inf) < time.time():
            raise ApiError(401, "unauthorized", "Unauthorized")
        if not request.headers.get("toast-restaurant-external-id"):
            raise ApiError(400, "bad_request", "Toast-Restaurant-External-ID is missing")
        order = self._state.toast_orders.get(request.path_params["guid"])
        if order is None:
            raise ApiError(404, "not_found", "order not found")
        return json_response(order)
