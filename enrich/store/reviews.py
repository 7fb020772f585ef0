"""What a person should look at: each finding once, however often it is found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import orjson
from sqlalchemy import Connection, func, select

from enrich.store.database import Database
from enrich.store.tables import review
from enrich.store.upsert import insert


class ReviewKind(StrEnum):
    DUPLICATE = "duplicate"
    UNREAD = "unread_answer"
    SUGGESTION = "suggestion"
    UNMATCHED = "unmatched"
    UNSENT = "unsent_invitation"


@dataclass(frozen=True, slots=True)
class Finding:
    kind: ReviewKind
    key: str
    """What makes it the same finding when found again."""
    evidence: dict[str, object]
    guest_id: str | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Review:
    id: int
    kind: ReviewKind
    guest_id: str | None
    target: str | None
    evidence: dict[str, object]
    state: str
    created_at: datetime


class Reviews:
    def __init__(self, database: Database) -> None:
        self._database = database

    def flag(self, conn: Connection, findings: Iterable[Finding]) -> None:
        rows = [
            {
                "kind": finding.kind,
                "key": f"{finding.kind}/{finding.key}"[:600],
                "guest_id": finding.guest_id,
                "target": finding.target,
                "evidence": orjson.dumps(finding.evidence, default=str).decode(),
                "state": "open",
                "created_at": self._database.now(conn),
            }
            for finding in findings
        ]
        if rows:
            conn.execute(insert(conn, review).on_conflict_do_nothing(), rows)

    def listed(self, conn: Connection, kind: ReviewKind | None = None, limit: int = 200) -> list[Review]:
        query = select(review).where(review.c.state == "open").order_by(review.c.id).limit(limit)
        if kind:
            query = query.where(review.c.kind == kind)
        return [
            Review(
                id=row["id"],
                kind=ReviewKind(row["kind"]),
                guest_id=row["guest_id"],
                target=row["target"],
                evidence=orjson.loads(row["evidence"]),
                state=row["state"],
                created_at=row["created_at"],
            )
            for row in conn.execute(query).mappings()
        ]

    def counts(self, conn: Connection) -> dict[str, int]:
        query = select(review.c.kind, func.count()).where(review.c.state == "open").group_by(review.c.kind)
        return {row[0]: row[1] for row in conn.execute(query)}
