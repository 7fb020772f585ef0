"""The web process: the door, and how the pipeline is doing."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from enrich.errors import StoreUnavailable
from enrich.ingress.door import Door
from enrich.ingress.status import ready, status
from enrich.store.stores import Stores


def create_app(door: Door, stores: Stores, on_close: Sequence[Callable[[], None]]) -> Starlette:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        for close in on_close:
            await run_in_threadpool(close)

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def readyz(_request: Request) -> Response:
        try:
            await run_in_threadpool(ready, stores)
        except StoreUnavailable as error:
            return JSONResponse({"status": "not ready", "why": str(error)}, 503)
        return JSONResponse({"status": "ready"})

    async def show_status(_request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(status, stores))

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def missing(request: Request, error: Exception) -> Response:
        if request.scope["path"].startswith("/webhooks"):
            return await door.refuse(request)
        return Response(status_code=error.status_code if isinstance(error, HTTPException) else 404)

    app = Starlette(
        routes=[
            Route("/webhooks/{source}/{connection}", door.receive, methods=["POST"]),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/status", show_status),
            Route("/metrics", metrics),
        ],
        lifespan=lifespan,
        exception_handlers={404: missing, 405: missing},
    )
    app.router.redirect_slashes = False  # a redirect is never followed by a vendor
    return app
