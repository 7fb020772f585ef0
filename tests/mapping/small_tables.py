"""A small valid set of tables whose line numbers tests can name."""

from pathlib import Path

CATALOGUE = """\
fields:
  dietary_tags:
    kind: tags
    about: diets
    group: Dietary Restrictions
    urgency: safety
    values: [Gluten Free, Nut Allergy]
  kitchen_note:
    kind: lines
    about: for the kitchen
    block: Kitchen
    urgency: safety
  table_preferences:
    kind: tags
    about: seats
    group: Seating Preference
    urgency: survey
    values: [Window, Bar]
  spend_tier:
    kind: choice
    about: tier
    group: Spend Tier
    urgency: spend
    values: [Silver, Gold]
  average_spend:
    kind: custom_field
    about: average
    urgency: spend
    system_name: custom_field_01
"""

ANSWERS = """\
rules:
  - name: diet
    question: [diet]
    text: dietary_words
    choices:
      gluten_free: {dietary_tags: Gluten Free, kitchen_note: No gluten}
      none: {}
    labels: {"i'm gluten-free": gluten_free}
  - name: seating
    question: [seating]
    text: seating_words
    unmatched: ignore
    choices:
      window: {table_preferences: Window}
words:
  dietary_words:
    gluten_free: [gluten free]
    none: [none]
  seating_words:
    window: [window]
"""

RESERVATIONS = "relevant_changes: [channel_changed, moved]\n"

SPEND = """\
average_to: average_spend
tiers:
  to: spend_tier
  by_currency:
    USD: {Silver: 90, Gold: 150.50}
loyalty:
  to: dietary_tags
  value: Gluten Free
"""

SURVEY = """\
exclusion_to: table_preferences
exclusion_value: Bar
"""

FILES = {
    "guest_profile.yaml": CATALOGUE,
    "typeform.yaml": ANSWERS,
    "sevenrooms.yaml": RESERVATIONS,
    "spend.yaml": SPEND,
    "survey.yaml": SURVEY,
}


def write_tables(folder: Path, **changed: str | bytes | tuple[str, str]) -> Path:
    """The small set; `name=text` replaces a file, `name=(old, new)` a part of it."""
    for file, text in FILES.items():
        change = changed.get(file.removesuffix(".yaml"), text)
        if isinstance(change, tuple):
            assert text.count(change[0]) == 1, change[0]
            change = text.replace(*change)
        (folder / file).write_bytes(change if isinstance(change, bytes) else change.encode())
    return folder
