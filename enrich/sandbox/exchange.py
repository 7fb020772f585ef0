"""One request on its way through the sandbox: heard in full, answered in full, in part or not at all."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from enrich.sandbox.answers import Answer

TRANSPORT = "sandbox.transport"


async def heard(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


@dataclass(slots=True)
class Exchange:
    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send
    body: bytes
    finished: Callable[[int | None], None]
    """Told once, before the client can know: the status, or None when it gets no answer."""

    async def answered(self) -> Answer:
        """What the application says; the client hears nothing of it yet."""
        started: Message = {}
        parts: list[bytes] = []

        async def capture(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            else:
                parts.append(message.get("body", b""))

        async def replay() -> Message:
            return {"type": "http.request", "body": self.body, "more_body": False}

        await self.app(self.scope, replay, capture)
        return Answer(started["status"], b"".join(parts), tuple(started["headers"]))

    async def reply(self, answer: Answer) -> None:
        await self.begin(answer)
        await self.send({"type": "http.response.body", "body": answer.body})

    async def begin(self, answer: Answer) -> None:
        self.finished(answer.status)
        headers = [pair for pair in answer.headers if pair[0] != b"content-length"]
        headers.append((b"content-length", str(len(answer.body)).encode()))
        await self.send({"type": "http.response.start", "status": answer.status, "headers": headers})

    async def part(self, body: bytes) -> None:
        await self.send({"type": "http.response.body", "body": body, "more_body": True})

    async def hold(self, seconds: float) -> bool:
        """Waits; true when the client hung up meanwhile."""
        try:
            await asyncio.wait_for(self._hung_up(), seconds)
        except TimeoutError:
            return False
        return True

    async def cut(self) -> None:
        """Drops the connection with what was not sent yet."""
        self.finished(None)
        self._transport.abort()
        await self._hung_up()

    async def close(self) -> None:
        """Ends the connection after what was sent."""
        self._transport.close()
        await self._hung_up()

    async def _hung_up(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass

    @property
    def _transport(self) -> Any:
        return self.scope["extensions"][TRANSPORT]["transport"]
