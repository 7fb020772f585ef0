"""Free text against a word list: what is understood to the last word, and whether anything is not.

The bigger reader replaces what is behind `read_text`; nobody else knows how a text is read.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from enrich.mapping.speech import FILLERS, FIRST_PERSON, NEEDS, NEGATIONS, PEOPLE, POLITE, WISHES
from enrich.mapping.transforms import normalise_text

NOT_UNDERSTOOD = "not_understood"
NEGATED = "negated"
SOMEONE_ELSE = "someone_else"

LONGEST_TEXT = 2_000
FUZZY_LENGTH = 5
FUZZY_RATIO = 90.0

# "anything but the bar" is one thought.
SENTENCE_END = re.compile(
    r"[.;!]+|(?<!\banything )(?<!\beverything )(?<!\bnothing )(?<!\ball )\bbut\b|\bhowever\b"
)
CLAUSE_END = re.compile(r"[,()\[\]&+•|]+|\b(?:and|or|plus)\b")
# A word, or one sign that may carry meaning (an emoji, a question mark).
TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s\-‐-―/:'\"“”.,;!()\[\]…&+•|]")


Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases and the choice each one means; fillers mean nothing (None)."""

    phrases: Mapping[Phrase, str | None]
    longest: int

    @classmethod
    def of(cls, words: Mapping[str, Sequence[str]], *, careful: bool) -> "Lexicon":
        """`careful` leaves out words of liking: "I love nuts" must not read as "nuts"."""
        fillers = (*FILLERS, *POLITE, *(NEEDS if careful else WISHES))
        phrases: dict[Phrase, str | None] = dict.fromkeys(map(tokens, fillers))
        phrases.update((tokens(phrase), choice) for choice, said in words.items() for phrase in said)
        return cls(phrases, max(map(len, phrases)))


@dataclass(frozen=True, slots=True)
class Heard:
    choices: tuple[str, ...]
    """What the understood clauses name, in the order said."""
    why: str | None
    """Why a person must read the text; None when every word of it is accounted for."""


@dataclass(frozen=True, slots=True)
class Clause:
    choices: tuple[str, ...]
    why: str | None
    first_person: bool

    @property
    def doubtful(self) -> bool:
        """Known words among unknown ones, or a negation: casts doubt on the clauses beside it."""
        return self.why == NEGATED or (self.why is not None and bool(self.choices))


def read_text(text: str, lexicon: Lexicon) -> Heard:
    """A clause counts only if all of it is understood.

    Somebody else anywhere in the text, or a negation or half-understood clause in the same sentence, leaves only
    the clauses in which the guest says "I": who or what the others concern would be a guess.
    """
    if len(text) > LONGEST_TEXT:
        return Heard((), NOT_UNDERSTOOD)
    if (choice := lexicon.phrases.get(tokens(text))) is not None:
        return Heard((choice,), None)
    sentences = [[_read_clause(clause, lexicon) for clause in sentence] for sentence in _sentences(text)]
    choices = _understood(sentences)
    return Heard(choices, _most_serious(sentences) or (None if choices else NOT_UNDERSTOOD))


def mentions(text: str, phrases: Iterable[Phrase], stems: tuple[str, ...]) -> bool:
    """Whether any of the phrases, or a word with one of the stems, occurs anywhere in the text."""
    said = tokens(text.replace("_", " "))
    spoken = f" {' '.join(said)} "
    return any(word.startswith(stems) for word in said) or any(
        f" {' '.join(words)} " in spoken for words in phrases
    )


def tokens(text: str) -> Phrase:
    """Words and meaningful signs, normalised; hyphens, slashes and quotes only separate.

    >>> tokens("I’m GLUTEN-free 🙂")
    ("i'm", 'gluten', 'free', '🙂')
    """
    return tuple(TOKEN.findall(normalise_text(text)))


POLITENESS = frozenset(map(tokens, POLITE))


def _sentences(text: str) -> list[list[Phrase]]:
    sentences = SENTENCE_END.split(normalise_text(". ".join(text.splitlines())))
    split = ([tokens(clause) for clause in CLAUSE_END.split(sentence)] for sentence in sentences)
    return [[clause for clause in clauses if clause] for clauses in split]


