from pathlib import Path

import pytest
import yaml_text
from restaurant import SECRETS

from enrich.errors import ConfigurationError, SettingMissing
from enrich.venue_file import Venues, load_venues

TEXT = yaml_text.venues("http://127.0.0.1:9")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "venues.yaml"


def load(file: Path, text: str = TEXT, **environment: str) -> Venues:
    file.write_text(text)
    return load_venues(file, SECRETS | environment)


def test_connections_carry_their_secrets_in_order_and_do_not_show_them(file: Path) -> None:
    text = TEXT.replace("[HARBOR_TOAST]", "[NEW, HARBOR_TOAST]")
    connection = load(file, text, NEW=" new \n").connection("toast", "harbor-pos")
    assert connection and [secret.get_secret_value() for secret in connection.secrets] == [
        "new",
        "toast-secret-Harbor-52",
    ]
    assert "toast-secret" not in repr(connection)
    assert connection.reader and connection.reader.location == "harbor-restaurant"


def test_a_connection_is_known_only_under_its_own_source(file: Path) -> None:
    venues = load(file)
    assert venues.connection("typeform", "harbor-pos") is None
    assert venues.survey_form("harbor") == "https://harbor.example/to/Hv7mQ2xL"
    assert venues.survey_form("elsewhere") is None


@pytest.mark.parametrize("name", ["HARBOR_TOAST", "HARBOR_TOAST_CLIENT"])
@pytest.mark.parametrize("value", ["", "  \n"])
def test_a_secret_that_is_absent_is_named_with_the_connection_that_needs_it(
    file: Path, name: str, value: str
) -> None:
    with pytest.raises(SettingMissing, match=f"set {name}: .*harbor-pos"):
        load(file, **{name: value})


def test_a_secret_may_be_in_a_file(file: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-a-file\n")
    connection = load(file, HARBOR_TOAST="", HARBOR_TOAST_FILE=str(tmp_path / "secret")).connection(
        "toast", "harbor-pos"
    )
    assert connection and connection.secrets[0].get_secret_value() == "from-a-file"


def test_a_secret_file_that_is_not_there_is_named(file: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingMissing, match=r"HARBOR_TOAST_FILE names .*nowhere"):
        load(file, HARBOR_TOAST="", HARBOR_TOAST_FILE=str(tmp_path / "nowhere"))


BROKEN = {
    "no time zone": TEXT.replace("America/New_York", "America/Harbor"),
    "no time zone either": TEXT.replace("America/New_York", "America"),
    "unknown field": TEXT.replace("currency:", "curency:"),
    "unknown venue": TEXT.replace("venue: harbor\n    secrets: [HARBOR_TOAST]", "venue: other\n    secrets: []"),
    "no address": TEXT.replace("  harbor-pos:", "  harbor/pos:"),
    "a name longer than a row holds": TEXT.replace("  harbor-pos:", f"  {'x' * 65}:"),
    "not YAML": TEXT + "\n  ]",
    "the same name twice": TEXT + "  harbor:\n    source: toast\n    venue: harbor\n",
    "empty": "",
    "a list": "- venues",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_one_clear_error_that_names_it(file: Path, text: str) -> None:
    assert text != TEXT
    with pytest.raises(ConfigurationError, match=r"venues\.yaml"):
        load(file, text)


def test_a_file_that_is_missing_or_no_text_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.yaml", tmp_path, tmp_path / "binary.yaml"):
        with pytest.raises(ConfigurationError, match=str(path)):
            load_venues(path, SECRETS)
