"""What the restaurant of the demo agreed on: the tags of its CRM, its tiers and its survey.

Written down apart from `mappings/`, so that the evening checks those tables instead of echoing them.
"""

from dataclasses import dataclass
from decimal import Decimal

ZONE = "America/New_York"
CURRENCY = "USD"

TIER_GROUP = "Spend Tier"
TIERS = {"Silver": Decimal(90), "Gold": Decimal(150), "Platinum": Decimal(250)}
"""Lowest average per cover over 90 days."""
WINDOW_DAYS = 90
LOYALTY_TAG = "Loyalty:Loyal Guest"
LOYAL_VISITS = 5
LOYAL_TOTAL = Decimal(1000)
SURVEYED_TAG = "Automation:Surveyed by enrich"

AVERAGE_FIELD = "custom_field_01"
TOTAL_FIELD = "custom_field_02"
VISITS_FIELD = "custom_field_03"

KITCHEN_BLOCK = "Kitchen"


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a question and what choosing it has to write."""

    ref: str
    label: str
    tag: str
    kitchen: str = ""
    words: str = ""
    """How a guest puts it who types instead of choosing."""


DIET = (
    Choice(
        "gluten_free",
        "I’m gluten-free",
        "Dietary Restrictions:Gluten Free",
        "Gluten-free (guest survey)",
        "gluten free please",
    ),
    Choice(
        "vegetarian",
        "Vegetarian",
        "Dietary Restrictions:Vegetarian",
        "Vegetarian (guest survey)",
        "I am vegetarian",
    ),
    Choice(
        "shellfish_allergy",
        "Shellfish allergy",
        "Dietary Restrictions:Shellfish Allergy",
        "ALLERGY: shellfish (guest survey)",
        "allergic to shellfish",
    ),
    Choice(
        "nut_allergy",
        "Nut allergy",
        "Dietary Restrictions:Nut Allergy",
        "ALLERGY: nuts (guest survey)",
        "no nuts please",
    ),
    Choice("vegan", "Vegan", "Dietary Restrictions:Vegan", "Vegan (guest survey)"),
    Choice("dairy_free", "Dairy-free", "Dietary Restrictions:Dairy Free", "Dairy-free (guest survey)"),
)
SEATING = (
    Choice("window", "I prefer window seating", "Seating Preference:Window"),
    Choice("quiet", "Somewhere quiet", "Seating Preference:Quiet Area"),
    Choice("bar", "At the bar", "Seating Preference:Bar"),
)
OCCASION = (
    Choice("birthday", "Birthday", "Special Occasion:Birthday"),
    Choice("anniversary", "Anniversary", "Special Occasion:Anniversary"),
    Choice("business", "Business dinner", "Special Occasion:Business"),
)

STAFF_TAGS = (
    "Staff:VIP",
    "Staff:Wine Lover",
    "Staff:Press",
    "Dietary Restrictions:Vegetarian",
    "Seating Preference:Bar",
)
"""What the floor team has typed over the years; some are the very tags a survey may ask for."""


def tag_groups() -> dict[str, list[str]]:
    """The tag catalogue of the CRM."""
    tiers = [f"{TIER_GROUP}:{name}" for name in TIERS]
    choices = [choice.tag for choice in (*DIET, *SEATING, *OCCASION)]
    groups: dict[str, list[str]] = {}
    for tag in dict.fromkeys([*tiers, LOYALTY_TAG, SURVEYED_TAG, *choices, *STAFF_TAGS]):
        group, _, name = tag.partition(":")
        groups.setdefault(group, []).append(name)
    return groups


def tier_of(average: Decimal) -> str | None:
    earned = [name for name, floor in TIERS.items() if average >= floor]
    return max(earned, key=TIERS.__getitem__, default=None)
