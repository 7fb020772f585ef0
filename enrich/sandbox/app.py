"""The sandbox as one ASGI application: CRM, Toast, mail and the admin pages. server.py serves it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from enrich.sandbox.admin import Admin
from enrich.sandbox.answers import ApiError, error_body, json_response, surface_of
from enrich.sandbox.config import SandboxConfig
from enrich.sandbox.crm import Crm
from enrich.sandbox.front import Front
from enrich.sandbox.mail import Mail
from enrich.sandbox.state import State
from enrich.sandbox.toast import Toast


def create_app(config: SandboxConfig) -> Starlette:
    """Replays the journal, if there is one, before it returns."""
    state = State(config)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        state.close()

    surfaces = (Crm(state), Toast(state), Mail(state), Admin(state))
    return Starlette(
        routes=[route for surface in surfaces for route in surface.routes()],
        middleware=[Middleware(Front, state=state)],
        exception_handlers={ApiError: _refused, HTTPException: _no_route},
        lifespan=lifespan,
    )


async def _refused(request: Request, error: Exception) -> Response:
    told = cast(ApiError, error)
    return json_response(error_body(surface_of(request.url.path), told), told.status)


async def _no_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    code = "method_not_allowed" if status == 405 else "not_found"
    return await _refused(request, ApiError(status, code, "The requested resource does not exist"))
