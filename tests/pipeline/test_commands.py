"""The commands an operator asks with, on the state of a real evening."""

import json
import uuid

import pytest
from in_process import House
from restaurant import Check, choice
from typer.testing import CliRunner

from enrich.cli.main import app
from enrich.settings import Settings

ADDRESS = f"asks.{uuid.uuid4().hex[:8]}@example.com"


@pytest.fixture
def evening(house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("ENRICH_STATE", str(settings.state))
    house.add_guest(ADDRESS, total_visits=1)
    guest = house.add_guest(ADDRESS, total_visits=4)
    booking = house.add_reservation(guest)
    house.confirms(booking)
    house.check(Check(booking["id"], spend="300.00"), "PAID")
    house.works()
    house.answers(house.guest_ref(ADDRESS, newest=True), [choice("dietary_needs", "vegan")])
    house.works()
    return house


def said(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.usefixtures("evening")
def test_why_names_delivery_rule_and_write() -> None:
    answer = said("why", ADDRESS.title(), "dietary_tags")
    assert "added 'Vegan'" in answer and "typeform:diet" in answer and "inbox entry" in answer
    entries = json.loads(said("why", ADDRESS, "average_spend", "--output", "json"))
    assert [entry["value"] for entry in entries] == ["150.00"]


@pytest.mark.usefixtures("evening")
def test_what_waits_for_a_person_is_listed() -> None:
    found = json.loads(said("reviews", "--output", "json"))
    assert [review["kind"] for review in found] == ["duplicate"]
    assert "same address" in said("reviews", "--kind", "duplicate")


@pytest.mark.usefixtures("evening")
def test_invitations_say_who_was_asked() -> None:
    rows = json.loads(said("invitations", "--output", "json"))
    assert [(row["state"], row["reason"]) for row in rows] == [("sent", None)]
    assert json.loads(said("invitations", "--state", "suppressed", "--output", "json")) == []


def test_a_dead_letter_is_found_shown_and_replayed(evening: House) -> None:
    evening.fault(method="PATCH", path="/clients", kind="status", status=400, code="odd_field", times=1)
    evening.check(Check(email=ADDRESS, spend="900.00"), "PAID")
    evening.works()
    assert "odd_field" in said("inbox", "list", "--dead")
    assert "1 dead letters would be tried again" in said("inbox", "replay", "--dead")
    said("inbox", "replay", "--dead", "--yes")
    evening.works()
    assert said("inbox", "list", "--dead").strip() == "nothing was given up"
    assert "entry      1" in said("inbox", "show", "1")
