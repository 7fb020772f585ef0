"""The documentation as text."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "mappings").glob("*.md")])


def text(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def first_cells(page: str) -> list[str]:
    """What stands in backticks at the start of each row of the page's tables."""
    return re.findall(r"^\| `([^`]+)`", text(page), re.MULTILINE)


def shell_blocks(page: str) -> str:
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", text(page), re.MULTILINE | re.DOTALL))
