from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_tables import ANSWERS, write_tables

from enrich.events.guest_event import Answer, SurveyEvent
from enrich.mapping.engine import read_survey
from enrich.mapping.free_text import read_text
from enrich.mapping.loader import load_tables
from enrich.mapping.reading import Reading
from enrich.mapping.table import ChoiceField, Tables, TagsField
from enrich.mapping.transforms import visible

SHIPPED = load_tables(Path(__file__).parents[2] / "mappings")
QUESTIONS = ["diet", "seating", "celebrating", "comments"]
VOCABULARY = [
    "not",
    "no",
    "wife",
    "but",
    ",",
    ".",
    "and",
    "for",
    "gluten-free",
    "nuts",
    "vegan",
    "window",
    "allergic",
    "🥜",
]


def survey(answers: Sequence[Answer], source: str = "typeform") -> SurveyEvent:
    return SurveyEvent(
        key=f"{source}/response/r1",
        version="1",
        occurred_at=datetime(2026, 11, 14, tzinfo=UTC),
        venue="boston",
        response_id="r1",
        form="f1",
        answers=tuple(answers),
    )


def read(tables: Tables, *answers: Answer) -> Reading:
    return read_survey(survey(answers), tables)


phrases = st.lists(st.sampled_from(VOCABULARY), max_size=12).map(" ".join)
texts = st.one_of(st.text(max_size=80), phrases, phrases.map("I'm {}".format))
choices = st.one_of(st.text(max_size=20), st.sampled_from(["gluten_free", "window", "none", "I’m gluten-free"]))
answers = st.builds(
    Answer,
    question=st.one_of(st.sampled_from(QUESTIONS), st.text(max_size=10)),
    choices=st.lists(choices, max_size=3).map(tuple),
    text=st.none() | texts,
    number=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
    yes=st.none() | st.booleans(),
    day=st.none() | st.dates(),
)


@settings(deadline=None)
@given(st.lists(answers, max_size=4))
def test_whatever_is_said_only_values_of_the_catalogue_are_proposed(said: list[Answer]) -> None:
    for proposal in read(SHIPPED, *said).proposals:
        field = SHIPPED.catalogue[proposal.field]
        if isinstance(field, (TagsField, ChoiceField)):
            assert proposal.value in field.values


@settings(deadline=None)
@given(st.lists(answers, max_size=4))
def test_the_same_answers_always_read_the_same_and_no_value_twice(said: list[Answer]) -> None:
    reading = read(SHIPPED, *said)
    assert read(SHIPPED, *said) == reading
    values = [(item.field, item.value) for item in reading.proposals]
    assert len(values) == len(set(values))


@settings(deadline=None)
@given(st.sampled_from(QUESTIONS), st.text(alphabet=" \t\r\n\u00a0\u200b\u200d\ufeff\u2060", max_size=10))
def test_a_blank_answer_says_nothing(question: str, blank: str) -> None:
    assert read(SHIPPED, Answer(question=question, text=blank, choices=(blank,))) == Reading()


@settings(deadline=None)
@given(texts.filter(visible))
def test_what_is_said_about_food_is_written_or_reaches_a_person_unless_it_is_none(text: str) -> None:
    said_none = read_text(text, SHIPPED.lexicons["typeform", "diet"]).choices == ("none",)
    assert said_none or read(SHIPPED, Answer(question="diet", text=text)) != Reading()


@settings(deadline=None)
@given(phrases)
def test_somebody_else_s_diet_is_never_the_guest_s(text: str) -> None:
    reading = read(SHIPPED, Answer(question="diet", text=f"my wife: {text}"))
    assert reading.proposals == ()
    assert len(reading.unread) == 1


@pytest.fixture
def small(tmp_path: Path) -> Tables:
    return load_tables(write_tables(tmp_path))


def test_what_a_rule_ignores_still_reaches_a_person_if_it_may_name_an_allergen(small: Tables) -> None:
    assert read(small, Answer(question="seating", text="on the roof", choices=("roof",))) == Reading()
    (unread,) = read(small, Answer(question="seating", text="far from nuts, I am allergic")).unread
    assert (unread.why, unread.text) == ("may_concern_safety", "far from nuts, I am allergic")


def test_an_unknown_question_reaches_a_person_if_the_table_says_so(tmp_path: Path) -> None:
    tables = load_tables(write_tables(tmp_path, typeform=ANSWERS + "unknown_questions: person\n"))
    reading = read(tables, Answer(question="music", text="louder", yes=True))
    assert [(item.text, item.why) for item in reading.unread] == [
        ("yes", "unknown_question"),
        ("louder", "unknown_question"),
    ]


def test_a_source_without_a_table_writes_nothing(small: Tables) -> None:
    event = survey([Answer(question="diet", choices=("gluten_free",), text="nut allergy")], source="medallia")
    reading = read_survey(event, small)
    assert reading.proposals == ()
    assert [item.why for item in reading.unread] == ["may_concern_safety", "may_concern_safety"]


def test_yes_and_no_are_choices(tmp_path: Path) -> None:
    change = ("window: {table_preferences: Window}", "yes: {table_preferences: Window}\n      no: {}")
    answers = ANSWERS.replace(*change).replace("    window: [window]", "    yes: [window]")
    tables = load_tables(write_tables(tmp_path, typeform=answers))
    (proposal,) = read(tables, Answer(question="seating", yes=True)).proposals
    assert proposal.value == "Window"
    assert read(tables, Answer(question="seating", yes=False)) == Reading()


@pytest.mark.parametrize("answer", [{"number": Decimal(5)}, {"day": date(2026, 11, 14)}, {"yes": True}])
def test_an_answer_of_another_kind_about_food_reaches_a_person(small: Tables, answer: dict[str, object]) -> None:
    reading = read(small, Answer.model_validate({"question": "diet", **answer}))
    assert reading.proposals == ()
    assert len(reading.unread) == 1


def test_free_text_without_a_word_list_reaches_a_person(tmp_path: Path) -> None:
    words = "  seating_words:\n    window: [window]\n"
    answers = ANSWERS.replace("    text: seating_words\n    unmatched: ignore\n", "").replace(words, "")
    tables = load_tables(write_tables(tmp_path, typeform=answers))
    assert [item.why for item in read(tables, Answer(question="seating", text="by the piano")).unread] == [
        "no_rule"
    ]
