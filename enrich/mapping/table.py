"""The mapping tables as read: models of the files in `mappings/`."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from enrich.mapping.free_text import Lexicon, Phrase, tokens
from enrich.mapping.transforms import as_list, normalise_label
from enrich.touches.policy import SurveyPolicy
from enrich.visits.policy import SpendPolicy

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
# The CRM reads "group:tag" and splits lists at commas.
TagText = Annotated[str, StringConstraints(pattern=r"^[^\s,:]([^,:\r\n]*[^\s,:])?$", max_length=60)]
Line = Annotated[str, StringConstraints(pattern=r"^\S([^\r\n]*\S)?$", max_length=240)]
OneOrMore = WithJsonSchema(
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
)
Values = Annotated[tuple[Line, ...], BeforeValidator(as_list), Field(min_length=1), OneOrMore]
Targets = dict[str, Values]


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Urgency(StrEnum):
    """The most urgent first."""

    SAFETY = "safety"
    ARRIVING = "arriving"
    SURVEY = "survey"
    SPEND = "spend"
    BACKFILL = "backfill"


class FieldBase(Row):
    about: str
    """For whoever edits the tables."""
    urgency: Urgency


class TagsField(FieldBase):
    """Any number of these tags."""

    kind: Literal["tags"]
    group: TagText
    values: tuple[TagText, ...] = Field(min_length=1)


class ChoiceField(FieldBase):
    """Exactly one of these tags at a time."""

    kind: Literal["choice"]
    group: TagText
    values: tuple[TagText, ...] = Field(min_length=1)


class LinesField(FieldBase):
    """Lines of a marked block in the profile's notes."""

    kind: Literal["lines"]
    block: TagText


class CustomField(FieldBase):
    kind: Literal["custom_field"]
    system_name: Name


CatalogueField = Annotated[TagsField | ChoiceField | LinesField | CustomField, Field(discriminator="kind")]


class Catalogue(Row):
    """guest_profile.yaml: every CRM field we may write."""

    fields: dict[Name, CatalogueField]


class Otherwise(StrEnum):
    """What becomes of something no rule covers."""

    PERSON = "person"
    IGNORE = "ignore"


class Rule(Row):
    """One question and what its answers write."""

    name: Name
    question: Annotated[tuple[str, ...], BeforeValidator(as_list), Field(min_length=1), OneOrMore]
    """Refs of the question, one for each form that asks it."""
    choices: dict[str, Targets] = {}
    """Choice, or "yes" and "no" → catalogue field → value or values. `{}`: nothing to write."""
    labels: dict[str, str] = {}
    """A choice's label, for payloads without refs → choice."""
    text: str | None = None
    """Name of the word list that reads free text."""
    unmatched: Otherwise = Otherwise.PERSON

    @cached_property
    def choices_by_label(self) -> Mapping[str, str]:
        names = {normalise_label(choice): choice for choice in self.choices}
        return names | {normalise_label(label): choice for label, choice in self.labels.items()}


class AnswerTable(Row):
    """<source>.yaml of a survey source."""

    rules: tuple[Rule, ...]
    words: dict[Name, dict[str, tuple[str, ...]]] = {}
    """Word list → choice → phrases that mean it."""
    unknown_questions: Otherwise = Otherwise.IGNORE

    @cached_property
    def rule_by_question(self) -> Mapping[str, Rule]:
        return {ref: rule for rule in self.rules for ref in rule.question}


class ReservationChange(StrEnum):
    CHANNEL_CHANGED = "channel_changed"
    PARTY_SIZE_INCREASED = "party_size_increased"
    OCCASION_ADDED = "occasion_added"
    STATUS_CHANGED = "status_changed"
    GUEST_CHANGED = "guest_changed"
    MOVED = "moved"


class ReservationTable(Row):
    """sevenrooms.yaml: which edits of a reservation concern us."""

    relevant_changes: tuple[ReservationChange, ...]


def is_careful(rule: Rule, catalogue: Mapping[str, CatalogueField]) -> bool:
    """Whether an answer may concern somebody's safety."""
    fields = {field for targets in rule.choices.values() for field in targets}
    return any(catalogue[field].urgency == Urgency.SAFETY for field in fields if field in catalogue)


@dataclass(frozen=True)
class Tables:
    """All tables, valid together."""

    catalogue: Mapping[str, CatalogueField]
    sources: Mapping[str, AnswerTable]
    """Survey tables by source name."""
    reservations: ReservationTable
    spend: SpendPolicy
    survey: SurveyPolicy
    files: Mapping[str, str]
    """File name → text as read."""

    @property
    def relevant_changes(self) -> frozenset[str]:
        return frozenset(change.value for change in self.reservations.relevant_changes)

    @cached_property
    def version(self) -> str:
        """Hash of what the tables say: comments, spacing and the order of keys do not count."""
        content = {
            "guest_profile": {name: field.model_dump(mode="json") for name, field in self.catalogue.items()},
            "sources": {name: table.model_dump(mode="json") for name, table in self.sources.items()},
            "sevenrooms": self.reservations.model_dump(mode="json"),
            "spend": self.spend.model_dump(mode="json"),
            "survey": self.survey.model_dump(mode="json"),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]

    @cached_property
    def lexicons(self) -> Mapping[tuple[str, str], Lexicon]:
        """(source, rule name) → how its free text is read."""
        return {
            (source, rule.name): Lexicon.of(table.words[rule.text], careful=is_careful(rule, self.catalogue))
            for source, table in self.sources.items()
            for rule in table.rules
            if rule.text is not None
        }

    @cached_property
    def alarming(self) -> frozenset[Phrase]:
        """Phrases a careful rule would act on. A lone word ("nuts") says nothing where nobody asked about food."""
        return frozenset(
            tokens(phrase)
            for table in self.sources.values()
            for rule in table.rules
            if rule.text is not None and is_careful(rule, self.catalogue)
            for choice, phrases in table.words[rule.text].items()
            if rule.choices[choice]
            for phrase in phrases
            if len(tokens(phrase)) > 1
        )
