"""What is odd about Typeform."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from source_cases import HERE, SECRET, VENUE, Sample, delivered, notices_of, record_of, signed, with_header

from enrich.errors import SignatureInvalid
from enrich.events.guest_event import Answer, SurveyEvent
from enrich.sources.contract import Notice
from enrich.sources.typeform import SOURCE
from enrich.sources.typeform.response import plain_label

NOW = datetime(2026, 11, 14, 4, 0, tzinfo=UTC)
VECTOR = json.loads((HERE / "vectors" / "typeform.json").read_text())
FIELD = {"id": "f1", "ref": "dietary_needs", "type": "multiple_choice"}


def survey(**changes: Any) -> SurveyEvent:
    record = record_of("typeform", "free_text_only") | changes
    (event,) = SOURCE.normalise(Notice("key", "form_response", record), VENUE)
    return event


def answer(value: dict[str, Any], *, field: dict[str, Any] = FIELD, choices: Any = None) -> Answer | None:
    definition = {"fields": [{**field, "title": "A question", "choices": choices}]}
    answers = survey(definition=definition, answers=[{**value, "field": field}]).answers
    return answers[0] if answers else None


def test_the_published_vector() -> None:
    body, secret = VECTOR["body"].encode(), VECTOR["secret"].encode()
    SOURCE.verify(delivered("typeform", body, {VECTOR["header"]: VECTOR["signature"]}), [secret], NOW)
    assert signed("typeform", body, VECTOR["secret"]).header("typeform-signature") == VECTOR["signature"]


def test_the_prefix_belongs_to_the_signature() -> None:
    delivery = Sample(SOURCE, "choices_full").delivery
    bare = (delivery.header("typeform-signature") or "").removeprefix("sha256=")
    with pytest.raises(SignatureInvalid):
        SOURCE.verify(with_header(delivery, "typeform-signature", bare), [SECRET.encode()], NOW)


def test_a_response_is_known_by_its_token_not_by_the_event_id() -> None:
    sample = Sample(SOURCE, "labels_only")
    (notice,) = notices_of(sample)
    assert notice.key == SOURCE.delivery_key(sample.delivery) == "01KCE9LABELS00000000000001"


def test_a_partial_response_does_not_use_up_the_token() -> None:
    sample = Sample(SOURCE, "partial")
    (notice,) = notices_of(sample)
    assert SOURCE.delivery_key(sample.delivery) is None
    assert notice.key != "01KCE9PART0000000000000004"


@pytest.mark.parametrize(
    "unfilled", ["", " ", "xxxxx", "XXXXX", "*|EMAIL|*", "{{ email }}", "{email}", "%recipient.email%", "[email]"]
)
def test_a_link_that_nobody_filled_in_names_nobody(unfilled: str) -> None:
    identifiers = survey(hidden={"guest_ref": unfilled, "email": unfilled}).identifiers
    assert identifiers.invitation is None
    assert identifiers.email is None


def test_the_hidden_address_comes_before_the_typed_one() -> None:
    typed = [{"type": "email", "email": "typed@example.com", "field": {"id": "e", "ref": "mail", "type": "email"}}]
    assert survey(hidden={"email": "link@example.com"}, answers=typed).identifiers.email == "link@example.com"
    assert survey(hidden={}, answers=typed).identifiers.email == "typed@example.com"


def test_other_alone_is_text_without_a_choice() -> None:
    given = answer({"type": "choice", "choice": {"other": "by the fire"}})
    assert given == Answer(question="dietary_needs", title="A question", text="by the fire")


def test_other_is_beside_the_choices() -> None:
    chosen = {"refs": ["vegan"], "labels": ["Vegan", "no onion"], "other": "no onion"}
    given = answer({"type": "choices", "choices": chosen})
    assert given and given.choices == ("vegan",) and given.text == "no onion"


def test_labels_are_named_through_the_form_s_own_definition() -> None:
    choices = [{"id": "c", "ref": "gluten_free", "label": "I’m gluten-free"}]
    given = answer({"type": "choices", "choices": {"labels": ["*I'm  Gluten-free* ", "Nuts"]}}, choices=choices)
    assert given and given.choices == ("gluten_free", "nuts")


def test_no_choice_falls_out_when_there_are_fewer_refs_than_labels() -> None:
    choices = [{"ref": "vegan", "label": "Vegan"}, {"ref": "nut_allergy", "label": "Nut allergy"}]
    chosen = {"refs": ["vegan"], "labels": ["Vegan", "Nut allergy"]}
    given = answer({"type": "choices", "choices": chosen}, choices=choices)
    assert given and given.choices == ("vegan", "nut_allergy")


@pytest.mark.parametrize(
    "value", [{"type": "text", "text": "Birthday"}, {"type": "choice", "choice": {"label": "Birthday"}}]
)
def test_a_dropdown_is_a_choice_both_ways(value: dict[str, Any]) -> None:
    given = answer(value, field={"id": "f", "ref": "celebrating", "type": "dropdown"})
    assert given and given.choices == ("birthday",) and given.text is None


@pytest.mark.parametrize("kind", ["payment", "file_url", "signature", "multi_format", "hologram"])
def test_payments_files_and_unknown_answers_are_not_kept(kind: str) -> None:
    assert answer({"type": kind, kind: {"last4": "4242"}}) is None


def test_a_question_without_a_ref_goes_by_its_id() -> None:
    given = answer({"type": "number", "number": 4.5}, field={"id": "f9", "type": "rating"})
    assert given and given.question == "f9" and str(given.number) == "4.5"


def test_a_question_inside_a_group_keeps_its_title() -> None:
    group = {"id": "g", "type": "group", "properties": {"fields": [{**FIELD, "title": "Inside"}]}}
    answers = [{"type": "boolean", "boolean": False, "field": FIELD}]
    (given,) = survey(definition={"fields": [group]}, answers=answers).answers
    assert given.title == "Inside" and given.yes is False


@pytest.mark.parametrize(
    ("label", "plain"),
    [("I’m  gluten-free ", "i'm gluten-free"), ("**Vegan**", "vegan"), ("_Nut_", "nut"), ("ｖｅｇａｎ", "vegan")],
)
def test_labels_are_compared_plain(label: str, plain: str) -> None:
    assert plain_label(label) == plain == plain_label(plain)
