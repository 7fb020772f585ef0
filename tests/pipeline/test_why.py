"""Every value can say why: delivery, event, rule at version, write."""

from in_process import House
from restaurant import Check, choice


def test_each_value_names_the_delivery_that_brought_it_and_the_rule_that_read_it(house: House) -> None:
    guest = house.add_guest("why@example.com", total_visits=2)
    booking = house.add_reservation(guest)
    house.confirms(booking)
    check = Check(booking["id"], spend="300.00")
    house.check(check, "PAID")
    house.works()
    check.spend, check.modified = "320.00", None
    house.check(check, "CLOSED")
    house.answers(house.guest_ref("why@example.com"), [choice("seating_preference", "window")])
    house.works()
    with house.stores.database.read() as conn:
        why = {field: house.stores.ledger.why(conn, [guest["id"]], field) for field in FIELDS}
        sources = {field: [entry.source for entry in entries] for field, entries in why.items()}
        entries = house.stores.inbox.load(conn, range(1, 10))
    assert [entry.value for entry in why["average_spend"]] == ["160.00", "150.00"]
    newer, older = (entries[entry.inbox_id] for entry in why["average_spend"] if entry.inbox_id)
    assert b'"CLOSED"' in newer.body and b'"PAID"' in older.body
    assert sources["table_preferences"] == ["typeform"]
    assert {entry.rule for entry in why["table_preferences"]} == {"typeform:seating"}
    assert all(len(entry.tables_version) == 12 for entry in why["average_spend"])


FIELDS = ("average_spend", "table_preferences")
