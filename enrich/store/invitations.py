"""Invitations: one row per guest and visit, written before anything is sent."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, select, update

from enrich.store.tables import invitation
from enrich.store.upsert import insert
from enrich.touches.invitation import Invitation, InvitationState


@dataclass(frozen=True, slots=True)
class Visit:
    guest_id: str
    key: str
    venue: str
    closed_at: datetime


class Invitations:
    def plan(
        self, conn: Connection, visit: Visit, state: InvitationState, reason: str | None = None
    ) -> str | None:
        """The new invitation's reference, or None: this guest was dealt with for this visit."""
        values = {
            "ref": f"inv_{secrets.token_urlsafe(18)}",
            "guest_id": visit.guest_id,
            "visit": visit.key,
            "venue": visit.venue,
            "closed_at": visit.closed_at,
            "state": state,
            "reason": reason,
        }
        statement = insert(conn, invitation).values(values).on_conflict_do_nothing()
        ref: str | None = conn.execute(statement.returning(invitation.c.ref)).scalar_one_or_none()
        return ref

    def of_guest(self, conn: Connection, guest_id: str) -> list[Invitation]:
        query = select(invitation).where(invitation.c.guest_id == guest_id).order_by(invitation.c.closed_at)
        return [_invitation(row) for row in conn.execute(query).mappings()]

    def load(self, conn: Connection, ref: str) -> Invitation | None:
        row = conn.execute(select(invitation).where(invitation.c.ref == ref)).mappings().one_or_none()
        return _invitation(row) if row else None

    def move(
        self,
        conn: Connection,
        ref: str,
        to: InvitationState,
        *,
        out_of: Collection[InvitationState],
        reason: str | None = None,
        sent_at: datetime | None = None,
        provider_id: str | None = None,
    ) -> bool:
        """Whether it was in one of those states and is now in the new one."""
        statement = update(invitation).where(invitation.c.ref == ref, invitation.c.state.in_(list(out_of)))
        values = {"state": to, "reason": reason, "sent_at": sent_at, "provider_id": provider_id}
        return conn.execute(statement.values(values)).rowcount == 1

    def counts(self, conn: Connection) -> dict[str, int]:
        query = select(invitation.c.state, func.count()).group_by(invitation.c.state)
        return {row[0]: row[1] for row in conn.execute(query)}


def _invitation(row: RowMapping) -> Invitation:
    return Invitation(
        ref=row["ref"],
        guest_id=row["guest_id"],
        visit=row["visit"],
        venue=row["venue"],
        closed_at=row["closed_at"],
        state=InvitationState(row["state"]),
        sent_at=row["sent_at"],
    )
