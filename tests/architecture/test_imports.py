import itertools
import subprocess
import sys
from pathlib import Path

from project import ROOT, contract, graph

SOURCES = "enrich.sources"
READERS_MAY_BE_SEEN_BY = {f"{SOURCES}.registry"}


def vendors() -> set[str]:
    return {each for each in graph().find_children(SOURCES) if graph().find_children(each)}


def readers() -> set[str]:
    return {f"{vendor}.reader" for vendor in vendors()} & graph().modules


def pure_modules() -> set[str]:
    named = set(contract("pure")["source_modules"])
    below = {module for package in named for module in graph().find_descendants(package)}
    return (named | below) - readers() - READERS_MAY_BE_SEEN_BY


def test_every_contract_on_imports_is_kept() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_pure_module_reaches_a_reader() -> None:
    assert readers()
    reached = [
        (pure, reader) for pure in pure_modules() for reader in readers() if graph().chain_exists(pure, reader)
    ]
    assert reached == []


def test_sources_do_not_know_each_other() -> None:
    pairs = itertools.permutations(sorted(vendors()), 2)
    assert len(vendors()) >= 3
    assert [pair for pair in pairs if graph().chain_exists(*pair, as_packages=True)] == []


def test_the_vocabulary_imports_nothing_of_ours() -> None:
    words = {rule.split(" -> ")[1] for rule in contract("loops")["ignore_imports"]}
    imported = {word: graph().find_modules_directly_imported_by(word) - words for word in words}
    assert {word: ours for word, all_ in imported.items() if (ours := _ours(all_))} == {}


def _ours(modules: set[str]) -> set[str]:
    return {module for module in modules if module.startswith(("enrich", "workers"))}