def _understood(sentences: Sequence[Sequence[Clause]]) -> tuple[str, ...]:
    somebody_else = any(clause.why == SOMEONE_ELSE for sentence in sentences for clause in sentence)
    choices: dict[str, None] = {}
    for sentence in sentences:
        doubtful = somebody_else or any(clause.doubtful for clause in sentence)
        for clause in sentence:
            if clause.why is None and (clause.first_person or not doubtful):
                choices.update(dict.fromkeys(clause.choices))
    return tuple(choices)


def _most_serious(sentences: Sequence[Sequence[Clause]]) -> str | None:
    reasons = {clause.why for sentence in sentences for clause in sentence}
    return next((why for why in (SOMEONE_ELSE, NEGATED, NOT_UNDERSTOOD) if why in reasons), None)


def _read_clause(said: Phrase, lexicon: Lexicon) -> Clause:
    matches, left = _match(said, lexicon)
    typed, left = _match_typos(left, lexicon)
    meant = [(phrase, choice) for phrase, choice in (*matches, *typed) if choice is not None]
    why = _why_not(said, [phrase for phrase, _ in meant], [word for run in left for word in run])
    return Clause(tuple(choice for _, choice in meant), why, not FIRST_PERSON.isdisjoint(said))


def _why_not(said: Phrase, meant: Sequence[Phrase], left: Sequence[str]) -> str | None:
    if any(word in PEOPLE or word.removesuffix("'s") in PEOPLE for word in left):
        return SOMEONE_ELSE
    # "no allergies to nuts": a negative phrase next to a positive one turns it round, or does not; who knows.
    if not NEGATIONS.isdisjoint(left) or len({phrase[0] in NEGATIONS for phrase in meant}) > 1:
        return NEGATED
    if left or not (meant or said in POLITENESS):
        return NOT_UNDERSTOOD
    return None


Matches = list[tuple[Phrase, str | None]]


def _match(said: Phrase, lexicon: Lexicon) -> tuple[Matches, list[Phrase]]:
    """Exact phrases from left to right, the longest first, and the runs of words between them."""
    matches: Matches = []
    runs: list[Phrase] = [()]
    at = 0
    while at < len(said):
        phrase = _longest_at(said, at, lexicon)
        if phrase:
            matches.append((phrase, lexicon.phrases[phrase]))
            runs.append(())
        else:
            runs[-1] = (*runs[-1], said[at])
        at += len(phrase) or 1
    return matches, [run for run in runs if run]


def _longest_at(said: Phrase, at: int, lexicon: Lexicon) -> Phrase:
    lengths = range(min(lexicon.longest, len(said) - at), 0, -1)
    windows = (said[at : at + length] for length in lengths)
    return next((window for window in windows if window in lexicon.phrases), ())


def _match_typos(runs: Sequence[Phrase], lexicon: Lexicon) -> tuple[Matches, list[Phrase]]:
    matches: Matches = []
    left: list[Phrase] = []
    for run in runs:
        phrase = _nearest(run, lexicon)
        if phrase:
            matches.append((phrase, lexicon.phrases[phrase]))
        else:
            left.append(run)
    return matches, left


def _nearest(run: Phrase, lexicon: Lexicon) -> Phrase:
    """The phrase the run misspells, unless two choices are equally near."""
    if any(word in NEGATIONS or word in PEOPLE for word in run):
        return ()
    scored = [(_likeness(run, phrase), phrase) for phrase, choice in lexicon.phrases.items() if choice is not None]
    best = max((score for score, _ in scored), default=0.0)
    if best < FUZZY_RATIO:
        return ()
    nearest = [phrase for score, phrase in scored if score == best]
    return nearest[0] if len({lexicon.phrases[phrase] for phrase in nearest}) == 1 else ()


def _likeness(run: Phrase, phrase: Phrase) -> float:
    """Short words must agree exactly and all in their first letter: "not dairy" is no typo of "no dairy"."""
    if len(run) != len(phrase) or not all(map(_may_be_typo, run, phrase)):
        return 0.0
    return fuzz.ratio(" ".join(run), " ".join(phrase))


def _may_be_typo(word: str, meant: str) -> bool:
    return word == meant or (min(len(word), len(meant)) >= FUZZY_LENGTH and word[0] == meant[0])
