"""Mail addresses: the form to search with, the form to compare, and whether one stands for a person."""

import re
import unicodedata
from collections.abc import Collection
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

from enrich.identity.addresses import LISTS

_ENCLOSED = re.compile(r"<([^<>]*)>")
_DEBRIS = " \t\r\n\u00a0\u200b\ufeff,;"
_FINAL_DIGITS = re.compile(r"(?<=[^\d]{4})\d{1,3}$")
_SEPARATORS = re.compile(r"[._\-]+")


class Standing(StrEnum):
    PERSONAL = "personal"
    """The only one that decides who a guest is."""
    ROLE = "role"
    """A desk, an agency or a house: many guests, one mailbox."""
    RELAY = "relay"
    """A booking platform's or a privacy service's mask."""
    PLACEHOLDER = "placeholder"
    """Typed because the field wanted something."""


def normalise_email(raw: str | None) -> str | None:
    """The address to search the CRM with: clean, lower-case, its domain in ASCII; dots and "+tag" as given.

    None for what is no address, and for domains that cannot receive mail (`.invalid`, `localhost`).
    """
    address = unicodedata.normalize("NFC", _stripped(raw or "").lower())
    try:
        valid = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return f"{valid.local_part}@{valid.ascii_domain}"


def mailbox_key(raw: str | None) -> str | None:
    """Equal for two addresses of one mailbox. For comparing only: mail sent to it might go astray."""
    address = normalise_email(raw)
    if address is None:
        return None
    local, domain = address.rsplit("@", 1)
    domain = LISTS.same_domain.get(domain, domain)
    local = _untagged(local) if domain in LISTS.tags_ignored else local
    local = local.replace(".", "") if domain in LISTS.dots_ignored else local
    return f"{local}@{domain}"


def standing(address: str | None, extra_roles: Collection[str] = ()) -> Standing:
    """`extra_roles` are a venue's own addresses, or "@domain" for all of a domain. No address: a placeholder."""
    normal = normalise_email(address)
    if normal is None:
        return Standing.PLACEHOLDER
    local, domain = normal.rsplit("@", 1)
    if _is_placeholder(local, domain):
        return Standing.PLACEHOLDER
    if _is_under(domain, LISTS.relay_domains):
        return Standing.RELAY
    if _is_role(local) or domain in LISTS.role_domains or _is_listed(normal, extra_roles):
        return Standing.ROLE
    return Standing.PERSONAL


def _stripped(raw: str) -> str:
    text = raw.strip(_DEBRIS)
    if enclosed := _ENCLOSED.search(text):
        text = enclosed[1].strip(_DEBRIS)
    if text[:7].casefold() == "mailto:":
        text = text[7:].partition("?")[0].strip(_DEBRIS)
    return text.rstrip(".")


def _untagged(local: str) -> str:
    """Without its "+tag", unless nothing that could be an address would be left."""
    base = local.partition("+")[0]
    return base if base and not base.endswith(".") else local


def _words(local: str) -> tuple[str, list[str]]:
    """The part before the @ as one word, and word by word."""
    plain = _FINAL_DIGITS.sub("", _untagged(local))
    parts = [part for part in _SEPARATORS.split(plain) if part]
    return "".join(parts), parts


def _is_placeholder(local: str, domain: str) -> bool:
    return domain in LISTS.placeholder_domains or _words(local)[0] in LISTS.placeholder_words


def _is_role(local: str) -> bool:
    whole, parts = _words(local)
    others = set(parts) - LISTS.role_words
    return whole in LISTS.role_words or (len(others) < len(set(parts)) and others <= LISTS.role_companions)


def _is_under(domain: str, domains: Collection[str]) -> bool:
    labels = domain.split(".")
    return any(".".join(labels[start:]) in domains for start in range(len(labels)))


def _is_listed(normal: str, extra_roles: Collection[str]) -> bool:
    domain = "@" + normal.rsplit("@", 1)[1]
    return any(
        entry.strip().lower() == domain or mailbox_key(entry) == mailbox_key(normal) for entry in extra_roles
    )
