"""What staff typed stays, lists are united, only ours is removed, safety only grows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.guests.decide import Decision, Suggestion, decide, held, present
from enrich.guests.desired import Desired
from enrich.guests.profile import Profile, Tag
from enrich.guests.read_back import read_back
from enrich.ledger.record import Action, Receipt, ReceiptState, Written
from enrich.mapping.reading import Proposal, Provenance
from enrich.mapping.table import CatalogueField, ChoiceField, CustomField, LinesField, TagsField, Urgency

WHY = Provenance("typeform/response/1", datetime(2026, 11, 20, tzinfo=UTC), "typeform:diet")
DIETS = ("Vegan", "Nut Allergy")
CATALOGUE: Mapping[str, CatalogueField] = {
    "diet": TagsField(
        kind="tags", about="", urgency=Urgency.SAFETY, group="Diet", values=("Vegan", "Nut Allergy")
    ),
    "kitchen": LinesField(kind="lines", about="", urgency=Urgency.SAFETY, block="Kitchen"),
    "seat": TagsField(kind="tags", about="", urgency=Urgency.SURVEY, group="Seat", values=("Window", "Bar")),
    "tier": ChoiceField(kind="choice", about="", urgency=Urgency.SPEND, group="Tier", values=("Silver", "Gold")),
    "average": CustomField(kind="custom_field", about="", urgency=Urgency.SPEND, system_name="custom_01"),
}


def wanted(**fields: str | Sequence[str]) -> Desired:
    values = {name: [value] if isinstance(value, str) else value for name, value in fields.items()}
    return Desired({name: tuple(Proposal(name, value, WHY) for value in many) for name, many in values.items()})


def a_profile(*tags: str, notes: str = "", **custom: str) -> Profile:
    parsed = frozenset(Tag(*tag.split(":")) for tag in tags)
    return Profile("c1", tags=parsed, notes=notes, custom_fields=custom)


def we_wrote(*receipts: tuple[str, Action, str]) -> Written:
    return Written(
        Receipt(number, number, field, action, value, ReceiptState.CONFIRMED)
        for number, (field, action, value) in enumerate(receipts)
    )


def decided(desired: Desired, profile: Profile, written: Written | None = None) -> Decision:
    return decide(desired, profile, written or we_wrote(), CATALOGUE)


def suggested(decision: Decision) -> list[tuple[str, str, str | None]]:
    return [(one.field, one.value, one.standing) for one in decision.suggestions]


def test_a_new_value_is_added_with_its_reason() -> None:
    decision = decided(wanted(diet="Vegan"), a_profile())
    assert decision.patch.add_tags == (Tag("Diet", "Vegan"),)
    assert decision.changes[0].provenance == WHY


def test_nothing_is_sent_for_what_the_profile_already_says() -> None:
    profile = a_profile("Diet:Vegan", "Tier:Gold", custom_01="160.00")
    decision = decided(wanted(diet="Vegan", tier="Gold", average="160.00"), profile)
    assert decision.patch.is_empty and not decision.suggestions


def test_lists_are_united_with_what_staff_typed() -> None:
    decision = decided(wanted(seat="Window"), a_profile("Seat:Bar"))
    assert decision.patch.add_tags == (Tag("Seat", "Window"),) and not decision.patch.remove_tags


def test_a_value_of_ours_that_no_fact_supports_any_more_is_removed() -> None:
    written = we_wrote(("seat", Action.ADD, "Window"))
    decision = decided(wanted(), a_profile("Seat:Window", "Seat:Bar"), written)
    assert decision.patch.remove_tags == (Tag("Seat", "Window"),)


@pytest.mark.parametrize(("field", "value", "tag"), [("diet", "Nut Allergy", "Diet:Nut Allergy")])
def test_safety_is_never_removed_even_when_it_was_ours(field: str, value: str, tag: str) -> None:
    assert decided(wanted(), a_profile(tag), we_wrote((field, Action.ADD, value))).patch.is_empty


def test_what_staff_removed_is_not_added_again_but_suggested() -> None:
    written = we_wrote(("diet", Action.ADD, "Vegan"))
    decision = decided(wanted(diet="Vegan"), a_profile(), written)
    assert decision.patch.is_empty
    assert suggested(decision) == [("diet", "Vegan", None)]
    assert [(one.action, one.value) for one in decision.observed] == [(Action.TAKEN_BACK, "Vegan")]
    later = we_wrote(("diet", Action.ADD, "Vegan"), ("diet", Action.TAKEN_BACK, "Vegan"))
    assert not decided(wanted(diet="Vegan"), a_profile(), later).observed


def test_a_tag_staff_put_back_is_theirs_and_stays() -> None:
    written = we_wrote(("seat", Action.ADD, "Window"), ("seat", Action.TAKEN_BACK, "Window"))
    assert decided(wanted(), a_profile("Seat:Window"), written).patch.is_empty


def test_exactly_one_tier_of_ours_stands() -> None:
    decision = decided(wanted(tier="Gold"), a_profile("Tier:Silver"), we_wrote(("tier", Action.ADD, "Silver")))
    assert decision.patch.add_tags == (Tag("Tier", "Gold"),)
    assert decision.patch.remove_tags == (Tag("Tier", "Silver"),)


def test_a_tier_staff_chose_stands_and_ours_is_a_suggestion() -> None:
    decision = decided(wanted(tier="Gold"), a_profile("Tier:Silver"))
    assert decision.patch.is_empty
    assert suggested(decision) == [("tier", "Gold", "Silver")]


def test_a_tier_nothing_earns_any_more_goes_if_it_was_ours() -> None:
    decision = decided(wanted(), a_profile("Tier:Gold"), we_wrote(("tier", Action.ADD, "Gold")))
    assert decision.patch.remove_tags == (Tag("Tier", "Gold"),)


def test_a_figure_of_ours_is_updated() -> None:
    written = we_wrote(("average", Action.SET, "80.00"))
    decision = decided(wanted(average="160.00"), a_profile(custom_01="80.00"), written)
    assert decision.patch.custom_fields == {"custom_01": "160.00"}
    assert decision.changes[0].before == "80.00"


@pytest.mark.parametrize("typed", ["95", "about 80"])
def test_a_figure_staff_typed_stays(typed: str) -> None:
    written = we_wrote(("average", Action.SET, "80.00"))
    decision = decided(wanted(average="160.00"), a_profile(custom_01=typed), written)
    assert decision.patch.is_empty and suggested(decision) == [("average", "160.00", typed)]


def test_a_figure_staff_cleared_stays_clear() -> None:
    written = we_wrote(("average", Action.SET, "80.00"))
    decision = decided(wanted(average="160.00"), a_profile(), written)
    assert decision.patch.is_empty
    assert [(one.action, one.value) for one in decision.observed] == [(Action.TAKEN_BACK, "80.00")]
    later = we_wrote(("average", Action.SET, "80.00"), ("average", Action.TAKEN_BACK, "80.00"))
    assert decided(wanted(average="170.00"), a_profile(), later).patch.is_empty


def test_a_kitchen_line_joins_the_block_and_staff_text_stays() -> None:
    notes = "Loves Riesling.\n— Kitchen (auto) —\n• Vegan\n— end Kitchen —\nAsk for Ana."
    decision = decided(wanted(kitchen=["Vegan", "ALLERGY: nuts"]), a_profile(notes=notes))
    after = decision.patch.notes or ""
    assert after.startswith("Loves Riesling.\n") and after.endswith("\nAsk for Ana.")
    assert present(CATALOGUE["kitchen"], a_profile(notes=after)) == {"Vegan", "ALLERGY: nuts"}


def test_a_write_whose_answer_was_lost_counts_as_ours_when_the_profile_shows_it() -> None:
    intended = [Receipt(1, 1, "seat", Action.ADD, "Window", ReceiptState.INTENDED)]
    shown = read_back(intended, partial(held, CATALOGUE, a_profile("Seat:Window")))
    missing = read_back(intended, partial(held, CATALOGUE, a_profile()))
    assert [one.state for one in shown] == [ReceiptState.CONFIRMED]
    assert [one.state for one in missing] == [ReceiptState.VOID]
    assert decided(wanted(), a_profile("Seat:Window"), Written(shown)).patch.remove_tags
    assert decided(wanted(seat="Window"), a_profile(), Written(missing)).patch.add_tags


def test_a_removal_that_never_happened_leaves_the_value_ours() -> None:
    added = Receipt(1, 1, "tier", Action.ADD, "Silver", ReceiptState.CONFIRMED)
    void = Receipt(2, 2, "tier", Action.REMOVE, "Silver", ReceiptState.VOID)
    decision = decided(wanted(tier="Gold"), a_profile("Tier:Silver"), Written([added, void]))
    assert decision.patch.remove_tags == (Tag("Tier", "Silver"),)


values = {name: st.sampled_from(getattr(field, "values", ("1.00", "2.00"))) for name, field in CATALOGUE.items()}
desires = st.fixed_dictionaries({}, optional={name: st.lists(one, max_size=2) for name, one in values.items()})
tags = st.frozensets(
    st.sampled_from(["Diet:Vegan", "Seat:Window", "Seat:Bar", "Tier:Silver", "Tier:Gold", "VIP:Yes"])
)


@given(desires, tags, st.sampled_from(["", "Staff text.", "— Kitchen (auto) —\n• 1.00\n— end Kitchen —"]))
def test_after_a_patch_there_is_nothing_left_to_do(
    fields: dict[str, list[str]], held: frozenset[str], notes: str
) -> None:
    before = a_profile(*held, notes=notes)
    first = decided(wanted(**fields), before)
    after = Profile(
        "c1",
        tags=(before.tags - set(first.patch.remove_tags)) | set(first.patch.add_tags),
        notes=before.notes if first.patch.notes is None else first.patch.notes,
        custom_fields={**before.custom_fields, **first.patch.custom_fields},
    )
    receipts = [(change.field, change.action, change.value) for change in first.changes]
    assert decided(wanted(**fields), after, we_wrote(*receipts)).patch.is_empty


@given(desires, tags)
def test_tags_of_others_are_never_touched(fields: dict[str, list[str]], held: frozenset[str]) -> None:
    decision = decided(wanted(**fields), a_profile(*held))
    assert not decision.patch.remove_tags
    assert {tag.group for tag in decision.patch.add_tags} <= {"Diet", "Seat", "Tier"}


def test_a_suggestion_knows_the_proposal_behind_it() -> None:
    decision = decided(wanted(tier="Gold"), a_profile("Tier:Silver"))
    assert isinstance(decision.suggestions[0], Suggestion)
    assert decision.suggestions[0].proposal.provenance == WHY
