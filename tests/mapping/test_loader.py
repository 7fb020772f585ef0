import json
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_tables import ANSWERS, CATALOGUE, FILES, write_tables

from enrich.errors import TableInvalid
from enrich.mapping.loader import load_tables, validate_tables
from enrich.mapping.yaml_text import parse


def findings(folder: Path, **changed: str | bytes | tuple[str, str]) -> list[str]:
    return [str(finding) for finding in validate_tables(write_tables(folder, **changed))]


def test_a_valid_folder_loads(tmp_path: Path) -> None:
    tables = load_tables(write_tables(tmp_path))
    assert tables.relevant_changes == {"channel_changed", "moved"}
    assert tables.spend.tiers.by_currency["USD"]["Gold"] == Decimal("150.50")
    assert set(tables.sources) == {"typeform"}
    assert tables.files == FILES


MISSPELT = [
    (
        "guest_profile",
        ("    block: Kitchen", "    blok: Kitchen"),
        ["8:3: the key 'block' is missing", "11:5: unknown key 'blok' (did you mean 'block'?)"],
    ),
    (
        "guest_profile",
        ("kind: lines", "kind: line"),
        ["9:11: 'line' is not one of 'tags', 'choice', 'lines', 'custom_field' (did you mean 'lines'?)"],
    ),
    (
        "guest_profile",
        ("urgency: survey", "urgency: surveys"),
        [
            "17:14: 'surveys' is not one of 'safety', 'arriving', 'survey', 'spend' or 'backfill' "
            "(did you mean 'survey'?)"
        ],
    ),
    (
        "guest_profile",
        ("Nut Allergy]", '"Nut, Allergy"]'),
        [r"7:27: 'Nut, Allergy' does not fit the pattern ^[^\s,:]([^,:\r\n]*[^\s,:])?$"],
    ),
    ("guest_profile", ("[Gluten Free, Nut Allergy]", "[]"), ["7:13: must not be empty"]),
    (
        "typeform",
        ("{dietary_tags: Gluten Free,", "{dietary_tag: Gluten Free,"),
        [
            "6:21: unknown field 'dietary_tag': guest_profile.yaml has average_spend, dietary_tags, kitchen_note, "
            "spend_tier, table_preferences (did you mean 'dietary_tags'?)"
        ],
    ),
    (
        "typeform",
        ("Gluten Free,", "Gluten-free,"),
        ["6:35: 'Gluten-free' is no value of dietary_tags (did you mean 'Gluten Free'?)"],
    ),
    (
        "typeform",
        ('": gluten_free}', '": gluten}'),
        ["8:33: unknown choice 'gluten' (did you mean 'gluten_free'?)"],
    ),
    (
        "typeform",
        ("text: dietary_words", "text: diet_words"),
        [
            "4:11: unknown word list 'diet_words' (did you mean 'dietary_words'?)",
            "16:3: no rule reads the word list 'dietary_words'",
        ],
    ),
    (
        "typeform",
        ("    window: [window]", "    windows: [window]"),
        ["20:5: 'windows' is no choice of the rule 'seating' (did you mean 'window'?)"],
    ),
    (
        "typeform",
        ("unmatched: ignore", "unmatched: ignored"),
        ["12:16: 'ignored' is not one of 'person' or 'ignore' (did you mean 'ignore'?)"],
    ),
    ("typeform", ("    labels:", "    label:"), ["8:5: unknown key 'label' (did you mean 'labels'?)"]),
    (
        "sevenrooms",
        ("moved", "move"),
        [
            "1:37: 'move' is not one of 'channel_changed', 'party_size_increased', 'occasion_added', "
            "'status_changed', 'guest_changed' or 'moved' (did you mean 'moved'?)"
        ],
    ),
    (
        "spend",
        ("Gold: 150.50", "Golden: 150"),
        ["5:23: 'Golden' is no value of spend_tier (did you mean 'Gold'?)"],
    ),
    ("spend", ("average_to", "avarage_to"), ["1:1: unknown key 'avarage_to' (did you mean 'average_to'?)"]),
    (
        "survey",
        ("exclusion_value: Bar", "exclusion_value: Bars"),
        ["2:18: 'Bars' is no value of table_preferences (did you mean 'Bar'?)"],
    ),
]


