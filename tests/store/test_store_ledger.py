from datetime import UTC, date, datetime

import pytest
from shelves import Shelves, guest, received
from test_store_facts import check

from enrich.ledger.record import Action, Change, ReceiptState, Written
from enrich.mapping.reading import Provenance
from enrich.store.facts import Fact
from enrich.store.ledger import Terms

EVENING = datetime(2026, 11, 20, 21, tzinfo=UTC)
TERMS = Terms("tables-1", date(2026, 11, 20))
CLIENT = "client-1"


def change(value: str, action: Action = Action.ADD, field: str = "tags", fact: str | None = None) -> Change:
    provenance = Provenance(rule="spend.gold", fact=fact, occurred_at=EVENING) if fact else None
    return Change(field, action, value, None, provenance)


def intend(shelves: Shelves, *changes: Change) -> int:
    shelves.mark(guest("mara"))
    claim = shelves.claim_one(guest("mara"))
    with shelves.database.write() as conn:
        write_id = shelves.ledger.intend(conn, claim, CLIENT, changes, TERMS)
        shelves.due.finish(conn, claim)
    return write_id


def settle(shelves: Shelves, write_id: int, state: ReceiptState) -> None:
    with shelves.database.write() as conn:
        shelves.ledger.settle(conn, write_id, state)


def written(shelves: Shelves, target: str = CLIENT) -> Written:
    with shelves.database.read() as conn:
        return Written(shelves.ledger.receipts(conn, target))


def states(shelves: Shelves) -> list[tuple[str, ReceiptState]]:
    with shelves.database.read() as conn:
        return [(receipt.value, receipt.state) for receipt in shelves.ledger.receipts(conn, CLIENT)]


def test_what_is_about_to_be_sent_is_ours_even_if_no_answer_ever_comes(shelves: Shelves) -> None:
    intend(shelves, change("Gold"))
    assert states(shelves) == [("Gold", ReceiptState.INTENDED)]
    assert written(shelves).ours("tags", "Gold")
    assert not written(shelves).stood("tags", "Gold")
    assert not written(shelves, "client-2").ours("tags", "Gold")


@pytest.mark.parametrize(("state", "stood"), [(ReceiptState.CONFIRMED, True), (ReceiptState.VOID, False)])
def test_the_answer_settles_the_write_and_all_its_receipts(
    shelves: Shelves, state: ReceiptState, stood: bool
) -> None:
    settle(shelves, intend(shelves, change("Gold"), change("Vegan")), state)
    assert states(shelves) == [("Gold", state), ("Vegan", state)]
    assert written(shelves).stood("tags", "Vegan") is stood
    with shelves.database.read() as conn:
        assert shelves.ledger.counts(conn) == {state: 1}


def test_a_look_at_the_profile_settles_what_was_never_answered_value_by_value(shelves: Shelves) -> None:
    half, none = intend(shelves, change("Gold"), change("Vegan")), intend(shelves, change("Silver"))
    with shelves.database.write() as conn:
        ids = {receipt.value: receipt.id for receipt in shelves.ledger.receipts(conn, CLIENT)}
        seen = {
            ids["Gold"]: ReceiptState.CONFIRMED,
            ids["Vegan"]: ReceiptState.VOID,
            ids["Silver"]: ReceiptState.VOID,
        }
        shelves.ledger.settle_receipts(conn, seen, [half, none])
        assert shelves.ledger.counts(conn) == {ReceiptState.CONFIRMED: 1, ReceiptState.VOID: 1}
    assert [state for _, state in states(shelves)] == [
        ReceiptState.CONFIRMED,
        ReceiptState.VOID,
        ReceiptState.VOID,
    ]


def test_what_staff_took_back_is_kept_like_a_write_that_was_not_sent(shelves: Shelves) -> None:
    settle(shelves, intend(shelves, change("Gold")), ReceiptState.CONFIRMED)
    shelves.mark(guest("mara"))
    claim = shelves.claim_one(guest("mara"))
    with shelves.database.write() as conn:
        shelves.ledger.observe(conn, claim, CLIENT, [], TERMS)
        shelves.ledger.observe(conn, claim, CLIENT, [change("Gold", Action.TAKEN_BACK)], TERMS)
        assert shelves.ledger.counts(conn) == {ReceiptState.CONFIRMED: 2}
    assert written(shelves).taken_back("tags", "Gold")
    assert not written(shelves).ours("tags", "Gold")


def test_a_value_can_be_traced_to_the_delivery_it_came_from(shelves: Shelves) -> None:
    shelves.record(received())
    with shelves.database.write() as conn:
        shelves.facts.keep(conn, [Fact(check("c1"), None, None, 1)])
    settle(shelves, intend(shelves, change("Gold", fact="toast/check/c1")), ReceiptState.CONFIRMED)
    intend(shelves, change("120.00", Action.SET, field="custom_field_01"))
    with shelves.database.read() as conn:
        newest, oldest = shelves.ledger.why(conn, [CLIENT], None)
        (only,) = shelves.ledger.why(conn, [CLIENT], "tags")
        assert shelves.ledger.why(conn, ["client-2"], None) == []
    assert (newest.field, newest.source, newest.fact) == ("custom_field_01", None, None)
    assert only == oldest
    assert (only.value, only.rule, only.source, only.inbox_id) == ("Gold", "spend.gold", "toast", 1)
    assert (only.tables_version, only.occurred_at) == ("tables-1", EVENING)
