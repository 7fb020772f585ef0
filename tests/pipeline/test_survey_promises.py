"""One invitation per guest and visit, never to an opted-out guest, the exclusion tag first."""

from datetime import timedelta

from in_process import House
from restaurant import Check, now
from sqlalchemy import select

from enrich.due.unit import Kind
from enrich.store.tables import invitation


def states(house: House) -> list[tuple[str, str | None]]:
    with house.stores.database.read() as conn:
        rows = conn.execute(select(invitation.c.state, invitation.c.reason)).all()
        return [(row[0], row[1]) for row in rows]


def visit(house: House, address: str, **fields: object) -> tuple[dict[str, object], Check]:
    guest = house.add_guest(address, total_visits=2, **fields)
    booking = house.add_reservation(guest)
    house.confirms(booking)
    house.works()
    return guest, Check(booking["id"], spend="120.00")


def test_the_exclusion_tag_is_on_the_profile_before_the_mail_leaves(house: House) -> None:
    guest, check = visit(house, "first.tag@example.com")
    house.check(check, "PAID")
    house.works()
    tagged = next(
        row["at"] for row in house.requests("PATCH") if "Automation:Surveyed by enrich" in str(row["body"])
    )
    assert tagged < house.mails("first.tag@example.com")[0]["at"]
    assert "Automation:Surveyed by enrich" in house.tags(guest)


def test_paid_then_closed_then_changed_is_one_invitation(house: House) -> None:
    _, check = visit(house, "once@example.com")
    for status in ("PAID", "CLOSED", "OPEN", "CLOSED"):
        check.modified = now()
        house.check(check, status)
        house.works()
    assert len(house.mails("once@example.com")) == 1


def test_two_checks_of_one_guest_at_one_table_are_one_invitation(house: House) -> None:
    _, first = visit(house, "split@example.com")
    house.check(first, "PAID")
    second = Check(first.reservation, spend="80.00", order=first.order)
    house.check(second, "PAID")
    house.works()
    assert len(house.mails("split@example.com")) == 1


def test_an_opted_out_guest_is_never_asked_and_keeps_the_crms_own_follow_up(house: House) -> None:
    guest, check = visit(house, "optout@example.com", marketing_opt_in=False)
    house.check(check)
    house.works()
    assert house.mails("optout@example.com") == []
    assert "Automation:Surveyed by enrich" not in house.tags(guest)
    assert house.custom(guest)["custom_field_02"] == "120.00"
    assert states(house) == [("suppressed", "opted_out")]


def test_an_opt_out_in_the_second_before_sending_wins(house: House) -> None:
    guest, check = visit(house, "changed.mind@example.com")
    house.check(check, "PAID")
    for kind in (Kind.DELIVERY, Kind.GUEST):
        house.worker.run(kind)
    assert "Automation:Surveyed by enrich" in house.tags(guest)
    house.staff_edits(guest, marketing_opt_in=False)
    house.works()
    assert house.mails("changed.mind@example.com") == []
    assert states(house) == [("suppressed", "opted_out")]
    assert "Automation:Surveyed by enrich" not in house.tags(guest)


def test_a_check_voided_before_sending_is_not_asked_about(house: House) -> None:
    _, check = visit(house, "voided@example.com")
    house.check(check, "PAID")
    for kind in (Kind.DELIVERY, Kind.GUEST):
        house.worker.run(kind)
    check.voided, check.modified = True, now()
    house.check(check, "CLOSED")
    house.works()
    assert house.mails("voided@example.com") == []


def test_a_check_that_arrives_late_asks_nobody(house: House) -> None:
    guest, check = visit(house, "old@example.com")
    check.paid_at = now() - timedelta(hours=3)
    house.check(check)
    house.works()
    assert house.mails("old@example.com") == []
    assert house.custom(guest)["custom_field_02"] == "120.00"


def test_a_replay_asks_nobody(house: House) -> None:
    guest, check = visit(house, "replay@example.com")
    house.fault(path="/toast/orders", kind="status", status=500, times=100)
    house.check(check)
    house.worker.run(Kind.DELIVERY)
    house.sandbox.delete("/sandbox/faults")
    with house.stores.database.write() as conn:
        newest = house.stores.inbox.recent(conn, limit=1)[0]
        house.stores.inbox.replay(conn, newest.id)
    house.works()
    assert house.custom(guest)["custom_field_02"] == "120.00"
    assert house.mails("replay@example.com") == []


def test_a_provider_that_is_down_is_asked_again_and_sends_once(house: House) -> None:
    _, check = visit(house, "provider@example.com")
    house.fault(path="/mail/emails", kind="reset_after_applying", times=1)
    house.check(check, "PAID")
    house.works_on()
    assert len(house.mails("provider@example.com")) == 1
    assert states(house) == [("sent", None)]


def test_a_refused_mail_is_told_to_a_person_and_the_tag_goes(house: House) -> None:
    guest, check = visit(house, "rejected.mail@example.com")
    house.fault(path="/mail/emails", kind="status", status=422, times=1)
    house.check(check, "PAID")
    house.works_on()
    assert states(house) == [("failed", "sender_rejected")]
    assert "Automation:Surveyed by enrich" not in house.tags(guest)
    with house.stores.database.read() as conn:
        assert "unsent_invitation" in house.stores.reviews.counts(conn)


def test_a_shared_address_is_not_asked(house: House) -> None:
    guest = house.add_guest("concierge@hotel.example", total_visits=2)
    booking = house.add_reservation(guest)
    house.confirms(booking)
    house.check(Check(booking["id"]), "PAID")
    house.works()
    assert house.mails("concierge@hotel.example") == []
    assert states(house) == [("suppressed", "no_address")]