@pytest.mark.parametrize(("table", "change", "expected"), MISSPELT)
def test_a_misspelt_name_is_named_with_its_place_and_the_nearest_known(
    tmp_path: Path, table: str, change: tuple[str, str], expected: list[str]
) -> None:
    assert findings(tmp_path, **{table: change}) == [f"{table}.yaml:{problem}" for problem in expected]


CONTRADICTORY = [
    ("guest_profile", ("group: Spend Tier", "group: Seating Preference"), []),
    (
        "guest_profile",
        (
            "    group: Spend Tier\n    urgency: spend\n    values: [Silver,",
            "    group: Seating Preference\n    urgency: spend\n    values: [Silver, Bar,",
        ),
        ["24:22: the field 'table_preferences' already writes the tag Seating Preference:Bar"],
    ),
    (
        "guest_profile",
        (
            "custom_field_01\n",
            "custom_field_01\n  x:\n    kind: custom_field\n    about: x\n    urgency: spend\n"
            "    system_name: custom_field_01\n",
        ),
        ["34:18: the field 'average_spend' already writes the custom field custom_field_01"],
    ),
    (
        "typeform",
        ("question: [seating]", "question: [diet]"),
        ["10:16: the rule 'diet' already reads the question 'diet'"],
    ),
    ("typeform", ("name: seating", "name: diet"), ["9:11: a second rule with the name 'diet'"]),
    ("typeform", ("none: [none]", "none: [Gluten-Free]"), ["18:12: 'Gluten-Free' already means 'gluten_free'"]),
    ("typeform", ("none: [none]", 'none: ["..."]'), ["18:12: '...' has no word in it"]),
    (
        "typeform",
        ("    text: dietary_words", "    text: dietary_words\n    unmatched: ignore"),
        ["5:16: answers to this question may concern somebody's safety and cannot be ignored"],
    ),
    (
        "typeform",
        ("gluten_free}", 'gluten_free, "I’m  Gluten-free": none}'),
        ["8:46: the label 'I’m  Gluten-free' reads the same as one above it"],
    ),
    (
        "spend",
        ("to: spend_tier", "to: kitchen_note"),
        ["3:7: the field 'kitchen_note' is of kind lines, which cannot be written here"],
    ),
    (
        "spend",
        ("average_to: average_spend", "average_to: kitchen_note"),
        ["1:13: the field 'kitchen_note' is of kind lines, which cannot be written here"],
    ),
]


@pytest.mark.parametrize(("table", "change", "expected"), CONTRADICTORY)
def test_tables_that_contradict_each_other_are_refused(
    tmp_path: Path, table: str, change: tuple[str, str], expected: list[str]
) -> None:
    assert findings(tmp_path, **{table: change}) == [f"{table}.yaml:{problem}" for problem in expected]


BOMB = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = [
    (BOMB, "1:4: the anchor &a: anchors are not allowed"),
    ("rules: *other\n", "1:8: the alias *other: aliases are not allowed"),
    (
        "rules: !!python/object:os.system x\n",
        "1:8: the tag tag:yaml.org,2002:python/object:os.system: tags are not allowed",
    ),
    ("rules:\n\t- name: x\n", "2:1: a tab at the beginning of a line: indent with spaces"),
    ("a: " + "[" * 5000, "1:23: nested more than 20 deep"),
    ("rules: []\n# " + "x" * 5_000_000, "1:1: the file is larger than 256 KB"),
    (b"rules: []\n# caf\xe9\n", "2:6: the file is not UTF-8"),
    ("rules: []\n---\nrules: []\n", "2:1: a second document: one file holds one table"),
    ("? [a]\n: 1\n", "1:3: a key must be text"),
    ("rules: 'x\n", "2:1: while scanning a quoted scalar, found unexpected end of stream"),
    ("rules: \x07\n", "1:8: special characters are not allowed"),
    ("", "1:1: must be a mapping (key: value)"),
    ("- rules\n", "1:1: must be a mapping (key: value)"),
]


@pytest.mark.parametrize(("content", "expected"), HOSTILE, ids=[expected for _, expected in HOSTILE])
def test_a_hostile_file_gives_one_clear_finding(tmp_path: Path, content: str | bytes, expected: str) -> None:
    assert findings(tmp_path, typeform=content) == [f"typeform.yaml:{expected}"]


