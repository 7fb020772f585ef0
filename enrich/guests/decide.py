"""Desired state against the profile as it is and what we wrote before: the smallest patch.

What staff typed stays: a value that is not what we last wrote is theirs, and ours becomes a suggestion. Lists
are united, only what we added is removed, and nothing of a safety field is ever removed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from enrich.guests.block import read_block, with_block
from enrich.guests.desired import Desired
from enrich.guests.profile import Profile, ProfilePatch, Tag
from enrich.ledger.record import Action, Change, Written
from enrich.mapping.reading import Proposal
from enrich.mapping.table import CatalogueField, ChoiceField, CustomField, LinesField, TagsField, Urgency


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What we would have written, had nobody decided otherwise."""

    field: str
    value: str
    standing: str | None
    """What the profile says instead; None where staff removed the value."""
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Decision:
    patch: ProfilePatch
    changes: tuple[Change, ...]
    """The receipts this patch will leave."""
    observed: tuple[Change, ...]
    """What staff did to our values, newly seen."""
    suggestions: tuple[Suggestion, ...]


Step = Change | Suggestion


def decide(
    desired: Desired, profile: Profile, written: Written, catalogue: Mapping[str, CatalogueField]
) -> Decision:
    steps = [
        step
        for name, field in catalogue.items()
        for step in _field(name, field, desired.fields.get(name, ()), profile, written)
    ]
    changes = tuple(step for step in steps if isinstance(step, Change) and step.action is not Action.TAKEN_BACK)
    return Decision(
        patch=_patch(changes, profile, catalogue),
        changes=changes,
        observed=tuple(step for step in steps if isinstance(step, Change) and step.action is Action.TAKEN_BACK),
        suggestions=tuple(step for step in steps if isinstance(step, Suggestion)),
    )


def present(field: CatalogueField, profile: Profile) -> frozenset[str]:
    """What the profile holds in a field, of the values that could be ours."""
    match field:
        case TagsField() | ChoiceField():
            return frozenset(
                tag.name for tag in profile.tags if tag.group == field.group and tag.name in field.values
            )
        case LinesField():
            return frozenset(read_block(profile.notes, field.block) or ())
        case CustomField():
            value = profile.custom_fields.get(field.system_name, "")
            return frozenset({value} if value else ())


def held(catalogue: Mapping[str, CatalogueField], profile: Profile, name: str) -> frozenset[str]:
    """As `present`, by the field's name; nothing in a field the tables no longer know."""
    field = catalogue.get(name)
    return present(field, profile) if field else frozenset()


def _field(
    name: str, field: CatalogueField, wanted: Sequence[Proposal], profile: Profile, written: Written
) -> Iterator[Step]:
    held = present(field, profile)
    match field:
        case TagsField() | LinesField():
            yield from _united(name, field, wanted, held, written)
        case ChoiceField():
            yield from _one_of(name, wanted, held, written)
        case CustomField():
            yield from _single(name, wanted, held, written)


def _united(
    name: str, field: CatalogueField, wanted: Sequence[Proposal], held: frozenset[str], written: Written
) -> Iterator[Step]:
    for proposal in wanted:
        if proposal.value not in held:
            yield from _added(name, proposal, written)
    if field.urgency != Urgency.SAFETY:
        yield from _withdrawn(name, held - {proposal.value for proposal in wanted}, written)


def _added(name: str, proposal: Proposal, written: Written) -> Iterator[Step]:
    if written.taken_back(name, proposal.value):
        yield Suggestion(name, proposal.value, None, proposal)
    elif written.stood(name, proposal.value):
        yield Change(name, Action.TAKEN_BACK, proposal.value, None, proposal.provenance)
        yield Suggestion(name, proposal.value, None, proposal)
    else:
        yield Change(name, Action.ADD, proposal.value, None, proposal.provenance)


def _withdrawn(name: str, values: frozenset[str], written: Written) -> Iterator[Step]:
    for value in sorted(values):
        if written.ours(name, value):
            yield Change(name, Action.REMOVE, value, value, None)


def _one_of(name: str, wanted: Sequence[Proposal], held: frozenset[str], written: Written) -> Iterator[Step]:
    theirs = {value for value in held if not written.ours(name, value)}
    keep = wanted[-1] if wanted else None
    if keep and theirs and keep.value not in theirs:
        yield Suggestion(name, keep.value, ", ".join(sorted(theirs)), keep)
    elif keep and keep.value not in held:
        yield from _added(name, keep, written)
    # Where staff chose, their choice is the one that stands.
    stays = theirs or ({keep.value} if keep else set())
    yield from _withdrawn(name, held - stays, written)


def _single(name: str, wanted: Sequence[Proposal], held: frozenset[str], written: Written) -> Iterator[Step]:
    current = next(iter(held), None)
    if not wanted or current == wanted[-1].value:
        return
    proposal = wanted[-1]
    cleared = written.stands(name) if current is None else None
    if cleared is not None:
        yield Change(name, Action.TAKEN_BACK, cleared, None, proposal.provenance)
    if cleared is not None or written.emptied(name) or not (current is None or written.ours(name, current)):
        yield Suggestion(name, proposal.value, current, proposal)
    else:
        yield Change(name, Action.SET, proposal.value, current, proposal.provenance)


def _patch(changes: Sequence[Change], profile: Profile, catalogue: Mapping[str, CatalogueField]) -> ProfilePatch:
    return ProfilePatch(
        add_tags=tuple(sorted(_tags(changes, catalogue, Action.ADD))),
        remove_tags=tuple(sorted(_tags(changes, catalogue, Action.REMOVE))),
        notes=_notes(changes, profile, catalogue),
        custom_fields=_custom(changes, catalogue),
    )


def _tags(changes: Sequence[Change], catalogue: Mapping[str, CatalogueField], action: Action) -> Iterator[Tag]:
    for change in changes:
        field = catalogue[change.field]
        if change.action is action and isinstance(field, TagsField | ChoiceField):
            yield Tag(field.group, change.value)


def _notes(changes: Sequence[Change], profile: Profile, catalogue: Mapping[str, CatalogueField]) -> str | None:
    notes = profile.notes
    for name, field in catalogue.items():
        if isinstance(field, LinesField):
            lines = list(read_block(notes, field.block) or ())
            for change in changes:
                if change.field == name and change.action is Action.ADD:
                    lines.append(change.value)
                elif change.field == name:
                    lines.remove(change.value)
            if any(change.field == name for change in changes):
                notes = with_block(notes, field.block, lines)
    return notes if notes != profile.notes else None


def _custom(changes: Sequence[Change], catalogue: Mapping[str, CatalogueField]) -> dict[str, str]:
    fields = ((catalogue[change.field], change.value) for change in changes)
    return {field.system_name: value for field, value in fields if isinstance(field, CustomField)}
