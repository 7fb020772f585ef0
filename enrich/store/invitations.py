"""Invitations: one row per guest and visit, written before anything is sent."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, func, select, update

from enrich.store.tables import invitation
from enrich.store.upsert import insert
from enrich.touches.invitation import Invitation, InvitationState

_STATES: BindParameter[list[str]] = bindparam("out_of", expanding=True)
# Built once: building a statement costs more than running it.
_OF_GUEST = select(invitation).where(invitation.c.guest_id == bindparam("guest")).order_by(invitation.c.closed_at)
_LOAD = select(invitation).where(invitation.c.ref == bindparam("of_ref"))
_MOVE = (
    update(invitation)
    .where(invitation.c.ref == bindparam("of_ref"), invitation.c.state.in_(_STATES))
    .values(
        state=bindparam("to_state"),
        reason=bindparam("because"),
        sent_at=bindparam("at", type_=invitation.c.sent_at.type),
        provider_id=bindparam("theirs"),
    )
)


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
        return [_invitation(row) for row in conn.execute(_OF_GUEST, {"guest": guest_id}).mappings()]

    def load(self, conn: Connection, ref: str) -> Invitation | None:
        row = conn.execute(_LOAD, {"of_ref": ref}).mappings().one_or_none()
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
        values = {"of_ref": ref, "out_of": list(out_of), "to_state": to, "because": reason}
        return conn.execute(_MOVE, {**values, "at": sent_at, "theirs": provider_id}).rowcount == 1

    def listed(
        self, conn: Connection, state: InvitationState | None, limit: int
    ) -> list[tuple[Invitation, str | None]]:
        """The newest invitations, each with the reason it was not sent, if it was not."""
        query = select(invitation).order_by(invitation.c.closed_at.desc()).limit(limit)
        if state:
            query = query.where(invitation.c.state == state)
        return [(_invitation(row), row["reason"]) for row in conn.execute(query).mappings()]

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
