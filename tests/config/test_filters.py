"""Where the filters are: mail travels in plain text to servers nearby only."""

import json
from pathlib import Path

import pytest

from trapline.config.errors import ConfigError
from trapline.config.load import load
from trapline.config.nearby import TcpSocket, UnixSocket
from trapline.config.secrets import rspamd_password
from trapline.config.settings import Settings


def configured(tmp_path: Path, table: str, **values: str) -> Settings:
    file = tmp_path / "trapline.toml"
    file.write_text(f"[filters.{table}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items()))
    return load(file, {})


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("127.0.0.1:783", TcpSocket("127.0.0.1", 783)),
        ("localhost:783", TcpSocket("localhost", 783)),
        ("[fd00::5]:783", TcpSocket("fd00::5", 783)),
        ("[::ffff:127.0.0.1]:783", TcpSocket("::ffff:127.0.0.1", 783)),
        ("unix:/run/spamd.sock", UnixSocket(Path("/run/spamd.sock"))),
    ],
)
def test_spamd_is_on_this_host_or_in_a_private_network(
    tmp_path: Path, text: str, meant: TcpSocket | UnixSocket
) -> None:
    spamd = configured(tmp_path, "spamd", address=text).filters.spamd
    assert spamd.address == meant
    assert str(spamd.address) == text


@pytest.mark.parametrize(
    "text",
    ["11.0.0.1:783", "spamd.harbour.com:783", "127.0.0.1", "127.0.0.1:0", "unix:run", "[::]:783", "192.0.0.200:783",
     "[2002:b00:1::1]:783", "[2001:20::1]:783", "[64:ff9b:1::1]:783", "[::ffff:11.0.0.1]:783"],
)  # fmt: skip
def test_anywhere_else_is_an_error_that_names_key_and_value(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        configured(tmp_path, "spamd", address=text)
    assert "filters.spamd.address" in str(raised.value)
    assert text in str(raised.value)


def test_rspamd_may_be_anywhere_by_https_and_nearby_by_http(tmp_path: Path) -> None:
    assert (
        configured(tmp_path, "rspamd", url="https://rspamd.harbour.com/").filters.rspamd.url
        == "https://rspamd.harbour.com"
    )
    nearby = configured(tmp_path, "rspamd", url="http://10.1.2.3:11333")
    assert nearby.filters.rspamd.url == "http://10.1.2.3:11333"
    for wrong in ("http://rspamd.harbour.com", "http://user:word@127.0.0.1", "127.0.0.1:11333", "http://[::1"):
        with pytest.raises(ConfigError, match=r"filters\.rspamd\.url"):
            configured(tmp_path, "rspamd", url=wrong)


def test_a_user_can_be_no_second_line_of_the_protocol(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"filters\.spamd\.user"):
        configured(tmp_path, "spamd", user="anna\nSet: local")


def test_a_setting_may_come_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "trapline.toml").touch()
    said = load(tmp_path / "trapline.toml", {"TRAPLINE_FILTERS__SPAMD__ADDRESS": "127.0.0.1:7830"})
    assert said.filters.spamd.address == TcpSocket("127.0.0.1", 7830)


def test_the_controllers_password_is_read_from_its_file(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("s3cret\n")
    password.chmod(0o600)
    assert rspamd_password(configured(tmp_path, "rspamd", password_file=str(password)), {}) == "s3cret"
    password.chmod(0o644)
    with pytest.raises(ConfigError, match=r"filters\.rspamd\.password: .* can be read by everybody"):
        rspamd_password(configured(tmp_path, "rspamd", password_file=str(password)), {})
    assert rspamd_password(Settings(), {}) is None or Path("/etc/trapline/rspamd.password").exists()
