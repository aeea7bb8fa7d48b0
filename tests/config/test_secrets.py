"""Secrets: a systemd credential before the file, the file before the inline value, and none that the world can read."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from trapline.config.dqs import Dqs
from trapline.config.errors import ConfigError
from trapline.config.load import load
from trapline.config.secrets import dqs_key, spamhaus_token, store_url
from trapline.config.settings import Settings, Spamhaus, Store


def a_file(path: Path, text: str, mode: int = 0o640) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def with_key(**dqs: object) -> Settings:
    return Settings(dqs=Dqs(**dqs))  # type: ignore[arg-type]


def test_a_credential_beats_the_file_and_the_file_beats_the_inline_value(tmp_path: Path) -> None:
    key_file = a_file(tmp_path / "key", "fromfile\n")
    settings = with_key(key=SecretStr("inline"), key_file=key_file)
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    assert dqs_key(with_key(key=SecretStr("inline")), {}) == "inline"
    assert dqs_key(settings, {}) == "fromfile"
    a_file(credentials / "dqs.key", "credential\n", 0o400)
    assert dqs_key(settings, {"CREDENTIALS_DIRECTORY": str(credentials)}) == "credential"


def test_an_empty_file_means_not_set(tmp_path: Path) -> None:
    settings = Settings(spamhaus=Spamhaus(token_file=a_file(tmp_path / "token", "\n")))
    assert spamhaus_token(settings, {}) is None


def test_an_empty_credential_hides_no_file_that_was_filled_since_the_start(tmp_path: Path) -> None:
    settings = Settings(spamhaus=Spamhaus(token_file=a_file(tmp_path / "token", "filled\n")))
    a_file(tmp_path / "spamhaus.token", "", 0o400)
    assert spamhaus_token(settings, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "filled"


def test_a_missing_default_file_means_not_set() -> None:
    assert dqs_key(Settings(), {}) is None or Path("/etc/trapline/dqs.key").exists()


def test_a_file_that_is_named_and_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="absent"):
        dqs_key(with_key(key_file=tmp_path / "absent"), {})


def test_a_secret_that_the_world_can_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"mode 0644.*chmod 0640"):
        dqs_key(with_key(key_file=a_file(tmp_path / "key", "canary", 0o644)), {})


def test_a_key_that_can_be_no_label_is_an_error_that_does_not_show_it() -> None:
    with pytest.raises(ConfigError) as caught:
        dqs_key(with_key(key=SecretStr("can.ary")), {})
    assert "can.ary" not in str(caught.value)


def test_the_url_of_the_store_can_stand_in_a_file(tmp_path: Path) -> None:
    url_file = a_file(tmp_path / "url", "postgresql://u:secret@h/d\n")
    assert store_url(Settings(store=Store(url_file=url_file)), {}) == "postgresql://u:secret@h/d"
    assert store_url(Settings(), {}) == "sqlite:////var/lib/trapline/trapline.db"


@pytest.mark.parametrize(
    "text",
    [
        '[dqs]\nkey = "canary"',
        '[store]\nurl = "postgresql://u:canary@h/d"',
        '[store]\nurl = "postgresql:///d?password=canary"',
        '[store]\nurl = "postgresql+psycopg://u:[canary@h/d"',
        '[store]\nurl = "postgresql+psycopg://u:c[anar]y@h/d"',
        '[store]\nurl = "postgresql+psycopg://u:canary?/#@h/d"',
    ],
)
def test_a_configuration_file_with_a_secret_in_it_must_not_be_readable_for_the_world(tmp_path: Path, text: str) -> None:
    file = a_file(tmp_path / "trapline.toml", text, 0o644)
    with pytest.raises(ConfigError, match="chmod 0640") as caught:
        load(file, {})
    assert "canary" not in str(caught.value)
    file.chmod(0o640)
    load(file, {})


def test_no_repr_shows_a_secret() -> None:
    assert "canary" not in repr(Settings(dqs=Dqs(key=SecretStr("canary")), store=Store(url=SecretStr("canary"))))
