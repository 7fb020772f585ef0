"""One batch of one kind: claim, work with several calls in flight, settle what failed."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog

from enrich.due.retry import Again, Pause, decide, pause_for
from enrich.due.unit import Claim, Kind
from enrich.errors import EnrichError
from enrich.work.deliveries import Deliveries
from enrich.work.guests import Guests
from enrich.work.in_time import in_time
from enrich.work.parts import Parts
from enrich.work.reservations import Reservations
from enrich.work.surveys import Surveys

log = structlog.get_logger()


class InternalError(EnrichError):
    """A fault of ours: tried again until the starts run out, then a dead letter with the class of the fault."""

    reason = "internal_error"


class Worker:
    """`parallel`: calls in flight. Safe to use from one thread at a time."""

    def __init__(self, parts: Parts, *, parallel: int, batch: int) -> None:
        self._parts = parts
        self._batch = batch
        # What a killed worker held waits for its leases to end: little is held at once where calls take long.
        self._handful = parallel * 4
        self._pool = ThreadPoolExecutor(parallel, thread_name_prefix="work")
        self._deliveries = Deliveries(parts, self._pool)
        self._work: Mapping[Kind, Callable[[Claim], None]] = {
            Kind.GUEST: Guests(parts).work,
            Kind.RESERVATION: Reservations(parts).work,
            Kind.SURVEY: Surveys(parts).work,
        }

    def run(self, kind: Kind) -> int:
        """Work through one batch; how many units it held. 0: nothing was due."""
        most = self._batch if kind is Kind.DELIVERY else self._handful
        claims = self._parts.stores.due.claim(kind, most)
        if not claims:
            return 0
        if kind is Kind.DELIVERY:
            for claim, error in self._take_in(claims):
                self._settle(claim, error)
        else:
            self._each(kind, claims)
        return len(claims)

    def ring(self, kind: Kind) -> None:
        """Ask whoever is free to go on with this kind."""
        self._parts.doorbell.ring(kind)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _take_in(self, claims: Sequence[Claim]) -> Sequence[tuple[Claim, EnrichError]]:
        """All at once; if one of them breaks the batch, each by itself, so that only that one stays behind."""
        started = time.monotonic()
        try:
            failed = self._deliveries.work(claims)
        except Exception as error:  # noqa: BLE001 — the process must go on with the other deliveries
            if len(claims) == 1:
                return [(claims[0], _ours(error))]
            return [pair for claim in claims for pair in self._take_in([claim])]
        log.info("taken_in", deliveries=len(claims), failed=len(failed), seconds=_since(started))
        return failed

    def _each(self, kind: Kind, claims: Sequence[Claim]) -> None:
        """Each by itself. Once one of them halts the account, no other is begun."""
        halted = threading.Event()

        def one(claim: Claim) -> bool:
            """Whether it was begun."""
            if halted.is_set():
                return False
            if self._one(kind, claim):
                halted.set()
            return True

        begun = in_time(self._pool, one, claims, self._parts.pace.begin_within)
        self._parts.give_back([claim for claim in claims if not begun.get(claim)])

    def _one(self, kind: Kind, claim: Claim) -> Pause | None:
        """The pause of the account that came of it, if any."""
        started = time.monotonic()
        outcome, pause = "done", None
        try:
            self._work[kind](claim)
        except EnrichError as error:
            outcome, pause = error.reason, self._settle(claim, error)
        except Exception as error:
            log.exception("fault", kind=kind, unit=claim.unit.ref)
            outcome, pause = "internal_error", self._settle(claim, _ours(error))
        log.info("attempt", kind=kind, unit=claim.unit.ref, outcome=outcome, seconds=_since(started))
        return pause

    def _settle(self, claim: Claim, error: EnrichError) -> Pause | None:
        stores, policy = self._parts.stores, self._parts.pace.retry
        with stores.database.write() as conn:
            now = self._parts.now(conn)
            pause = pause_for(error, now, policy)
            if pause:
                stores.accounts.pause(conn, pause)
            verdict = decide(error, claim, now, policy)
            if isinstance(verdict, Again):
                stores.due.retry(conn, claim, verdict, str(error))
            else:
                stores.due.die(conn, claim, verdict.reason, str(error))
        if not isinstance(error, InternalError):
            log.warning("unsettled", kind=claim.unit.kind, unit=claim.unit.ref, reason=error.reason)
        return pause


def _ours(error: Exception) -> EnrichError:
    if isinstance(error, EnrichError):
        return error
    return InternalError(type(error).__name__)


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
