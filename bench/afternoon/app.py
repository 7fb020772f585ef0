"""POST /webhooks/{source}/{connection}: signature, `delay`, 202."""

from datetime import UTC, datetime
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Request

from bench.afternoon.tasks import process_event, settings, venues
from enrich.errors import SignatureInvalid
from enrich.sources.contract import Delivery
from enrich.sources.registry import SOURCES

app = FastAPI()


@app.post("/webhooks/{source}/{connection}", status_code=202)
async def receive(source: str, connection: str, request: Request) -> dict[str, Any]:
    known = venues.connection(source, connection)
    if known is None:
        raise HTTPException(404)
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    delivery = Delivery(str(request.url), headers, await request.body())
    secrets = [secret.get_secret_value().encode() for secret in known.secrets]
    try:
        SOURCES[source].verify(delivery, secrets, datetime.now(UTC))
    except SignatureInvalid as refusal:
        raise HTTPException(401) from refusal
    process_event.delay(source, connection, delivery.body.decode())
    return {"status": "queued"}


@app.get("/readyz")
def ready() -> dict[str, str]:
    return {"status": "ready"}


if __name__ == "__main__":
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning", access_log=False)
