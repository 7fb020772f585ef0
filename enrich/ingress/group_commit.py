"""Deliveries that arrive together share one commit; each is answered only after it."""

import asyncio
import queue
import threading
from dataclasses import dataclass

from enrich.errors import StoreUnavailable
from enrich.store.inbox import Acceptance, Inbox, Received


@dataclass(frozen=True, slots=True)
class _Waiting:
    received: Received
    answer: "asyncio.Future[Acceptance]"
    loop: asyncio.AbstractEventLoop


class GroupCommit:
    """One writing thread. `most`: deliveries in a commit; `backlog`: waiting ones before StoreUnavailable."""

    def __init__(self, inbox: Inbox, *, most: int = 64, backlog: int = 2_000) -> None:
        self._inbox = inbox
        self._most = most
        self._waiting: queue.Queue[_Waiting | None] = queue.Queue(backlog)
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    async def record(self, received: Received) -> Acceptance:
        """On disk when it returns. StoreUnavailable otherwise."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(received, loop.create_future(), loop)
        try:
            self._waiting.put_nowait(waiting)
        except queue.Full:
            raise StoreUnavailable("more deliveries wait for the database than the door holds") from None
        return await waiting.answer

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch = [first]
            stop = False
            while len(batch) < self._most and not stop:
                try:
                    following = self._waiting.get_nowait()
                except queue.Empty:
                    break
                stop = following is None
                batch += [following] if following else []
            self._commit(batch)
            if stop:
                return

    def _commit(self, batch: list[_Waiting]) -> None:
        try:
            accepted = self._inbox.record([waiting.received for waiting in batch])
        except StoreUnavailable as error:
            for waiting in batch:
                _tell(waiting, error)
            return
        except Exception as error:  # noqa: BLE001 — whatever it was, the vendors must hear 503 and the thread live
            self._each_alone(batch, error)
            return
        for waiting, acceptance in zip(batch, accepted, strict=True):
            _tell(waiting, acceptance)

    def _each_alone(self, batch: list[_Waiting], error: Exception) -> None:
        """One delivery that cannot be stored must not keep out those that came with it."""
        if len(batch) == 1:
            _tell(batch[0], StoreUnavailable(f"the delivery was not stored: {type(error).__name__}"))
            return
        for waiting in batch:
            self._commit([waiting])


def _tell(waiting: _Waiting, result: Acceptance | StoreUnavailable) -> None:
    def settle() -> None:
        if waiting.answer.done():
            return
        if isinstance(result, StoreUnavailable):
            waiting.answer.set_exception(result)
        else:
            waiting.answer.set_result(result)

    try:
        waiting.loop.call_soon_threadsafe(settle)
    except RuntimeError:
        # The server's loop is closed: nobody waits for the answer any more.
        return
