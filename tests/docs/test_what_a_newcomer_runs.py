import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pages import ROOT, shell_blocks
from serving import free_port

from enrich.errors import ConfigurationError
from enrich.sandbox.config import SandboxConfig
from enrich.sandbox.server import running_sandbox
from enrich.settings import Settings
from enrich.supervise.specs import specs_for
from enrich.supervise.stack import Stack
from enrich.venue_file import load_venues

EXAMPLE = ROOT / "venues.example.yaml"
SECRETS = {name: f"a secret of {name}" for name in re.findall(r"\[(HARBOR_\w+)\]", EXAMPLE.read_text())}


def test_the_example_of_a_venue_file_loads() -> None:
    venues = load_venues(EXAMPLE, SECRETS)
    assert {source for source, _ in venues.connections} == {"sevenrooms", "toast", "typeform"}
    assert venues.survey_form("harbor")


def test_the_reader_in_the_example_loads_too(tmp_path: Path) -> None:
    with_reader = re.sub(r"^    # (reader:|  \w+: )", r"    \1", EXAMPLE.read_text(), flags=re.MULTILINE)
    (tmp_path / "venues.yaml").write_text(with_reader)
    venues = load_venues(tmp_path / "venues.yaml", {**SECRETS, "HARBOR_TOAST_CLIENT_SECRET": "another"})
    connection = venues.connection("toast", "harbor-pos")
    assert connection and connection.reader


def test_a_secret_may_stand_in_the_dotenv_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("".join(f"{name}='from the file'\n" for name in SECRETS))
    monkeypatch.setenv("HARBOR_TOAST_SECRET", "from the environment")
    connections = load_venues(EXAMPLE).connections
    assert connections["typeform", "harbor-survey"].secrets[0].get_secret_value() == "from the file"
    assert connections["toast", "harbor-pos"].secrets[0].get_secret_value() == "from the environment"


def test_a_mistyped_source_is_named_with_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "venues.yaml").write_text(EXAMPLE.read_text().replace("source: toast", "source: toost"))
    with pytest.raises(ConfigurationError, match=r"harbor-pos names the source toost; there are .*toast"):
        load_venues(tmp_path / "venues.yaml", SECRETS)


def test_a_venue_with_a_mistake_is_named(tmp_path: Path) -> None:
    (tmp_path / "venues.yaml").write_text(EXAMPLE.read_text().replace("America/New_York", "America/New_Yrok"))
    with pytest.raises(ConfigurationError, match=r"venues\.harbor\.zone: no time zone"):
        load_venues(tmp_path / "venues.yaml", SECRETS)


@pytest.mark.parametrize("missing", ["ENRICH_CRM_CLIENT_ID", "ENRICH_CRM_CLIENT_SECRET", "ENRICH_MAIL_API_KEY"])
def test_up_says_which_credential_is_missing(missing: str, tmp_path: Path) -> None:
    credentials = {"ENRICH_CRM_CLIENT_ID": "x", "ENRICH_CRM_CLIENT_SECRET": "x", "ENRICH_MAIL_API_KEY": "x"}
    environment = {**os.environ, **SECRETS, **credentials, missing: "", "ENRICH_VENUES": os.fspath(EXAMPLE)}
    command = [Path(sys.executable).with_name("enrich"), "up"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=30)
    assert ran.returncode == 1
    assert ran.stderr.startswith("enrich: set ") and missing in ran.stderr


def test_every_command_of_the_sandbox_page_works(addresses: dict[str, str]) -> None:
    script = shell_blocks("how-to/develop-against-the-sandbox.md")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, **SECRETS, **addresses, "PATH": path}
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("202 ") == 3
    assert "Dietary Restrictions" in ran.stdout and "Prefers still water." in ran.stdout


@pytest.fixture
def addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    with running_sandbox() as sandbox:
        settings = _settings(tmp_path, sandbox)
        door = f"http://{settings.host}:{settings.port}"
        with Stack(specs_for(settings, with_sandbox=False), settings.state) as stack:
            stack.wait_ready({"web": lambda: _is_ready(door)}, timeout=30)
            yield {"DOOR": door, "SANDBOX": sandbox}


def _settings(folder: Path, sandbox: str) -> Settings:
    credentials = SandboxConfig()
    return Settings(
        _env_file=None,
        state=folder / "state",
        venues=EXAMPLE,
        mappings=ROOT / "mappings",
        PORT=free_port(),
        crm_base_url=sandbox,
        crm_client_id=credentials.crm_client_id,
        crm_client_secret=credentials.crm_client_secret,
        mail_base_url=f"{sandbox}/mail",
        mail_api_key=credentials.mail_api_key,
        coalesce_seconds=0.0,
    )


def _is_ready(door: str) -> bool:
    try:
        return httpx.get(f"{door}/readyz").is_success
    except httpx.HTTPError:
        return False
