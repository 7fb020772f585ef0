"""What the demo expects and what the mapping tables say are written down twice, and have to agree."""

from decimal import Decimal
from pathlib import Path

from ruamel.yaml import YAML

from enrich.demo import house

MAPPINGS = Path(__file__).parents[2] / "mappings"


def table(name: str):
    return YAML(typ="safe").load((MAPPINGS / f"{name}.yaml").read_text(encoding="utf-8"))


def test_tiers_and_loyalty_agree_with_the_spend_table() -> None:
    spend = table("spend")
    assert {tier: Decimal(floor) for tier, floor in spend["tiers"]["by_currency"]["USD"].items()} == house.TIERS
    assert spend["window_days"] == house.WINDOW_DAYS
    assert (spend["loyalty"]["visits"], spend["loyalty"]["total_by_currency"]["USD"]) == (
        house.LOYAL_VISITS,
        house.LOYAL_TOTAL,
    )


def test_every_tag_the_demo_expects_is_in_the_catalogue() -> None:
    fields = table("guest_profile")["fields"].values()
    known = {f"{field['group']}:{name}" for field in fields if "group" in field for name in field["values"]}
    choices = (*house.DIET, *house.SEATING, *house.OCCASION)
    tiers = {f"{house.TIER_GROUP}:{name}" for name in house.TIERS}
    assert {choice.tag for choice in choices} | tiers | {house.LOYALTY_TAG, house.SURVEYED_TAG} <= known
