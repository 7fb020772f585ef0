"""What holds between tables: every name one of them uses exists in the other."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from enrich.mapping.findings import Document, Finding, Path, one_of
from enrich.mapping.free_text import tokens
from enrich.mapping.table import (
    AnswerTable,
    Catalogue,
    CatalogueField,
    ChoiceField,
    CustomField,
    LinesField,
    Otherwise,
    Rule,
    TagsField,
    is_careful,
)
from enrich.mapping.transforms import normalise_label
from enrich.touches.policy import SurveyPolicy
from enrich.visits.policy import SpendPolicy

Fields = Mapping[str, CatalogueField]


@dataclass(frozen=True, slots=True)
class Targets:
    """Looks up what a table wants to write in the catalogue."""

    document: Document
    fields: Fields

    def field(self, path: Path, name: str, kind: type | None = None, *, key: bool = False) -> Iterator[Finding]:
        if name not in self.fields:
            problem = f"unknown field {name!r}: guest_profile.yaml has {one_of(self.fields)}"
            yield self.document.finding(path, problem, known=self.fields, key=key)
        elif kind and not isinstance(self.fields[name], kind):
            problem = f"the field {name!r} is of kind {self.fields[name].kind}, which cannot be written here"
            yield self.document.finding(path, problem, key=key)

    def value(self, path: Path, name: str, value: str, *, key: bool = False) -> Iterator[Finding]:
        field = self.fields.get(name)
        if isinstance(field, (TagsField, ChoiceField)) and value not in field.values:
            problem = f"{value!r} is no value of {name}"
            yield self.document.finding(path, problem, known=field.values, key=key)


def check_catalogue(document: Document, catalogue: Catalogue) -> Iterator[Finding]:
    owners: dict[object, str] = {}
    for name, field in catalogue.fields.items():
        for claim, path in _claims(field):
            owner = owners.setdefault(claim, name)
            if owner != name:
                yield document.finding(
                    ("fields", name, *path), f"the field {owner!r} already writes {' '.join(claim)}"
                )


def _claims(field: CatalogueField) -> Iterator[tuple[tuple[str, ...], Path]]:
    if isinstance(field, LinesField):
        yield ("the block", field.block), ("block",)
    elif isinstance(field, CustomField):
        yield ("the custom field", field.system_name), ("system_name",)
    else:
        yield from (
            (("the tag", f"{field.group}:{value}"), ("values", at)) for at, value in enumerate(field.values)
        )


def check_answers(document: Document, table: AnswerTable, fields: Fields) -> Iterator[Finding]:
    targets = Targets(document, fields)
    yield from _check_unique(document, table)
    for at, rule in enumerate(table.rules):
        yield from _check_choices(targets, ("rules", at), rule)
        yield from _check_labels(document, ("rules", at), rule)
        yield from _check_text(document, ("rules", at), rule, table)
        if rule.unmatched == Otherwise.IGNORE and is_careful(rule, fields):
            problem = "answers to this question may concern somebody's safety and cannot be ignored"
            yield document.finding(("rules", at, "unmatched"), problem)
    for name in table.words:
        yield from _check_words(document, name, table)


def _check_unique(document: Document, table: AnswerTable) -> Iterator[Finding]:
    names: Counter[str] = Counter()
    asked: dict[str, str] = {}
    for at, rule in enumerate(table.rules):
        names[rule.name] += 1
        if names[rule.name] > 1:
            yield document.finding(("rules", at, "name"), f"a second rule with the name {rule.name!r}")
        for number, ref in enumerate(rule.question):
            if ref in asked:
                problem = f"the rule {asked[ref]!r} already reads the question {ref!r}"
                yield document.finding(("rules", at, "question", number), problem)
            asked.setdefault(ref, rule.name)


def _check_choices(targets: Targets, place: Path, rule: Rule) -> Iterator[Finding]:
    for choice, written in rule.choices.items():
        for field, values in written.items():
            path = (*place, "choices", choice, field)
            yield from targets.field(path, field, key=True)
            for at, value in enumerate(values):
                yield from targets.value((*path, at), field, value)


def _check_labels(document: Document, place: Path, rule: Rule) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for label, choice in rule.labels.items():
        path = (*place, "labels", label)
        if choice not in rule.choices:
            yield document.finding(path, f"unknown choice {choice!r}", known=rule.choices)
        if seen.setdefault(normalise_label(label), label) != label:
            yield document.finding(path, f"the label {label!r} reads the same as one above it", key=True)


def _check_text(document: Document, place: Path, rule: Rule, table: AnswerTable) -> Iterator[Finding]:
    if rule.text is None:
        return
    if rule.text not in table.words:
        yield document.finding((*place, "text"), f"unknown word list {rule.text!r}", known=table.words)
        return
    for choice in table.words[rule.text].keys() - rule.choices.keys():
        problem = f"{choice!r} is no choice of the rule {rule.name!r}"
        yield document.finding(("words", rule.text, choice), problem, known=rule.choices, key=True)


def _check_words(document: Document, name: str, table: AnswerTable) -> Iterator[Finding]:
    if all(rule.text != name for rule in table.rules):
        yield document.finding(("words", name), f"no rule reads the word list {name!r}", key=True)
    meaning: dict[tuple[str, ...], str] = {}
    for choice, phrases in table.words[name].items():
        for at, phrase in enumerate(phrases):
            path = ("words", name, choice, at)
            if not tokens(phrase):
                yield document.finding(path, f"{phrase!r} has no word in it")
            elif meaning.setdefault(tokens(phrase), choice) != choice:
                yield document.finding(path, f"{phrase!r} already means {meaning[tokens(phrase)]!r}")


def check_spend(document: Document, policy: SpendPolicy, fields: Fields) -> Iterator[Finding]:
    targets = Targets(document, fields)
    for key in ("average_to", "total_to", "visits_to"):
        if (name := getattr(policy, key)) is not None:
            yield from targets.field((key,), name, CustomField)
    yield from targets.field(("tiers", "to"), policy.tiers.to, ChoiceField)
    for currency, tiers in policy.tiers.by_currency.items():
        for tier in tiers:
            path = ("tiers", "by_currency", currency, tier)
            yield from targets.value(path, policy.tiers.to, tier, key=True)
    yield from targets.field(("loyalty", "to"), policy.loyalty.to, TagsField)
    yield from targets.value(("loyalty", "value"), policy.loyalty.to, policy.loyalty.value)


def check_survey(document: Document, policy: SurveyPolicy, fields: Fields) -> Iterator[Finding]:
    targets = Targets(document, fields)
    yield from targets.field(("exclusion_to",), policy.exclusion_to, TagsField)
    yield from targets.value(("exclusion_value",), policy.exclusion_to, policy.exclusion_value)
