import time

import pytest

from enrich.mapping.free_text import Lexicon, mentions, read_text

WORDS = {
    "gluten_free": ["gluten free", "gluten-free", "no gluten", "gf"],
    "vegan": ["vegan"],
    "nuts": ["nuts", "nut", "no nuts"],
    "shellfish": ["shellfish"],
    "none": ["no", "none", "n/a", "no allergies", "no allergies or restrictions"],
}
FOOD = Lexicon.of(WORDS, careful=True)
SEATS = Lexicon.of({"window": ["window"], "bar": ["bar"]}, careful=False)

UNDERSTOOD = [
    ("I'm gluten-free", ["gluten_free"]),
    ("I’M GLUTEN‑FREE!", ["gluten_free"]),
    ("gf", ["gluten_free"]),
    ("no gluten please, thanks", ["gluten_free"]),
    ("I am allergic to nuts and shellfish", ["nuts", "shellfish"]),
    ("nut allergy; vegan", ["nuts", "vegan"]),
    ("vegan/gluten free", ["vegan", "gluten_free"]),
    ("glutin free", ["gluten_free"]),
    ("shelfish allergy", ["shellfish"]),
    ("no, no nuts", ["none", "nuts"]),
    ("none", ["none"]),
    ("N/A", ["none"]),
    ("No thank you", ["none"]),
    ("no allergies or restrictions", ["none"]),
    ("vegan, Vegan, VEGAN", ["vegan"]),
]


@pytest.mark.parametrize(("text", "choices"), UNDERSTOOD)
def test_what_is_understood_to_the_last_word(text: str, choices: list[str]) -> None:
    heard = read_text(text, FOOD)
    assert (list(heard.choices), heard.why) == (choices, None)


FOR_A_PERSON = [
    ("gluten free, raw fennel", ["gluten_free"], "not_understood"),
    ("severe nut allergy", [], "not_understood"),
    ("I love nuts", [], "not_understood"),
    ("I eat nuts", [], "not_understood"),
    ("nuts?", [], "not_understood"),
    ("🦐", [], "not_understood"),
    ("I'm allergic", [], "not_understood"),
    ("thanks", [], "not_understood"),
    ("...", [], "not_understood"),
    ("used to be vegan", [], "not_understood"),
    ("Sophie: gluten free, nuts", [], "not_understood"),
    ("not allergic to nuts", [], "negated"),
    ("no longer vegan", [], "negated"),
    ("not allergic to nuts, shellfish", [], "negated"),
    ("no allergies to nuts, shellfish", [], "negated"),
    ("no vegan", [], "negated"),
    ("shellfish, but not nuts", ["shellfish"], "negated"),
    ("my wife is vegan", [], "someone_else"),
    ("nuts and shellfish for my daughter", [], "someone_else"),
    ("my wife is vegan. Nut allergy.", [], "someone_else"),
    ("I'm vegan, my wife is allergic to nuts", ["vegan"], "someone_else"),
    ("my husband's allergic to nuts", [], "someone_else"),
    ("vegan " * 1000, [], "not_understood"),
]


@pytest.mark.parametrize(("text", "choices", "why"), FOR_A_PERSON)
def test_what_is_not_understood_goes_to_a_person_and_is_not_guessed(
    text: str, choices: list[str], why: str
) -> None:
    heard = read_text(text, FOOD)
    assert (list(heard.choices), heard.why) == (choices, why)


@pytest.mark.parametrize(
    "word", ["nits", "vegas", "vega", "unvegan", "selfish", "so gluten", "not gluten", "mo nuts"]
)
def test_another_word_is_no_typing_mistake(word: str) -> None:
    assert read_text(word, FOOD).choices == ()


def test_a_mistake_as_near_to_two_choices_is_neither() -> None:
    lexicon = Lexicon.of({"one": ["chocolates"], "other": ["chocolated"]}, careful=True)
    assert read_text("chocolate", lexicon).choices == ()


def test_a_word_of_liking_is_a_wish_for_a_seat_and_none_for_food() -> None:
    assert read_text("I love nuts", FOOD).choices == ()
    assert read_text("I would love the window", SEATS).choices == ("window",)


@pytest.mark.parametrize(
    "text", ["anything but the bar", "not at the bar", "away from the window", "the bar was great"]
)
def test_a_seat_to_avoid_or_a_report_is_no_wish(text: str) -> None:
    heard = read_text(text, SEATS)
    assert heard.choices == ()
    assert heard.why is not None


def test_an_allergen_is_noticed_in_passing() -> None:
    phrases = [("gluten", "free")]
    assert mentions("All GLUTEN-free, lovely", phrases, ("allerg",))
    assert mentions("nut_allergy", phrases, ("allerg",))
    assert not mentions("lovely gluten", phrases, ("allerg",))


@pytest.mark.parametrize(
    "text", ["vegxn, " * 285, "glutxn frxx " * 160, "no " * 660, "'" * 2000, "but " * 500, "_*" * 1000]
)
def test_an_awkward_text_is_read_in_no_time(text: str) -> None:
    started = time.perf_counter()
    read_text(text, FOOD)
    assert time.perf_counter() - started < 1.0
