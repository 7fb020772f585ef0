import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from enrich.mapping.schema import schema_files, write_schemas

MAPPINGS = Path(__file__).parents[2] / "mappings"


def validator(path: Path) -> Draft7Validator:
    name = path.read_text(encoding="utf-8").splitlines()[0].rsplit("/", 1)[1]
    return Draft7Validator(json.loads(schema_files()[name]))


@pytest.mark.parametrize("content", schema_files().values(), ids=schema_files())
def test_every_schema_is_draft_07(content: str) -> None:
    schema = json.loads(content)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert "$defs" not in content
    Draft7Validator.check_schema(schema)


@pytest.mark.parametrize("path", sorted(MAPPINGS.glob("*.yaml")), ids=lambda path: path.name)
def test_editors_accept_the_shipped_tables_and_refuse_unknown_keys(path: Path) -> None:
    table = YAML(typ="safe").load(path)
    assert list(validator(path).iter_errors(table)) == []
    assert not validator(path).is_valid(table | {"unknown": 1})


def test_schemas_are_written_where_asked(tmp_path: Path) -> None:
    write_schemas(tmp_path / "schema")
    assert {path.name for path in (tmp_path / "schema").iterdir()} == set(schema_files())
