"""The address lists of addresses.yaml."""

from importlib import resources

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML


class AddressLists(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    same_domain: dict[str, str]
    dots_ignored: frozenset[str]
    tags_ignored: frozenset[str]
    relay_domains: frozenset[str]
    role_domains: frozenset[str]
    role_words: frozenset[str]
    role_companions: frozenset[str]
    placeholder_words: frozenset[str]
    placeholder_domains: frozenset[str]


def _load() -> AddressLists:
    text = resources.files(__package__).joinpath("addresses.yaml").read_text(encoding="utf-8")
    return AddressLists.model_validate(YAML(typ="safe").load(text))


LISTS = _load()
