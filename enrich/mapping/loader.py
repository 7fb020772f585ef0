"""Reads the folder of mapping tables: all of it valid, or nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from enrich.errors import TableInvalid
from enrich.mapping.checks import check_answers, check_catalogue, check_spend, check_survey
from enrich.mapping.findings import Document, Finding
from enrich.mapping.schema import ANSWERS, CATALOGUE, MODELS, RESERVATIONS, SPEND, SURVEY, schema_of
from enrich.mapping.table import AnswerTable, Catalogue, ReservationTable, Tables
from enrich.mapping.yaml_text import MAX_BYTES, parse
from enrich.touches.policy import SurveyPolicy
from enrich.visits.policy import SpendPolicy

REQUIRED = (CATALOGUE, RESERVATIONS, SPEND, SURVEY)

Model = TypeVar("Model", bound=BaseModel)


def load_tables(folder: Path) -> Tables:
    """Every *.yaml in the folder, each read once. Or TableInvalid with every finding, a line each."""
    loading = _load(folder)
    if loading.findings:
        raise TableInvalid("\n".join(map(str, sorted(loading.findings))))
    return loading.tables()


def validate_tables(folder: Path) -> list[Finding]:
    """What is wrong with the tables, by file and line; nothing if they can be loaded."""
    return sorted(_load(folder).findings)


@dataclass(slots=True)
class Loading:
    """What has been read so far. A broken file leaves out only the checks that need it."""

    documents: dict[str, Document] = field(default_factory=dict)
    models: dict[str, BaseModel] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def get(self, name: str, model: type[Model]) -> Model | None:
        found = self.models.get(name)
        return found if isinstance(found, model) else None

    def need(self, name: str, model: type[Model]) -> Model:
        found = self.get(name, model)
        if found is None:
            raise TableInvalid(f"{name}.yaml is missing")
        return found

    def answers(self) -> dict[str, AnswerTable]:
        return {name: table for name, table in self.models.items() if isinstance(table, AnswerTable)}

    def tables(self) -> Tables:
        return Tables(
            catalogue=self.need(CATALOGUE, Catalogue).fields,
            sources=self.answers(),
            reservations=self.need(RESERVATIONS, ReservationTable),
            spend=self.need(SPEND, SpendPolicy),
            survey=self.need(SURVEY, SurveyPolicy),
            files={f"{name}.yaml": document.text for name, document in self.documents.items()},
        )


def _load(folder: Path) -> Loading:
    loading = Loading()
    for name, content in _contents(folder, loading.findings).items():
        document, findings = parse(f"{name}.yaml", content)
        loading.findings += findings
        if document is not None:
            loading.documents[name] = document
            _validate(name, document, loading)
    loading.findings += _between(loading)
    return loading


def _contents(folder: Path, findings: list[Finding]) -> Mapping[str, bytes]:
    """Table name → bytes, at most one more than allowed."""
    contents: dict[str, bytes] = {}
    for name in sorted({*REQUIRED, *(path.stem for path in folder.glob("*.yaml"))}):
        try:
            with (folder / f"{name}.yaml").open("rb") as file:
                contents[name] = file.read(MAX_BYTES + 1)
        except OSError as error:
            findings.append(Finding(f"{name}.yaml", 1, 1, f"the file cannot be read: {error.strerror}"))
    return contents


def _validate(name: str, document: Document, loading: Loading) -> None:
    model = name if name in REQUIRED else ANSWERS
    try:
        loading.models[name] = MODELS[model].model_validate(document.data)
    except ValidationError as error:
        loading.findings += document.findings_of(error, schema_of(model))


def _between(loading: Loading) -> Iterator[Finding]:
    """The checks across files; without a readable catalogue there is nothing to check against."""
    catalogue = loading.get(CATALOGUE, Catalogue)
    if catalogue is None:
        return
    documents, fields = loading.documents, catalogue.fields
    yield from check_catalogue(documents[CATALOGUE], catalogue)
    for name, table in loading.answers().items():
        yield from check_answers(documents[name], table, fields)
    if spend := loading.get(SPEND, SpendPolicy):
        yield from check_spend(documents[SPEND], spend, fields)
    if survey := loading.get(SURVEY, SurveyPolicy):
        yield from check_survey(documents[SURVEY], survey, fields)
