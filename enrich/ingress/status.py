"""Figures for people and probes: what arrived, what waits, what was written."""

from typing import Any

from enrich.store.stores import Stores


def ready(stores: Stores) -> None:
    """A write transaction can be had; StoreUnavailable otherwise."""
    with stores.database.write() as conn:
        stores.database.now(conn)


def status(stores: Stores) -> dict[str, Any]:
    with stores.database.read() as conn:
        now = stores.database.now(conn)
        paused = stores.accounts.paused(conn)
        return {
            "inbox": _inbox(stores.inbox.counts(conn)),
            "due": [
                {
                    "kind": row.kind,
                    "ready": row.ready,
                    "later": row.later,
                    "dead": row.dead,
                    "escalated": row.escalated,
                    "oldest_ready_seconds": (
                        (now - row.oldest_ready).total_seconds() if row.oldest_ready else None
                    ),
                }
                for row in stores.due.backlog(conn)
            ],
            "writes": stores.ledger.counts(conn),
            "invitations": stores.invitations.counts(conn),
            "reviews": stores.reviews.counts(conn),
            "paused": {"for": paused.reason, "until": paused.until.isoformat()} if paused else None,
        }


def _inbox(counts: list[tuple[str, str, str | None, int]]) -> dict[str, Any]:
    states: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for _source, state, reason, count in counts:
        states[state] = states.get(state, 0) + count
        if reason:
            reasons[reason] = reasons.get(reason, 0) + count
    return {**states, "reasons": reasons}
