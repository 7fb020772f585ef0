"""What a PATCH may say, and the document it leaves behind."""

from collections.abc import Mapping, Sequence
from typing import Any

from enrich.sandbox.answers import ApiError
from enrich.sandbox.documents import Document, custom_field_document
from enrich.sandbox.tags import check_catalogue, check_spelling, merged, spelled

_TAGS_TO_ADD = "client_tags_to_add"
_TAGS_TO_REMOVE = "client_tags_to_remove"
_CLIENT_TEXTS = frozenset({"notes", "loyalty_tier"})
_CLIENT_KEYS = _CLIENT_TEXTS | {_TAGS_TO_ADD, _TAGS_TO_REMOVE, "custom_fields"}
_RESERVATION_KEYS = frozenset({"internal_notes"})


def patched_client(client: Document, patch: Document, catalogue: Sequence[Document]) -> Document:
    """An empty catalogue allows every tag."""
    _refuse_unknown(patch, _CLIENT_KEYS)
    add = check_spelling(_TAGS_TO_ADD, patch.get(_TAGS_TO_ADD, []))
    remove = check_spelling(_TAGS_TO_REMOVE, patch.get(_TAGS_TO_REMOVE, []))
    if catalogue:
        check_catalogue(catalogue, add, remove)
    texts = _texts(patch, _CLIENT_TEXTS)
    fields = _merged_fields(client["custom_fields"], patch.get("custom_fields", []))
    return client | texts | {"client_tags": merged(client["client_tags"], add, remove), "custom_fields": fields}


def patched_reservation(reservation: Document, patch: Document) -> Document:
    _refuse_unknown(patch, _RESERVATION_KEYS)
    return reservation | _texts(patch, _RESERVATION_KEYS)


def staff_edited(document: Document, edit: Document) -> Document:
    """Staff may set any field, as the CRM's own screens can."""
    tags = {_TAGS_TO_ADD, _TAGS_TO_REMOVE}
    fields = {name: value for name, value in edit.items() if name not in tags}
    if "client_tags" in document and tags & edit.keys():
        changes = (edit.get(_TAGS_TO_ADD, []), edit.get(_TAGS_TO_REMOVE, []))
        fields["client_tags"] = merged(document["client_tags"], *changes)
    return document | fields


def difference(before: Document, after: Document) -> dict[str, Any]:
    """What a change says of itself; `updated` is left out, it follows from the time of the change."""
    names = sorted((before.keys() | after.keys()) - {"updated"})
    fields = {name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)}
    told: dict[str, Any] = {"fields": fields}
    for name in fields.keys() & {"client_tags", "tags"}:
        old, new = (spelled(tags) if isinstance(tags, list) else [] for tags in fields[name])
        told["tags_added"] = [tag for tag in new if tag not in old]
        told["tags_removed"] = [tag for tag in old if tag not in new]
    return told


def _refuse_unknown(patch: Mapping[str, Any], known: frozenset[str]) -> None:
    for name in patch.keys() - known:
        raise ApiError(400, "unknown_field", f"unknown field {name}", {"field": name})


def _texts(patch: Document, names: frozenset[str]) -> Document:
    texts = {name: patch[name] for name in names if name in patch}
    for name, value in texts.items():
        if not isinstance(value, str | None):
            raise ApiError(400, "invalid_field", f"{name} must be text", {"field": name})
    return texts


def _merged_fields(stored: Sequence[Document], wanted: object) -> list[Document]:
    if not isinstance(wanted, list) or not all(_is_custom_field(field) for field in wanted):
        raise ApiError(
            400, "invalid_field", "a custom field has a system_name and a text value", {"field": "custom_fields"}
        )
    by_name = {field["system_name"]: field for field in stored}
    for field in wanted:
        name, value = field["system_name"], field["value"]
        known = by_name.get(name) or custom_field_document(name, value, len(by_name) + 1)
        by_name[name] = known | {"value": value}
    return list(by_name.values())


def _is_custom_field(field: object) -> bool:
    return (
        isinstance(field, dict)
        and isinstance(field.get("system_name"), str)
        and isinstance(field.get("value"), str)
    )
