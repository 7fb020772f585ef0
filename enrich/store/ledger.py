"""Receipts: written down before a write is sent, settled after, and asked for ever."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BindParameter, Connection, bindparam, case, func, insert, select, update

from enrich.due.unit import Claim
from enrich.ledger.record import Action, Change, Receipt, ReceiptState, WhyEntry
from enrich.store.database import Database
from enrich.store.tables import fact, inbox, receipt, write

_KEYS: BindParameter[list[str]] = bindparam("keys", expanding=True)
# Asked for every write, so built once: building a statement costs more than running it.
_INTEND = insert(write).returning(write.c.id)
_RECEIVE = insert(receipt)
_DELIVERIES = select(fact.c.key, fact.c.inbox_id).where(fact.c.key.in_(_KEYS))
_SETTLE_WRITE = (
    update(write)
    .where(write.c.id == bindparam("of_write"))
    .values(state=bindparam("now_state"), settled_at=bindparam("now", type_=write.c.settled_at.type))
)
_SETTLE_RECEIPTS = (
    update(receipt).where(receipt.c.write_id == bindparam("of_write")).values(state=bindparam("now_state"))
)
_RECEIPTS = (
    select(receipt.c.id, receipt.c.write_id, receipt.c.field, receipt.c.action, receipt.c.value, receipt.c.state)
    .where(receipt.c.target == bindparam("of_target"))
    .order_by(receipt.c.id)
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a write was computed from."""

    tables_version: str
    as_of: date


class Ledger:
    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(self, conn: Connection, claim: Claim, target: str, changes: Iterable[Change], terms: Terms) -> int:
        """The id of the write that is about to be sent."""
        row = {
            "kind": claim.unit.kind,
            "ref": claim.unit.ref,
            "target": target,
            "revision": claim.wanted,
            "fence": claim.fence,
            "tables_version": terms.tables_version,
            "as_of": terms.as_of,
            "intended_at": self._database.now(conn),
            "state": ReceiptState.INTENDED,
        }
        write_id: int = conn.execute(_INTEND, row).scalar_one()
        self._receipts(conn, write_id, target, changes, ReceiptState.INTENDED)
        return write_id

    def _receipts(
        self, conn: Connection, write_id: int, target: str, changes: Iterable[Change], state: ReceiptState
    ) -> None:
        changes = list(changes)
        deliveries = self._deliveries(conn, changes)
        rows = [
            {
                "write_id": write_id,
                "target": target,
                "field": change.field,
                "action": change.action,
                "value": change.value,
                "before": change.before,
                "rule": change.provenance.rule if change.provenance else None,
                "fact": change.provenance.fact if change.provenance else None,
                "inbox_id": deliveries.get(change.provenance.fact) if change.provenance else None,
                "occurred_at": change.provenance.occurred_at if change.provenance else None,
                "state": state,
            }
            for change in changes
        ]
        if rows:
            conn.execute(_RECEIVE, rows)

    def _deliveries(self, conn: Connection, changes: Iterable[Change]) -> dict[str, int]:
        """The delivery each reason came with: a fact's next version will name another one."""
        keys = {change.provenance.fact for change in changes if change.provenance}
        return {row.key: row.inbox_id for row in conn.execute(_DELIVERIES, {"keys": list(keys)})}

    def observe(
        self, conn: Connection, claim: Claim, target: str, changes: Sequence[Change], terms: Terms
    ) -> None:
        """What staff did to our values: kept like a write, though nothing is sent."""
        if changes:
            write_id = self.intend(conn, claim, target, (), terms)
            self._receipts(conn, write_id, target, changes, ReceiptState.CONFIRMED)
            self.settle(conn, write_id, ReceiptState.CONFIRMED)

    def settle(self, conn: Connection, write_id: int, state: ReceiptState) -> None:
        settled = {"of_write": write_id, "now_state": state}
        conn.execute(_SETTLE_WRITE, {**settled, "now": self._database.now(conn)})
        conn.execute(_SETTLE_RECEIPTS, settled)

    def settle_receipts(self, conn: Connection, states: dict[int, ReceiptState], writes: Iterable[int]) -> None:
        """What a read of the profile showed about writes whose answer never came."""
        if states:
            conn.execute(
                update(receipt)
                .where(receipt.c.id.in_(list(states)))
                .values(state=case(states, value=receipt.c.id))
            )
        now = self._database.now(conn)
        shown = select(receipt.c.write_id).where(receipt.c.state == ReceiptState.CONFIRMED)
        conn.execute(
            update(write)
            .where(write.c.id.in_(list(writes)))
            .values(
                state=case((write.c.id.in_(shown), ReceiptState.CONFIRMED), else_=ReceiptState.VOID),
                settled_at=now,
            )
        )

    def receipts(self, conn: Connection, target: str) -> list[Receipt]:
        return [
            Receipt(row[0], row[1], row[2], Action(row[3]), row[4], ReceiptState(row[5]))
            for row in conn.execute(_RECEIPTS, {"of_target": target})
        ]

    def why(self, conn: Connection, targets: Sequence[str], field: str | None) -> list[WhyEntry]:
        """Everything we did to a field of these records, the newest first."""
        query = (
            select(receipt, write.c.tables_version, write.c.intended_at, inbox.c.source)
            .join(write, write.c.id == receipt.c.write_id)
            .outerjoin(inbox, inbox.c.id == receipt.c.inbox_id)
            .where(receipt.c.target.in_(targets))
            .order_by(receipt.c.id.desc())
        )
        if field:
            query = query.where(receipt.c.field == field)
        return [
            WhyEntry(
                field=row["field"],
                action=Action(row["action"]),
                value=row["value"],
                before=row["before"],
                state=ReceiptState(row["state"]),
                client_id=row["target"],
                rule=row["rule"],
                tables_version=row["tables_version"],
                fact=row["fact"],
                occurred_at=row["occurred_at"],
                source=row["source"],
                inbox_id=row["inbox_id"],
                written_at=row["intended_at"],
            )
            for row in conn.execute(query).mappings()
        ]

    def counts(self, conn: Connection) -> dict[str, int]:
        query = select(write.c.state, func.count()).group_by(write.c.state)
        return {row[0]: row[1] for row in conn.execute(query)}
