"""One survey per guest and visit, and an end for every invitation, also where guests merge and staff steps in."""

from datetime import datetime, timedelta

from in_process import House
from restaurant import Check, now
from sqlalchemy import func, select, update

from enrich.due.unit import Kind
from enrich.store.tables import due, invitation


def states(house: House) -> list[tuple[str, str | None]]:
    with house.stores.database.read() as conn:
        return [(row[0], row[1]) for row in conn.execute(select(invitation.c.state, invitation.c.reason))]


def time_passes(house: House, by: timedelta) -> None:
    """For the invitations: their moments are moved into the past instead."""
    with house.stores.database.write() as conn:
        for row in conn.execute(select(invitation.c.ref, invitation.c.closed_at)).all():
            changed = update(invitation).where(invitation.c.ref == row[0])
            conn.execute(changed.values(closed_at=row[1] - by))
        for row in conn.execute(
            select(due.c.kind, due.c.ref, due.c.due_at).where(due.c.due_at.is_not(None))
        ).all():
            changed = update(due).where(due.c.kind == row[0], due.c.ref == row[1])
            conn.execute(changed.values(due_at=row[2] - by))


def latest_due(house: House) -> datetime | None:
    with house.stores.database.read() as conn:
        found: datetime | None = conn.execute(
            select(func.max(due.c.due_at)).where(due.c.kind == Kind.SURVEY)
        ).scalar_one()
        return found


def test_two_checks_of_one_visit_by_two_addresses_of_one_guest_are_one_survey(house: House) -> None:
    guest = house.add_guest("two.ways@example.com", email_alt="two.ways@work.example", total_visits=2)
    first = Check(email="two.ways@example.com")
    house.check(first, "PAID")
    house.works()
    house.check(Check(email="two.ways@work.example", order=first.order), "PAID")
    house.works()
    assert len(house.mails("two.ways@example.com") + house.mails("two.ways@work.example")) == 1
    assert "Automation:Surveyed by enrich" in house.tags(guest)
    assert [state for state, _ in states(house)] == ["sent"]


def test_an_invitation_whose_exclusion_tag_staff_took_away_expires(house: House) -> None:
    guest = house.add_guest("untagged@example.com", total_visits=2)
    house.check(Check(email="untagged@example.com"), "PAID")
    house.works()
    house.staff_tags(guest)
    house.check(Check(email="untagged@example.com"), "PAID")
    house.works()
    assert sorted(state for state, _ in states(house)) == ["planned", "sent"]
    time_passes(house, timedelta(hours=1))
    house.works()
    assert sorted(states(house), key=str) == [("sent", None), ("suppressed", "late")]


def test_a_check_reopened_for_good_is_waited_for_until_the_invitation_expires(house: House) -> None:
    house.add_guest("reopened@example.com", total_visits=2)
    check = Check(email="reopened@example.com")
    house.check(check, "PAID")
    for kind in (Kind.DELIVERY, Kind.GUEST):
        house.worker.run(kind)
    check.modified = now()
    house.check(check, "OPEN")
    house.works()
    assert [state for state, _ in states(house)] == ["ready"]
    time_passes(house, timedelta(hours=1))
    house.works()
    assert states(house) == [("expired", "late")]
    assert latest_due(house) is None


def test_a_mail_that_perhaps_left_is_not_said_to_be_suppressed(house: House) -> None:
    guest = house.add_guest("perhaps@example.com", total_visits=2)
    house.fault(path="/mail/emails", kind="reset_after_applying", times=1)
    house.check(Check(email="perhaps@example.com"), "PAID")
    house.works()
    assert states(house) == [("sending", None)]
    time_passes(house, timedelta(hours=1))
    house.works()
    assert states(house) == [("failed", "perhaps_sent")]
    assert "Automation:Surveyed by enrich" in house.tags(guest), "the CRM's own follow-up would be a second survey"
    with house.stores.database.read() as conn:
        assert "unsent_invitation" in house.stores.reviews.counts(conn)


def test_an_opt_out_on_a_duplicate_profile_wins(house: House) -> None:
    house.add_guest("doubled@example.com", total_visits=9, marketing_opt_in=True)
    house.add_guest("doubled@example.com", total_visits=1, marketing_opt_in=False)
    house.check(Check(email="doubled@example.com"), "PAID")
    house.works()
    assert house.mails("doubled@example.com") == []
    assert states(house) == [("suppressed", "opted_out")]


def test_an_invitation_of_a_profile_merged_away_is_sent_to_the_one_that_stayed(house: House) -> None:
    gone = house.add_guest("merging@example.com", total_visits=9)
    house.check(Check(email="merging@example.com"), "PAID")
    for kind in (Kind.DELIVERY, Kind.GUEST):
        house.worker.run(kind)
    house.staff_edits(gone, deleted=f"{now():%Y-%m-%dT%H:%M:%S}")
    stays = house.add_guest("merging@example.com", total_visits=10)
    house.works()
    assert "Automation:Surveyed by enrich" in house.tags(stays)
    time_passes(house, timedelta(minutes=1))
    house.works()
    assert len(house.mails("merging@example.com")) == 1
