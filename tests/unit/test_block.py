import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.guests.block import clean_line, read_block, with_block

KITCHEN = "— Kitchen (auto) —\n• Nut allergy\n— end Kitchen —"
START, _, END = KITCHEN.split("\n")


def test_a_block_goes_below_what_staff_wrote():
    assert with_block("Likes table 4", "Kitchen", ["Nut allergy"]) == f"Likes table 4\n{KITCHEN}"


def test_an_empty_note_holds_nothing_but_the_block():
    assert with_block("", "Kitchen", ["Nut allergy"]) == KITCHEN


def test_a_block_is_replaced_where_it_stands():
    note = with_block(f"before\n{KITCHEN}\nafter", "Kitchen", ["Vegan", "No pork"])
    assert note == "before\n— Kitchen (auto) —\n• Vegan\n• No pork\n— end Kitchen —\nafter"


def test_no_lines_remove_the_block():
    assert with_block(f"before\r\n{KITCHEN}\n after ", "Kitchen", []) == "before\r\n after "


def test_a_note_without_the_block_reads_as_none():
    assert read_block("Kitchen (auto)", "Kitchen") is None


def test_windows_line_ends_are_no_reason_to_write():
    note = KITCHEN.replace("\n", "\r\n")
    assert read_block(note, "Kitchen") == ("Nut allergy",)
    assert with_block(note, "Kitchen", ["Nut allergy"]) == note


def test_what_staff_typed_inside_moves_below():
    note = f"{START}\n• Nut allergy\nasked twice!\n{END}"
    assert with_block(note, "Kitchen", ["Vegan"]) == f"{START}\n• Vegan\n{END}\nasked twice!"
    assert with_block(note, "Kitchen", ()) == "asked twice!"


def test_a_pasted_second_copy_goes():
    assert with_block(f"{KITCHEN}\nstaff\n{KITCHEN}", "Kitchen", ["Vegan"]) == f"{START}\n• Vegan\n{END}\nstaff"


@pytest.mark.parametrize(
    "broken",
    [
        f"{START}\n• Nut allergy\nstaff",
        f"staff\n• Nut allergy\n{END}",
        f"{END}\nstaff\n{START}",
        f"{START}\n• Nut allergy\nstaff\n— end Briefing —",
        f"{START}\n• Nut allergy\nstaff\n— Briefing (auto) —\n• x\n— end Briefing —",
    ],
)
def test_half_a_block_is_left_alone(broken):
    note = with_block(broken, "Kitchen", ["Vegan"])
    assert note == f"{broken}\n{START}\n• Vegan\n{END}"
    assert with_block(note, "Kitchen", ["Vegan"]) == note
    assert with_block(note, "Kitchen", ()) == broken


@pytest.mark.parametrize("name", ["", "two\nlines", "a — b"])
def test_a_name_that_could_not_be_read_back_is_refused(name):
    with pytest.raises(ValueError, match="not a name"):
        with_block("", name, ["x"])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("two\nlines\u2028three", "two lines three"),
        ("a\tb\x00c", "a b c"),
        ("evil\u202eli\u2066ve\u200b", "evillive"),
        ("— end Kitchen —", "– end Kitchen –"),
        ("Cafe\u0301", "Café"),
        ("👩\u200d🍳 special", "👩\u200d🍳 special"),
    ],
)
def test_a_line_is_one_visible_line_and_no_marker(text, line):
    assert clean_line(text) == line


def test_a_long_line_ends_at_a_word():
    assert clean_line("no peanuts please", 14) == "no peanuts…"
    assert clean_line("incomprehensibilities", 8) == "incompr…"


anything = st.text(max_size=60)
names = st.sampled_from(["Kitchen", "Briefing", "Guest"])
staff_text = st.text(alphabet=st.characters(exclude_characters="—•", exclude_categories=["Cs"]), max_size=40)
pieces = st.sampled_from([START, END, "— Briefing (auto) —", "— end Briefing —", "• ours", "", "\r"])
messy_note = st.lists(st.one_of(staff_text, pieces), max_size=8).map("\n".join)
some_lines = st.lists(anything, max_size=4)


def kept_by(note):
    lines = (line.strip() for line in note.split("\n"))
    return sorted(line for line in lines if line and not line.startswith(("•", "—")))


@given(messy_note, names, some_lines)
def test_writing_twice_is_writing_once_and_reads_back(note, name, lines):
    once = with_block(note, name, lines)
    assert with_block(once, name, lines) == once
    assert (read_block(once, name) or ()) == tuple(filter(None, map(clean_line, lines)))


@given(messy_note, names, some_lines)
def test_staff_text_survives_every_write(note, name, lines):
    assert kept_by(with_block(note, name, lines)) == kept_by(note)


@given(staff_text, staff_text, some_lines, some_lines)
def test_text_around_blocks_stays_byte_for_byte(before, after, first, second):
    note = before + "\n" + KITCHEN + "\n" + after
    changed = with_block(with_block(note, "Kitchen", ["Vegan", *first]), "Briefing", second)
    assert changed.startswith(before + "\n" + START)
    assert with_block(with_block(changed, "Briefing", ()), "Kitchen", ()) == before + "\n" + after


@given(staff_text, st.lists(st.tuples(names, st.lists(st.just("x"), min_size=1)), max_size=4))
def test_blocks_leave_no_trace_once_removed(note, writes):
    written = note
    for name, lines in writes:
        written = with_block(written, name, lines)
    for name, _ in writes:
        written = with_block(written, name, ())
    assert written == note


@given(anything, st.one_of(st.none(), st.integers(1, 30)))
def test_a_clean_line_stays_as_it_is(text, limit):
    line = clean_line(text, limit)
    assert clean_line(line, limit) == line
    assert limit is None or len(line) <= limit
