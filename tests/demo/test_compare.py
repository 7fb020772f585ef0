"""The comparison sees every kind of damage, and none where there is none."""

from dataclasses import replace

import pytest

from enrich.demo.expectation import answers_about, expected
from enrich.demo.guests import Answering
from tests.demo.builders import BRIEFING, a_mail, an_evening, played, seen_after, verdict, with_block, wrong_rows


def first(about: Answering):
    return answers_about(expected(an_evening()), about)[0]


@pytest.mark.parametrize("seed", range(1, 4))
def test_an_evening_as_planned_is_right_in_every_row(seed: int) -> None:
    evening = an_evening(seed)
    found = verdict(evening, seen_after(evening))
    assert found.ok, [row for row in found.rows if not row.ok]
    assert not found.differences


@pytest.mark.parametrize(
    ("about", "row"),
    [
        (Answering.DIET, "dietary flags"),
        (Answering.TABLE, "table preferences"),
        (Answering.OCCASION, "celebrations"),
        (Answering.RATING, "spend tiers that change"),
    ],
)
def test_a_missing_tag_is_seen(about: Answering, row: str) -> None:
    seen, wanted = seen_after(an_evening()), first(about)
    seen.clients[wanted.client_id]["client_tags"] = []
    found = verdict(an_evening(), seen)
    assert {row, "profiles exactly as expected"} <= wrong_rows(found)
    assert any(wanted.client_id in line and "client_tags" in line for line in found.differences)


def test_a_second_tier_on_one_profile_is_seen() -> None:
    seen, wanted = seen_after(an_evening()), first(Answering.RATING)
    client = seen.clients[wanted.client_id]
    old = next(tag for tag in client["client_tags"] if tag["group"] == "Spend Tier")
    client["client_tags"].append(old | {"tag": "Silver" if old["tag"] != "Silver" else "Gold"})
    assert "spend tiers that change" in wrong_rows(verdict(an_evening(), seen))


def test_a_figure_that_is_off_by_a_cent_is_seen() -> None:
    seen, wanted = seen_after(an_evening()), first(Answering.TABLE)
    fields = seen.clients[wanted.client_id]["custom_fields"]
    field = next(each for each in fields if each["system_name"] == "custom_field_02")
    field["value"] = field["value"][:-1] + "1"
    assert "profiles with spend figures" in wrong_rows(verdict(an_evening(), seen))


def test_a_changed_bystander_is_seen() -> None:
    seen = seen_after(an_evening())
    bystander = an_evening().houses[0].bystanders[0]
    seen.clients[bystander["id"]]["loyalty_tier"] = "Gold"
    assert wrong_rows(verdict(an_evening(), seen)) == {"other profiles untouched"}


def test_a_duplicate_that_was_written_to_is_seen() -> None:
    seen = seen_after(an_evening())
    duplicate = next(seat.profiles.duplicate for seat in an_evening().seats if seat.profiles.duplicate)
    written = replace(seen, changes=({"n": 1, "actor": "api", "kind": "client", "id": duplicate["id"]},))
    assert wrong_rows(verdict(an_evening(), written)) == {"duplicates written to"}


def test_a_second_mail_is_seen() -> None:
    seen, wanted = seen_after(an_evening()), first(Answering.DIET)
    twice = replace(seen, outbox=(*seen.outbox, a_mail(wanted.seat.guest.email.upper())))
    assert wrong_rows(verdict(an_evening(), twice)) == {"guests invited twice"}


def test_a_missing_mail_is_seen() -> None:
    seen = seen_after(an_evening())
    assert wrong_rows(verdict(an_evening(), replace(seen, outbox=seen.outbox[1:]))) == {
        "guests invited to the survey"
    }


def test_a_mail_to_a_guest_who_opted_out_is_seen() -> None:
    seen = seen_after(an_evening())
    opted_out = next(seat.guest for seat in an_evening().seats if seat.guest.opted_out)
    mailed = replace(seen, outbox=(*seen.outbox, a_mail(opted_out.email)))
    assert wrong_rows(verdict(an_evening(), mailed)) == {"mails to guests who opted out"}


def test_a_word_of_staff_that_went_missing_is_seen() -> None:
    seen = seen_after(an_evening())
    seat = next(seat for seat in an_evening().seats if seat.booking.document["internal_notes"])
    seen.reservations[seat.reservation_id]["internal_notes"] = with_block(None, "Briefing", BRIEFING)
    assert wrong_rows(verdict(an_evening(), seen)) == {"notes with every word of staff"}


@pytest.mark.parametrize("bullets", [BRIEFING[:2], BRIEFING * 2])
def test_a_briefing_that_is_too_short_or_too_long_is_seen(bullets: tuple[str, ...]) -> None:
    seen = seen_after(an_evening())
    seat = next(seat for seat in an_evening().seats if not seat.booking.document["internal_notes"])
    seen.reservations[seat.reservation_id]["internal_notes"] = with_block(None, "Briefing", bullets)
    assert "reservations confirmed and briefed" in wrong_rows(verdict(an_evening(), seen))


def test_a_note_on_an_unclear_booking_is_seen() -> None:
    seen = seen_after(an_evening())
    unclear = an_evening().houses[0].unclear[0].document
    change = {"n": 1, "actor": "api", "kind": "reservation", "id": unclear["id"]}
    assert wrong_rows(verdict(an_evening(), replace(seen, changes=(change,)))) == {"unclear bookings written to"}


def test_a_forged_delivery_that_was_let_in_is_seen() -> None:
    record = played(an_evening())
    record.forged.update({401: 2, 200: 1})
    assert wrong_rows(verdict(an_evening(), seen_after(an_evening()), record)) == {
        "wrong signatures refused, no trace"
    }


def test_a_trace_of_a_forged_delivery_is_seen() -> None:
    record = played(an_evening())
    record.forged.update({401: 2})
    seen = replace(seen_after(an_evening()), requests=({"path": "/toast/orders/v2/orders/forged-1"},))
    assert wrong_rows(verdict(an_evening(), seen, record)) == {"wrong signatures refused, no trace"}
