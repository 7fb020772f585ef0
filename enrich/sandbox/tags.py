"""The CRM's tags: how a read may encode them, how a write names them, and what the catalogue allows."""

from collections.abc import Iterable, Sequence
from typing import Any

from enrich.sandbox.answers import ApiError
from enrich.sandbox.config import TagEncoding
from enrich.sandbox.documents import Document, tag_document


def encoded(document: Document, encoding: TagEncoding) -> Document:
    """The document as a read shows it."""
    if encoding == "object":
        return document
    field = "client_tags" if "client_tags" in document else "tags"
    parts = [_parts(tag) for tag in document[field] or ()]
    return document | {field: parts if encoding == "parts" else ["##".join(tag) for tag in parts]}


def spelled(tags: Iterable[Any]) -> list[str]:
    return [f"{tag['group']}:{tag['tag']}" for tag in tags if isinstance(tag, dict)]


def merged(tags: Sequence[Document], add: Iterable[str], remove: Iterable[str]) -> list[Document]:
    gone = set(remove)
    kept = {name: tag for name, tag in zip(spelled(tags), tags, strict=True) if name not in gone}
    for name in add:
        kept.setdefault(name, tag_document(*name.split(":", 1)))
    return list(kept.values())


def check_spelling(field: str, names: object) -> list[str]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ApiError(400, "invalid_field", f"{field} must be a list of strings", {"field": field})
    for name in names:
        group, colon, tag = name.partition(":")
        # A comma separates tags in the vendor's write model, so a name that holds one does not survive.
        if not (group and colon and tag) or "," in name:
            raise ApiError(400, "invalid_tag", "a tag is written Group:Name, without a comma", {"tag": name})
    return names


def check_catalogue(groups: Sequence[Document], add: Iterable[str], remove: Iterable[str]) -> None:
    """Exact case counts. An unknown tag may be removed: it is not there."""
    by_name = {group["name"]: group for group in groups}
    for name in add:
        group, _, tag = name.partition(":")
        if not _is_open(by_name.get(group)) or tag not in by_name[group]["tags"]:
            raise ApiError(400, "unknown_tag", "this tag cannot be given", {"tag": name})
    for name in remove:
        group = name.partition(":")[0]
        if group in by_name and not _is_open(by_name[group]):
            raise ApiError(400, "unknown_tag", "this tag cannot be taken away", {"tag": name})


def _is_open(group: Document | None) -> bool:
    if group is None or group.get("is_autotag") or group.get("disabled") or group.get("deleted"):
        return False
    return bool(group.get("is_editable", True))


def _parts(tag: Document) -> list[str]:
    shown = [tag["group"], tag["tag"]]
    if tag["tag_display"] != tag["tag"]:
        shown.append(tag["group_display"])
    return [*shown, tag["tag_display"], tag["color"]]
