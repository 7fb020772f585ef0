"""What every directory keeps to, whichever CRM is behind it. Pure."""

import unicodedata

from enrich.errors import CrmRejected
from enrich.guests.profile import Profile, ProfilePatch, Tag


def mailbox(address: str) -> str:
    """The form in which two spellings of one address are equal; no more is assumed about them."""
    return unicodedata.normalize("NFC", address.strip()).casefold()


def owns(profile: Profile, wanted: str) -> bool:
    return any(mailbox(address) == wanted for address in profile.emails)


def refuse_unsendable(patch: ProfilePatch) -> None:
    """The vendor joins tags with commas and parts a group from its name at the first colon."""
    for tag in (*patch.add_tags, *patch.remove_tags):
        if not _sendable(tag):
            raise CrmRejected(f"tag {str(tag)!r} not sent: the CRM cannot hold it", code="tag_unsendable")


def _sendable(tag: Tag) -> bool:
    return bool(tag.group.strip() and tag.name.strip()) and not (
        "," in tag.group or "," in tag.name or ":" in tag.group
    )
