"""A guest's answers through the tables: what they propose, and what a person must read."""

from collections.abc import Iterator

from enrich.events.guest_event import Answer, SurveyEvent
from enrich.mapping.free_text import NOT_UNDERSTOOD, mentions, read_text
from enrich.mapping.reading import Proposal, Provenance, Reading, Unread
from enrich.mapping.table import AnswerTable, Otherwise, Rule, Tables, is_careful
from enrich.mapping.transforms import normalise_label, visible

NO_RULE = "no_rule"
UNKNOWN_CHOICE = "unknown_choice"
UNKNOWN_QUESTION = "unknown_question"
MAY_CONCERN_SAFETY = "may_concern_safety"

NO_TABLE = AnswerTable(rules=())
ALARM_STEMS = ("allerg", "anaphyla", "intoleran", "coeliac", "celiac", "epipen")

Said = Proposal | Unread


def may_concern_safety(text: str, tables: Tables) -> bool:
    """Whether free words may name an allergy or a diet; nobody has read them more closely."""
    return mentions(text, tables.alarming, ALARM_STEMS)


def read_survey(event: SurveyEvent, tables: Tables) -> Reading:
    """Answers in the order given; one proposal for each field and value."""
    said = [item for answer in event.answers for item in _read_answer(answer, event, tables)]
    proposals = {(item.field, item.value): item for item in reversed(said) if isinstance(item, Proposal)}
    return Reading(
        proposals=tuple(reversed(proposals.values())),
        unread=tuple(item for item in said if isinstance(item, Unread)),
    )


def _read_answer(answer: Answer, event: SurveyEvent, tables: Tables) -> Iterator[Said]:
    source = event.key.split("/", 1)[0]
    table = tables.sources.get(source, NO_TABLE)
    rule = table.rule_by_question.get(answer.question)
    name = rule.name if rule else "none"
    provenance = Provenance(event.key, event.occurred_at, f"{source}:{name}")
    if rule is None:
        yield from _unknown_question(answer, table, tables, provenance)
        return
    for choice in _choices(answer):
        yield from _read_choice(choice, answer, rule, tables, provenance)
    if text := _text(answer):
        yield from _read_free_text(text, answer, rule, tables, provenance)


def _unknown_question(answer: Answer, table: AnswerTable, tables: Tables, why: Provenance) -> Iterator[Unread]:
    said = [*_choices(answer), *filter(None, [_text(answer)])]
    for text in said:
        if table.unknown_questions == Otherwise.PERSON:
            yield Unread(answer.question, text, UNKNOWN_QUESTION, why)
        else:
            yield from _never_to_nowhere(text, answer, tables, why)


def _read_choice(choice: str, answer: Answer, rule: Rule, tables: Tables, why: Provenance) -> Iterator[Said]:
    known = choice if choice in rule.choices else rule.choices_by_label.get(normalise_label(choice))
    if known is not None:
        yield from _propose(known, rule, why)
    elif rule.unmatched == Otherwise.PERSON:
        yield Unread(answer.question, choice, UNKNOWN_CHOICE, why)
    else:
        yield from _never_to_nowhere(choice, answer, tables, why)


def _read_free_text(text: str, answer: Answer, rule: Rule, tables: Tables, why: Provenance) -> Iterator[Said]:
    # A drop-down arrives as text: its label is looked up before the text is read.
    if (known := rule.choices_by_label.get(normalise_label(text))) is not None:
        yield from _propose(known, rule, why)
        return
    choices, reason = _understand(text, rule, tables, why)
    for choice in choices:
        yield from _propose(choice, rule, why)
    if reason is not None and rule.unmatched == Otherwise.PERSON:
        yield Unread(answer.question, text, reason, why)
    elif reason is not None:
        yield from _never_to_nowhere(text, answer, tables, why)


def _understand(text: str, rule: Rule, tables: Tables, why: Provenance) -> tuple[tuple[str, ...], str | None]:
    lexicon = tables.lexicons.get((why.rule.split(":", 1)[0], rule.name))
    if lexicon is None:
        return (), NO_RULE
    heard = read_text(text, lexicon)
    missed = heard.why == NOT_UNDERSTOOD and not is_careful(rule, tables.catalogue)
    return heard.choices, NO_RULE if missed else heard.why


def _propose(choice: str, rule: Rule, why: Provenance) -> Iterator[Proposal]:
    for field, values in rule.choices[choice].items():
        for value in values:
            yield Proposal(field, value, why)


def _never_to_nowhere(text: str, answer: Answer, tables: Tables, why: Provenance) -> Iterator[Unread]:
    """What the table ignores still reaches a person if it may name an allergen."""
    if may_concern_safety(text, tables):
        yield Unread(answer.question, text, MAY_CONCERN_SAFETY, why)


def _choices(answer: Answer) -> list[str]:
    yes = {None: [], True: ["yes"], False: ["no"]}[answer.yes]
    return [choice for choice in answer.choices if visible(choice)] + yes


def _text(answer: Answer) -> str:
    """Free text, or the number or date somebody gave where words were expected."""
    values = (answer.text, answer.number, answer.day)
    return next((str(value) for value in values if value is not None and visible(str(value))), "")
