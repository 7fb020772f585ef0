"""The stage of the evening: its folder, its venues, its breakdowns, and reading notes back."""

from collections import Counter
from pathlib import Path

import pytest

from enrich.demo.breakage import EMPTY_REDIS, planned_breaks
from enrich.demo.clock import ENDS, OPENS, label
from enrich.demo.scene import set_up
from enrich.demo.seen import guest_ref, note
from enrich.errors import ConfigurationError
from enrich.guests.block import with_block
from enrich.venue_file import load_venues
from tests.demo.builders import an_evening


def test_the_venue_file_loads_with_the_secrets_the_processes_are_given(tmp_path: Path) -> None:
    scene = set_up(tmp_path / "demo", an_evening(1, 2))
    venues = load_venues(scene.settings.venues, scene.specs[-1].environment)
    toast = venues.connection("toast", "v2-toast")
    assert set(venues.venues) == {"v1", "v2"}
    assert toast and toast.reader and toast.secrets[0].get_secret_value() == scene.secrets["v2-toast"]
    assert venues.survey_form("v2")


def test_an_evening_starts_in_an_empty_folder(tmp_path: Path) -> None:
    scene = set_up(tmp_path / "demo", an_evening())
    (scene.folder / "left over").touch()
    assert not (set_up(tmp_path / "demo", an_evening()).folder / "left over").exists()


def test_a_folder_with_something_else_in_it_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").touch()
    with pytest.raises(ConfigurationError):
        set_up(tmp_path, an_evening())
    assert (tmp_path / "letters.txt").exists()


def test_every_process_is_killed_three_times_and_redis_is_emptied_once() -> None:
    clock = an_evening().clock
    planned = planned_breaks(1, clock)
    counts = Counter(each.what for each in planned)
    assert counts == {"redis": 3, "sandbox": 3, "web": 3, "worker": 3, EMPTY_REDIS: 1}
    assert all(clock.at(OPENS) <= each.at <= clock.at(ENDS) for each in planned)
    assert planned == planned_breaks(1, clock) != planned_breaks(2, clock)


@pytest.mark.parametrize(
    "typed", ["", "Table 14 if free.", "two\n\nlines ", "ends in a break\n", "a\r\nb", "— 🎂 —"]
)
def test_a_note_comes_apart_into_what_staff_typed_and_our_lines(typed: str) -> None:
    found = note(with_block(typed, "Kitchen", ["Vegan", "ALLERGY: nuts"]))
    assert (found.typed, found.lines, found.blocks) == (typed, ("Vegan", "ALLERGY: nuts"), 1)
    assert note(typed).typed == typed and not note(typed).blocks


def test_the_guest_takes_the_reference_out_of_the_link() -> None:
    assert (
        guest_ref({"text": "Please: https://v.example/to/F#guest_ref=inv_a-1 \nThanks", "html": None}) == "inv_a-1"
    )
    assert guest_ref({"text": "No link", "html": None}) is None


def test_minutes_are_told_as_a_clock_does() -> None:
    assert [label(18 * 60), label(21 * 60 + 5.9)] == ["18:00", "21:05"]
