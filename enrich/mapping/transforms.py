"""Small pure functions that make what guests and form authors type comparable."""

import re
import unicodedata

APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´", "'"))
EMPHASIS = re.compile(r"(?<!\w)([*_]+)(\S(?:.*?\S)?)\1(?!\w)")


def visible(text: str) -> str:
    r"""The text without invisible characters, outer spaces and repeated spaces.

    >>> visible("  gluten\u200b-free \t please ")
    'gluten-free please'
    """
    return " ".join("".join(char for char in text if unicodedata.category(char) != "Cf").split())


def normalise_text(text: str) -> str:
    """One spelling for what looks the same.

    >>> normalise_text("I’m  GLUTEN-free")
    "i'm gluten-free"
    """
    # Apostrophes first: NFKC makes a space and a combining mark of the acute accent.
    plain = unicodedata.normalize("NFKC", text.translate(APOSTROPHES)).casefold()
    return visible(unicodedata.normalize("NFKC", plain))


def normalise_label(label: str) -> str:
    """A choice's label as compared with the `labels` of a rule.

    >>> normalise_label(" *I’m gluten-free* ")
    "i'm gluten-free"
    """
    return visible(EMPHASIS.sub(r"\2", normalise_text(label)))


def as_list(value: object) -> object:
    """One value where several may stand.

    >>> as_list("Window")
    ['Window']
    >>> as_list(["Window", "Quiet"])
    ['Window', 'Quiet']
    """
    return [value] if isinstance(value, str) else value
