"""Several profiles of one mailbox: which one is written to, and which are its duplicates."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from enrich.guests.profile import Profile
from enrich.identity.normalise import mailbox_key

# National and international spellings of a number agree in their last digits.
_TELLING_DIGITS = 9
_EXTENSION = re.compile(r"(?:ext|x|#|;).*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Duplicate:
    profile: Profile
    evidence: tuple[tuple[str, str], ...]
    """(field, what a reviewer should know of it): in words, without the guest's own data."""

    @property
    def client_id(self) -> str:
        return self.profile.client_id


@dataclass(frozen=True, slots=True)
class Resolution:
    canonical: Profile
    duplicates: tuple[Duplicate, ...] = ()


def choose(candidates: Sequence[Profile], further: Collection[str] = ()) -> Resolution | None:
    """Most visits, then the latest visit, then the oldest profile, then the smallest id. None: nobody is left.

    Deleted profiles never qualify. The order of the candidates plays no part. `further`: ids reached only over
    another candidate's second address; a family may share that, so another name never qualifies there.
    """
    live = sorted((profile for profile in candidates if not profile.deleted), key=_rank)
    if not live:
        return None
    nearest = next((profile for profile in live if profile.client_id not in further), live[0])
    canonical = next(
        profile for profile in live if profile.client_id not in further or not _named_otherwise(nearest, profile)
    )
    others = {profile.client_id: profile for profile in live if profile.client_id != canonical.client_id}
    return Resolution(canonical, tuple(Duplicate(other, _evidence(canonical, other)) for other in others.values()))


def _named_otherwise(one: Profile, other: Profile) -> bool:
    names = {_name(one), _name(other)} - {""}
    return len(names) > 1


def _rank(profile: Profile) -> tuple[int, int, bool, float, str]:
    """The smallest is the canonical one."""
    return (
        -profile.visits,
        -(profile.last_visit or date.min).toordinal(),
        profile.created is None,
        _age(profile.created),
        profile.client_id,
    )


def _age(created: datetime | None) -> float:
    return created.timestamp() if created else 0.0


def _evidence(canonical: Profile, other: Profile) -> tuple[tuple[str, str], ...]:
    found = (
        ("email", _email_words(canonical, other)),
        ("phone", _agreement(_digits(canonical.phone), _digits(other.phone), "number")),
        ("name", _agreement(_name(canonical), _name(other), "name")),
        ("visits", f"{other.visits} against {canonical.visits}"),
    )
    return tuple((field, words) for field, words in found if words)


def _email_words(canonical: Profile, other: Profile) -> str:
    if {_spelling(email) for email in canonical.emails} & {_spelling(email) for email in other.emails}:
        return "same address"
    keys = [{key for email in profile.emails if (key := mailbox_key(email))} for profile in (canonical, other)]
    return "same mailbox, written differently" if keys[0] & keys[1] else ""


def _spelling(email: str) -> str:
    return email.strip().casefold()


def _agreement(one: str, two: str, noun: str) -> str:
    if not (one and two):
        return ""
    return f"same {noun}" if one == two else f"different {noun}s"


def _digits(phone: str | None) -> str:
    without_extension = _EXTENSION.sub("", phone or "")
    return "".join(char for char in without_extension if char.isdecimal())[-_TELLING_DIGITS:]


def _name(profile: Profile) -> str:
    """Without accents and case, and the same with first and last name swapped."""
    words = f"{profile.first_name} {profile.last_name}"
    bare = "".join(char for char in unicodedata.normalize("NFKD", words) if not unicodedata.combining(char))
    return " ".join(sorted(bare.casefold().split()))
