import re
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from project import ROOT

from enrich.settings import Settings
from enrich.supervise.specs import variable_of

COMMAND = re.compile(r"(?:^ {4}|^|`)make ([a-z]+)(?=$|`|  | #| [A-Z]+=)", re.MULTILINE)
"""A command in a code block or in backticks; not the verb."""
EXAMPLE = (ROOT / ".env.example").read_text()


def assigned() -> dict[str, str]:
    return dict(re.findall(r"^([A-Z][A-Z_]*)=(.*)$", EXAMPLE, re.MULTILINE))


def test_the_example_names_every_setting_and_no_other() -> None:
    assert set(assigned()) == {variable_of(field) for field in Settings.model_fields}


def test_every_setting_of_the_example_is_explained() -> None:
    lines = EXAMPLE.splitlines()
    bare = [line for above, line in pairwise(lines) if "=" in line and not above.startswith("# ")]
    assert bare == []


def test_the_example_copied_as_it_is_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in assigned():
        monkeypatch.delenv(name, raising=False)
    plain = Settings()
    (tmp_path / ".env").write_text(EXAMPLE)
    assert Settings() == plain


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_a_page_names_exists(page: str) -> None:
    named = set(COMMAND.findall((ROOT / page).read_text()))
    makefile = (ROOT / "Makefile").read_text()
    assert named
    assert [each for each in named if not re.search(rf"^{each}:", makefile, re.MULTILINE)] == []


def test_make_alone_lists_every_target() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert [each for each in targets if f"make {each} " not in listed] == []


def test_the_lock_names_no_package_index() -> None:
    lock = (ROOT / "requirements.txt").read_text()
    assert "://" not in lock
    assert "index-url" not in lock


def test_everything_in_the_lock_is_pinned_by_version_and_hash() -> None:
    lock = (ROOT / "requirements.txt").read_text()
    pins = re.split(r"\n(?=\S)", lock.strip())
    assert len(pins) > 50
    assert [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []
