from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from enrich.events.guest_event import Answer, SurveyEvent
from enrich.mapping.engine import read_survey
from enrich.mapping.loader import load_tables, validate_tables
from enrich.mapping.reading import Reading
from enrich.mapping.schema import schema_files
from enrich.mapping.table import Tables

MAPPINGS = Path(__file__).parents[2] / "mappings"
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in YAML(typ="safe").load(path)
]
CHOICES = [
    (rule.question[0], choice, [(field, value) for field, values in targets.items() for value in values])
    for rule in load_tables(MAPPINGS).sources["typeform"].rules
    for choice, targets in rule.choices.items()
]


@cache
def tables() -> Tables:
    return load_tables(MAPPINGS)


def read(answers: list[dict[str, Any]]) -> Reading:
    event = SurveyEvent(
        key="typeform/response/r1",
        version="1",
        occurred_at=datetime(2026, 11, 14, 2, 43, tzinfo=UTC),
        venue="boston",
        response_id="r1",
        form="f1",
        answers=tuple(Answer.model_validate(answer) for answer in answers),
    )
    return read_survey(event, tables())


def test_the_shipped_tables_are_valid() -> None:
    assert validate_tables(MAPPINGS) == []


@pytest.mark.parametrize("case", CASES)
def test_this_answer_gives_these_changes(case: dict[str, Any]) -> None:
    reading = read(case["answers"])
    expected = [(field, value) for field, values in case.get("writes", {}).items() for value in values]
    assert sorted((item.field, item.value) for item in reading.proposals) == sorted(expected)
    assert [item.why for item in reading.unread] == case.get("unread", [])


def test_every_rule_is_reached_by_a_case() -> None:
    asked = {answer["question"] for case in CASES for answer in case.values[0]["answers"]}
    for source, table in tables().sources.items():
        for rule in table.rules:
            assert asked.intersection(rule.question), f"no case answers the rule {source}:{rule.name}"


@pytest.mark.parametrize(("question", "choice", "targets"), CHOICES)
def test_every_choice_writes_all_its_targets(question: str, choice: str, targets: list[tuple[str, str]]) -> None:
    reading = read([{"question": question, "choices": [choice]}])
    assert [(item.field, item.value) for item in reading.proposals] == targets
    assert reading.unread == ()


def test_every_phrase_of_a_word_list_means_its_choice() -> None:
    (table,) = tables().sources.values()
    for rule in table.rules:
        for choice, phrases in table.words[rule.text or ""].items():
            chosen = read([{"question": rule.question[0], "choices": [choice]}])
            for phrase in phrases:
                assert read([{"question": rule.question[0], "text": phrase.upper()}]) == chosen, phrase


def test_every_diet_choice_tells_the_kitchen() -> None:
    (diet,) = (rule for rule in tables().sources["typeform"].rules if rule.name == "diet")
    for choice, targets in diet.choices.items():
        assert set(targets) == ({"dietary_tags", "kitchen_note"} if choice != "none" else set())


def test_a_proposal_can_say_why() -> None:
    (proposal,) = read([{"question": "seating", "choices": ["window"]}]).proposals
    assert proposal.provenance.rule == "typeform:seating"
    assert proposal.provenance.fact == "typeform/response/r1"
    assert proposal.provenance.occurred_at == datetime(2026, 11, 14, 2, 43, tzinfo=UTC)


def test_the_schemas_are_those_of_the_models() -> None:
    for name, content in schema_files().items():
        assert (MAPPINGS / "schema" / name).read_text(encoding="utf-8") == content, (
            "python -m enrich.mapping.schema"
        )


def test_every_table_names_its_schema() -> None:
    for path in MAPPINGS.glob("*.yaml"):
        modeline = path.read_text(encoding="utf-8").splitlines()[0]
        prefix, _, schema = modeline.partition("schema/")
        assert prefix == "# yaml-language-server: $schema="
        assert schema in schema_files()
