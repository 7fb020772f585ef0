"""A stand-in for a mail provider: POST /emails with an Idempotency-Key. Nothing leaves the outbox.

https://resend.com/docs/api-reference/emails/send-email
"""

import time
import uuid

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enrich.sandbox.answers import ApiError, json_object, json_response
from enrich.sandbox.documents import Document
from enrich.sandbox.state import State

_PARTS = ("from", "to", "subject", "text", "html", "headers")


class Mail:
    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        return [Route("/mail/emails", self.send, methods=["POST"])]

    async def send(self, request: Request) -> Response:
        self._check_key(request.headers.get("authorization", ""))
        message = _message(json_object(await request.body()))
        key = request.headers.get("idempotency-key")
        earlier = self._state.mail_by_key.get(key) if key else None
        if earlier is None:
            head = {"n": self._state.mails_seen + 1, "id": str(uuid.uuid4()), "at": time.time()}
            earlier = {**head, **message, "idempotency_key": key}
            self._state.record("mail", earlier)
        elif any(earlier[part] != message[part] for part in _PARTS):
            raise ApiError(409, "invalid_idempotent_request", "this key was used with another message")
        return json_response({"id": earlier["id"]})

    def _check_key(self, authorization: str) -> None:
        if not authorization.startswith("Bearer "):
            raise ApiError(401, "missing_api_key", "Missing API key in the authorization header")
        if authorization != f"Bearer {self._state.config.mail_api_key}":
            raise ApiError(403, "invalid_api_key", "API key is invalid")


def _message(body: Document) -> Document:
    missing = [part for part in ("from", "to", "subject") if not body.get(part)]
    if missing or not (body.get("text") or body.get("html")):
        raise ApiError(422, "missing_required_field", f"Missing: {', '.join(missing) or 'text or html'}")
    to = body["to"] if isinstance(body["to"], list) else [body["to"]]
    return {part: body.get(part) for part in _PARTS} | {"to": to}
