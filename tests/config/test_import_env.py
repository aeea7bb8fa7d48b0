"""An environment file of another DQS milter becomes a configuration that does the same, or says why not."""

import tomllib
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.config.old_milter import KEY, VARIABLES
from trapline.config.dqs import DqsCache
from trapline.config.environment_file import Variable, parse
from trapline.config.errors import ConfigError
from trapline.config.import_env import Imported, translate
from trapline.config.load import load
from trapline.config.settings import Settings
from trapline.config.values import InetListen, Nameserver, UnixListen

FILE = Path("old.env")
KEY_FILE = Path("/etc/trapline/dqs.key")


def translated(variables: dict[str, str]) -> Imported:
    text = "".join(f"SPAMHAUS_DQS_{name}={value}\n" for name, value in variables.items())
    return translate(FILE, parse(FILE, text), KEY_FILE)


class Load:
    """What trapline reads from the text that came out."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, **variables: str) -> Settings:
        self.path.write_text(translated(variables).toml, encoding="utf-8")
        return load(self.path, {})


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    return Load(tmp_path / "trapline.toml")


def refused(**variables: str) -> str:
    with pytest.raises(ConfigError) as caught:
        translated(variables)
    return str(caught.value)


def test_everything_at_once_becomes_settings_that_do_the_same(loaded: Load) -> None:
    settings = loaded(**VARIABLES)
    assert settings.milter.listen == InetListen(11332, "localhost")
    assert settings.milter.deadline_seconds == 1.8
    assert settings.milter.allow.addresses == (ip_network("11.0.0.10"), ip_network("2a00:db8::1"))
    assert settings.milter.allow.skip == "zen"
    assert settings.milter.allow.domains == ("harbour.com", "xn--bcher-kva.de", ".uni.edu")
    assert settings.dqs.key_file == KEY_FILE
    assert settings.dqs.nameservers == (Nameserver("127.0.0.1"), Nameserver("::1"))
    assert settings.dqs.mode == "enforce"
    assert settings.dqs.zen.enabled
    assert settings.dqs.zen.codes == {2, 3, 4, 9, 10, 11}
    assert settings.dqs.cache == DqsCache(max_entries=20_000, max_listed_seconds=600.0, max_not_listed_seconds=300.0)


def test_no_variable_is_dropped_in_silence() -> None:
    """Each is either a setting or named in a comment: changing or removing it changes the text."""
    whole = translated(VARIABLES).toml
    changed = {"WHITELIST_SKIP_ALL": "1", "API_KEY": "", "DNS_LIFETIME": "1.2", "LISTEN": "inet:1@localhost"}
    for name in VARIABLES:
        assert translated(VARIABLES | {name: changed.get(name, "")}).toml != whole, name


@pytest.mark.parametrize("name", ["LOG_LEVEL", "DNS_PER_TRY", "MILTER_TIMEOUT"])
def test_what_has_no_counterpart_is_a_comment_with_the_reason(name: str) -> None:
    lines = translated(VARIABLES).toml.splitlines()
    (line,) = [line for line in lines if f"SPAMHAUS_DQS_{name}:" in line]
    assert line.startswith("# ")
    assert len(line.partition(": ")[2]) > 20


def test_the_key_is_no_part_of_the_text_and_its_line_is_known() -> None:
    imported = translated({"LOG_LEVEL": "INFO", "API_KEY": KEY})
    assert imported.key == Variable("SPAMHAUS_DQS_API_KEY", KEY, 2)
    assert KEY not in imported.toml
    assert KEY not in repr(imported)


def test_a_file_without_a_key_says_that_the_milter_needs_one() -> None:
    imported = translated({"API_KEY": ""})
    assert imported.key is None
    assert "# SPAMHAUS_DQS_API_KEY: not in the file" in imported.toml


def test_what_is_left_out_keeps_the_default_but_for_the_socket_that_postfix_knows(loaded: Load) -> None:
    settings = loaded(API_KEY=KEY).model_dump()
    assert settings["milter"].pop("listen") == {"port": 11332, "host": "localhost"}
    default = Settings().model_dump()
    del default["milter"]["listen"]
    assert settings == default


@pytest.mark.parametrize(
    ("written", "listen"),
    [
        ("inet:11332@localhost", InetListen(11332, "localhost")),
        ("inet:11332@127.0.0.1", InetListen(11332, "127.0.0.1")),
        ("inet:11332", InetListen(11332, "0.0.0.0")),
        ("inet6:11332@::1", InetListen(11332, "::1")),
        ("inet6:11332@localhost", InetListen(11332, "::1")),
        ("inet6:11332", InetListen(11332, "::")),
        ("unix:/run/dqs/milter.sock", UnixListen(Path("/run/dqs/milter.sock"))),
        ("local:/run/dqs/milter.sock", UnixListen(Path("/run/dqs/milter.sock"))),
        ("/run/dqs/milter.sock", UnixListen(Path("/run/dqs/milter.sock"))),
    ],
)
def test_each_way_to_write_a_socket_is_the_same_socket(loaded: Load, written: str, listen: object) -> None:
    assert loaded(LISTEN=written).milter.listen == listen


@pytest.mark.parametrize(
    ("lifetime", "timeout", "deadline"),
    [("1.8", "", 1.8), ("3", "", 1.9), ("3", "10", 3.0), ("", "1", 0.9), ("", "0", 0.5), ("0.01", "", 0.1)],
)
def test_the_deadline_is_the_time_that_the_old_milter_really_took(
    loaded: Load, lifetime: str, timeout: str, deadline: float
) -> None:
    assert loaded(DNS_LIFETIME=lifetime, MILTER_TIMEOUT=timeout).milter.deadline_seconds == deadline


@pytest.mark.parametrize(
    ("word", "enabled"), [("1", True), ("yes", True), ("0", False), ("false", False), ("No", False)]
)
def test_zen_is_switched_by_the_words_that_the_old_milter_understood(loaded: Load, word: str, enabled: bool) -> None:
    assert loaded(ZEN_ENABLE=word).dqs.zen.enabled is enabled


@pytest.mark.parametrize(("word", "skip"), [("1", "all"), ("true", "all"), ("0", "zen"), ("", "zen")])
def test_an_allowed_address_skips_zen_alone_unless_it_was_said_to_skip_all(loaded: Load, word: str, skip: str) -> None:
    assert loaded(IP_WHITELIST="11.0.0.10", WHITELIST_SKIP_ALL=word).milter.allow.skip == skip


def test_an_allowed_network_counts_and_is_said_to_be_new(loaded: Load) -> None:
    (network,) = loaded(IP_WHITELIST="11.0.0.0/8").milter.allow.addresses
    assert ip_address("11.1.2.3") in network
    assert "ignored the networks" in loaded.path.read_text(encoding="utf-8")


def test_so_does_a_suffix_with_the_dot_that_it_stands_for(loaded: Load) -> None:
    settings = loaded(DOMAIN_SUFFIX_WHITELIST=".harbour.com, uni.edu,.uni.edu")
    assert settings.milter.allow.domains == (".harbour.com", ".uni.edu")
    assert "ignored those with a dot in front" in loaded.path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("LISTEN", "inet:x@localhost", "expected"),
        ("LISTEN", "unix:relative.sock", "expected"),
        ("LISTEN", "inet6:11332@mx.com", "IPv6 address"),
        ("LOG_LEVEL", "chatty", "expected one of DEBUG"),
        ("NAMESERVERS", "127.0.0.1,resolver", "IP address"),
        ("NAMESERVERS", ",", "expected a list"),
        ("MILTER_TIMEOUT", "2.5", "whole number"),
        ("DNS_LIFETIME", "nan", "number of seconds"),
        ("DNS_LIFETIME", "0", "above 0"),
        ("DNS_PER_TRY", "-1", "number of seconds"),
        ("CACHE_MAX", "many", "whole number"),
        ("CACHE_MAX", "99999999", "at most 10000000"),
        ("CACHE_TTL_LISTED", "10m", "whole number"),
        ("CACHE_TTL_LISTED", "604800", "at most 86400"),
        ("CACHE_TTL_UNLISTED", "1e3", "whole number"),
        ("ZEN_ENABLE", "off", "expected 1 or 0"),
        ("ZEN_REJECT_CODES", "2,x", "last octet"),
        ("ZEN_REJECT_CODES", "2,255", "1 to 254"),
        ("IP_WHITELIST", "11.0.0.10 11.0.0.11", "IP address"),
        ("DOMAIN_WHITELIST", ".harbour.com", "domain name"),
        ("DOMAIN_SUFFIX_WHITELIST", "*.harbour.com", "domain name"),
        ("WHITELIST_SKIP_ALL", "maybe", "expected 1 or 0"),
    ],
)
def test_a_bad_value_is_named_with_file_line_variable_and_value(name: str, value: str, why: str) -> None:
    message = refused(API_KEY=KEY, **{name: value})
    assert message.startswith(f"old.env:2: SPAMHAUS_DQS_{name} = '")
    assert value.rpartition(",")[2] in message
    assert why in message
    assert KEY not in message


def test_a_deadline_beyond_what_postfix_waits_is_an_error() -> None:
    assert "at most 25" in refused(DNS_LIFETIME="60", MILTER_TIMEOUT="100")


def test_all_bad_values_are_named_at_once() -> None:
    assert len(refused(LISTEN="x", ZEN_ENABLE="x", DNS_LIFETIME="x", DNS_PER_TRY="x").splitlines()) == 4


@pytest.mark.parametrize("key", ["can.ary", "canary # mine", '"canary', "canary" * 20])
def test_a_bad_key_is_an_error_that_does_not_show_it(key: str) -> None:
    message = refused(API_KEY=key)
    assert message.startswith("old.env:1: SPAMHAUS_DQS_API_KEY: ")
    assert "can" not in message.removeprefix("old.env:1: ")


@pytest.mark.parametrize("name", ["NAMESERVERS", "IP_WHITELIST", "ZEN_REJECT_CODES", "LISTEN"])
def test_a_key_in_the_wrong_place_is_not_shown_either(name: str) -> None:
    message = refused(**{"API_KEY": KEY, name: f"{KEY}/dq.spamhaus.net"})
    assert f"SPAMHAUS_DQS_{name} = '(the key)/dq.spamhaus.net': expected" in message
    assert KEY not in message


def test_a_variable_that_the_old_milter_did_not_know_is_named_without_its_value() -> None:
    variables = parse(FILE, f"SPAMHAUS_DQS_APIKEY={KEY}\nPATH=/canary\n")
    text = translate(FILE, variables, KEY_FILE).toml
    assert "# SPAMHAUS_DQS_APIKEY: (line 1)" in text
    assert "# PATH: (line 2)" in text
    assert "canary" not in text


def test_a_path_cannot_break_out_of_the_comment_it_stands_in() -> None:
    imported = translate(Path('a"\nworkers = 64\x7f'), parse(FILE, ""), Path('/k"\x7f\n\U0001f511'))
    table = tomllib.loads(imported.toml)
    assert "workers" not in table
    assert table["dqs"]["key_file"] == '/k"\x7f\n\U0001f511'


@given(st.dictionaries(st.sampled_from(sorted(VARIABLES)), st.text(max_size=40)))
def test_any_value_becomes_a_valid_configuration_or_an_error_with_its_line(variables: dict[str, str]) -> None:
    given_ = tuple(Variable(f"SPAMHAUS_DQS_{name}", value, 7) for name, value in variables.items())
    message = ""
    try:
        Settings.model_validate(tomllib.loads(translate(FILE, given_, KEY_FILE).toml))
    except ConfigError as error:
        message = str(error)
    assert all(line.startswith("old.env:7: SPAMHAUS_DQS_") for line in message.splitlines())