def test_a_repeated_key_is_refused(tmp_path: Path) -> None:
    found = findings(tmp_path, typeform=("    unmatched: ignore", "    unmatched: ignore\n    name: again"))
    assert found == ["typeform.yaml:13:5: the key 'name' stands twice, first in line 9"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    (write_tables(tmp_path) / "spend.yaml").unlink()
    (finding,) = validate_tables(tmp_path)
    assert str(finding) == "spend.yaml:1:1: the file cannot be read: No such file or directory"


def test_all_findings_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write_tables(
        tmp_path,
        typeform=ANSWERS.replace("Window}", "Windows}").replace("[gluten free]", "[gluten free, ...]"),
        sevenrooms="relevant_changes: [mooved]\n",
        spend=("to: spend_tier", "to: spend_teir"),
    )
    with pytest.raises(TableInvalid) as refused:
        load_tables(tmp_path)
    places = [line.split(": ")[0] for line in str(refused.value).splitlines()]
    assert places == ["sevenrooms.yaml:1:20", "spend.yaml:3:7", "typeform.yaml:14:35", "typeform.yaml:17:32"]


def test_yes_and_times_are_text(tmp_path: Path) -> None:
    change = ("window: {table_preferences: Window}", "window: {kitchen_note: [yes, no, 12:30, 2026-01-01]}")
    write_tables(tmp_path, typeform=ANSWERS.replace("    unmatched: ignore\n", "").replace(*change))
    (_, seating) = load_tables(tmp_path).sources["typeform"].rules
    assert seating.choices["window"]["kitchen_note"] == ("yes", "no", "12:30", "2026-01-01")


def test_a_number_is_no_text(tmp_path: Path) -> None:
    found = findings(tmp_path, guest_profile=("[Window, Bar]", "[Window, Bar, 12]"))
    assert found == ["guest_profile.yaml:18:27: must be text: put it in quotes"]


def version(folder: Path, **changed: str | bytes | tuple[str, str]) -> str:
    return load_tables(write_tables(folder, **changed)).version


def test_comments_spacing_and_key_order_keep_the_version(tmp_path: Path) -> None:
    first = version(tmp_path)
    assert version(tmp_path, typeform="# a comment\n\n" + ANSWERS.replace("Window}", '"Window" }')) == first
    assert version(tmp_path, spend=("{Silver: 90, Gold: 150.50}", "{Gold: 150.50, Silver: 90}")) == first
    assert version(tmp_path, guest_profile=CATALOGUE.replace("\n", "\r\n")) == first


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("guest_profile", ("block: Kitchen", "block: Chef")),
        ("typeform", ("[window]", "[window, windows]")),
        ("sevenrooms", (", moved", "")),
        ("spend", ("Gold: 150.50", "Gold: 151")),
        ("survey", ("value: Bar", "value: Window")),
    ],
)
def test_every_change_of_content_changes_the_version(tmp_path: Path, table: str, change: tuple[str, str]) -> None:
    assert version(tmp_path) != version(tmp_path, **{table: change})


def test_another_survey_source_is_another_file(tmp_path: Path) -> None:
    first = version(tmp_path)
    (tmp_path / "medallia.yaml").write_text("rules: []\n")
    tables = load_tables(tmp_path)
    assert set(tables.sources) == {"typeform", "medallia"}
    assert tables.version != first


KEYS = [
    "fields",
    "rules",
    "words",
    "choices",
    "labels",
    "kind",
    "tags",
    "tiers",
    "by_currency",
    "relevant_changes",
    "a",
]
LEAVES = st.none() | st.booleans() | st.integers() | st.sampled_from([*KEYS, "safety"]) | st.text(max_size=5)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=15,
)


@settings(deadline=None)
@given(st.sampled_from(sorted(FILES)), TREES)
def test_any_yaml_is_judged_and_never_trips_the_judge(file: str, tree: object) -> None:
    with TemporaryDirectory() as folder:
        write_tables(Path(folder), **{file.removesuffix(".yaml"): json.dumps(tree)})
        for finding in validate_tables(Path(folder)):
            assert finding.line >= 1
            assert finding.column >= 1


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text(alphabet=" \t\n-:[]{}&*!|>'\"#%@`?,a1", max_size=60).map(str.encode))
def test_any_bytes_are_parsed_or_refused(content: bytes) -> None:
    document, findings = parse("x.yaml", content)
    assert document is not None or len(findings) >= 1
