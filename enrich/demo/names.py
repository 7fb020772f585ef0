"""Invented people: no two of an evening share a name, so none of them is ambiguous by accident."""

from collections.abc import Iterator
from importlib import resources
from random import Random

DOMAINS = ("example.com", "example.org", "example.net")
FIRST, LAST = (
    part.split() for part in resources.files(__package__).joinpath("names.txt").read_text("utf-8").split("\n\n")
)


def people(rng: Random) -> Iterator[tuple[str, str]]:
    """First and last names, every pair once, in random order."""
    for pair in rng.sample(range(len(FIRST) * len(LAST)), len(FIRST) * len(LAST)):
        yield FIRST[pair % len(FIRST)], LAST[pair // len(FIRST)]


def address(rng: Random, first: str, last: str) -> str:
    return f"{first}.{last}@{rng.choice(DOMAINS)}".lower()
