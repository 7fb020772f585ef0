"""JSON Schemas of the tables for editors: `python -m enrich.mapping.schema` writes them to mappings/schema/."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from enrich.mapping.table import AnswerTable, Catalogue, ReservationTable
from enrich.touches.policy import SurveyPolicy
from enrich.visits.policy import SpendPolicy

DRAFT_07 = "http://json-schema.org/draft-07/schema#"
CATALOGUE = "guest_profile"
RESERVATIONS = "sevenrooms"
SPEND = "spend"
SURVEY = "survey"
ANSWERS = "answers"

MODELS: Mapping[str, type[BaseModel]] = {
    CATALOGUE: Catalogue,
    RESERVATIONS: ReservationTable,
    SPEND: SpendPolicy,
    SURVEY: SurveyPolicy,
    ANSWERS: AnswerTable,
}


@cache
def schema_of(name: str) -> Mapping[str, Any]:
    """As pydantic writes it: draft 2020-12."""
    return MODELS[name].model_json_schema()


def draft_07(part: Any) -> Any:
    """Draft 2020-12 in the words of draft-07, which editors understand best.

    >>> draft_07({"$defs": {"A": {}}, "items": {"$ref": "#/$defs/A"}})
    {'definitions': {'A': {}}, 'items': {'$ref': '#/definitions/A'}}
    """
    if isinstance(part, list):
        return [draft_07(item) for item in part]
    if not isinstance(part, dict):
        return part
    renamed = {
        "definitions" if key == "$defs" else key: value for key, value in part.items() if key != "discriminator"
    }
    if "$ref" in renamed:
        # draft-07 ignores whatever stands beside a reference.
        return {"$ref": renamed["$ref"].replace("#/$defs/", "#/definitions/")}
    return {key: draft_07(value) for key, value in renamed.items()}


def schema_files() -> dict[str, str]:
    """File name → content."""
    return {f"{name}.schema.json": _rendered(name) for name in MODELS}


def _rendered(name: str) -> str:
    schema = {"$schema": DRAFT_07, **draft_07(dict(schema_of(name)))}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, content in schema_files().items():
        (folder / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path("mappings/schema"))
