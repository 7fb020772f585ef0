from pathlib import Path

import pytest
from pydantic import SecretStr

from enrich.settings import Settings
from enrich.supervise.specs import environment_of, specs_for


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return Settings().model_copy(update={"crm_client_secret": SecretStr("s3cret"), "state": tmp_path / "state"})


def names(settings: Settings, *, with_sandbox: bool) -> list[str]:
    return [spec.name for spec in specs_for(settings, with_sandbox)]


def test_the_broker_starts_before_those_who_need_it(settings: Settings) -> None:
    assert names(settings, with_sandbox=True) == ["redis", "sandbox", "web", "worker"]
    assert names(settings, with_sandbox=False) == ["redis", "web", "worker"]


def test_no_redis_of_our_own_where_one_is_given(settings: Settings) -> None:
    elsewhere = settings.model_copy(update={"redis_url": "redis://broker.example/0"})
    specs = specs_for(elsewhere, False)
    assert [spec.name for spec in specs] == ["web", "worker"]
    assert {spec.environment["REDIS_URL"] for spec in specs} == {"redis://broker.example/0"}


def test_a_child_reads_the_settings_its_parent_had(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment_of(settings, settings.redis_url).items():
        monkeypatch.setenv(name, value)
    read = Settings()
    assert read.crm_client_secret.get_secret_value() == "s3cret"
    assert read == settings.model_copy(
        update={"venues": settings.venues.resolve(), "mappings": settings.mappings.resolve()}
    )


def test_a_dotenv_file_does_not_overrule_the_parent(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("DATABASE_URL=postgresql://elsewhere/production\n")
    for name, value in environment_of(settings, "").items():
        monkeypatch.setenv(name, value)
    assert Settings().database_url == ""


def test_the_sandbox_listens_where_the_client_will_look(settings: Settings) -> None:
    moved = settings.model_copy(update={"crm_base_url": "http://127.0.0.1:18090"})
    sandbox = specs_for(moved, True)[1]
    assert sandbox.command[-4:] == ("--host", "127.0.0.1", "--port", "18090")
