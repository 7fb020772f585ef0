import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pages import DOCS, PAGES, ROOT, first_cells, text

from enrich import errors
from enrich.cli.main import app
from enrich.settings import Settings
from enrich.supervise.specs import variable_of

LINK = re.compile(r"\[[^\]]*\]\(([^)#]+)[^)]*\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_index_lists_every_page() -> None:
    listed = {(DOCS / link).resolve() for link in LINK.findall(text("README.md"))}
    pages = {page for kind in ("how-to", "reference", "explanation") for page in (DOCS / kind).glob("*.md")}
    assert pages - listed == set()


def test_every_setting_is_listed_and_no_other() -> None:
    assert sorted(first_cells("reference/settings.md")) == sorted(
        variable_of(name) for name in Settings.model_fields
    )


def test_every_default_is_the_real_one() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*?) \|", text("reference/settings.md"), re.MULTILINE))
    wrong = {
        variable: rows[variable]
        for name, field in Settings.model_fields.items()
        if (variable := variable_of(name)) and rows[variable] != _shown(field.default)
    }
    assert wrong == {}


def _shown(default: Any) -> str:
    plain = default.get_secret_value() if hasattr(default, "get_secret_value") else default
    if isinstance(plain, float):
        return f"`{plain:g}`"
    return f"`{plain}`" if plain not in ("", None) else ""


def test_every_command_and_option_is_listed_and_no_other() -> None:
    told = text("reference/commands.md")
    known = set(commands(typer.main.get_command(app)))
    assert set(re.findall(r"^## `enrich ([a-z ]+)`", told, re.MULTILINE)) == {name for name, _ in known}
    told_options = {
        (heading, option)
        for heading, body in re.findall(
            r"^## `enrich ([a-z ]+)`\n(.*?)(?=^## |\Z)", told, re.MULTILINE | re.DOTALL
        )
        for option in re.findall(r"^\| `(--[a-z-]+)", body, re.MULTILINE)
    }
    assert told_options == {(name, option) for name, options in known for option in options}


def commands(command: Any, *path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, *path, name)
    if not hasattr(command, "commands"):
        yield (
            " ".join(path),
            tuple(parameter.opts[0] for parameter in command.params if parameter.opts[0][0] == "-"),
        )


def test_every_error_is_explained() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    concrete = {
        kind.reason for kind in kinds if issubclass(kind, errors.EnrichError) and not kind.__subclasses__()
    }
    assert concrete <= set(first_cells("reference/errors.md"))


def test_every_test_that_a_promise_names_exists() -> None:
    named = re.findall(r"`(test_\w+)`", text("explanation/guarantees.md"))
    assert len(named) > 20
    assert sorted(set(named) - set(names_of_tests())) == []


def names_of_tests() -> Iterator[str]:
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name


def test_no_page_names_a_place_of_the_authors_machine() -> None:
    assert [page.name for page in PAGES if os.fspath(ROOT) in page.read_text()] == []
