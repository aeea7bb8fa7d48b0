"""Zones beside Spamhaus's, and what our own blocklist leads to: what can be configured, and what can't."""

from pathlib import Path

import pytest

from trapline.config.errors import ConfigError
from trapline.config.load import load
from trapline.config.settings import Settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "trapline.toml"


def loaded(file: Path, text: str) -> Settings:
    file.write_text(text, encoding="utf-8")
    return load(file, {})


def test_a_zone_needs_its_domain_alone(file: Path) -> None:
    zone = loaded(file, '[zones.office]\ndomain = "BL.Example.com."').zones["office"]
    assert zone.domain == "bl.example.com"
    assert set(zone.actions) == set(range(2, 255))
    assert set(zone.actions.values()) == {"reject"}
    assert zone.test_points == ("127.0.0.2", "127.0.0.1")


def test_some_codes_lead_to_another_action_and_count_though_codes_leaves_them_out(file: Path) -> None:
    text = (
        '[zones.office]\ndomain = "bl.com"\ncodes = [2]\naction = "tempfail"\nreject_codes = [3]\nlog_codes = ["9-10"]'
    )
    assert loaded(file, text).zones["office"].actions == {2: "tempfail", 3: "reject", 9: "log", 10: "log"}


def test_a_zone_of_domains_is_tested_as_the_rfc_has_it(file: Path) -> None:
    text = '[zones.names]\ndomain = "bl.com"\nasks = ["helo"]\n'
    assert loaded(file, text).zones["names"].test_points == ("test", "invalid")
    assert loaded(file, f'{text}test_listed = ""\ntest_unlisted = ""').zones["names"].test_points == ("", "")


ZONE = '[zones.office]\ndomain = "bl.com"\n'


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('[zones.zen]\ndomain = "bl.com"', ["zones.zen", "is taken"]),
        ('[zones.blocklist]\ndomain = "bl.com"', ["zones.blocklist", "is taken"]),
        ('[zones.Office]\ndomain = "bl.com"', ["zones.Office", "lower-case letters"]),
        (f'[zones.{"x" * 21}]\ndomain = "bl.com"', ["20 at most"]),
        ("[zones.office]", ["zones.office.domain", "has to be set: there is no default"]),
        ('[zones.office]\ndomain = "9.8.7.6"', ["zones.office.domain", "expected a domain name"]),
        (f'[zones.office]\ndomain = "{".".join(["x" * 60] * 4)}"', ["zones.office.domain", "too long"]),
        (ZONE + 'asks = ["rcpt"]', ["zones.office.asks", "'address', 'helo' or 'mail_from'"]),
        (ZONE + "asks = []", ["zones.office.asks", "at least one"]),
        (ZONE + 'network = "127.255.255.0/24"', ["zones.office.network", "/24 network of the zone's answers"]),
        (ZONE + 'network = "10.0.0.0/24"', ["zones.office.network", "/24 network of the zone's answers"]),
        (ZONE + 'action = "tag"', ["zones.office.action", "'reject', 'tempfail' or 'log'"]),
        (ZONE + "reject_codes = [3]\nlog_codes = [3]", ["zones.office", "code 3 is in two of them"]),
        (ZONE + 'reply = "no: {link}"', ["zones.office", "link is not set"]),
        (ZONE + 'reply = "no: {rcpt}"', ["zones.office.reply", "unknown placeholder"]),
        (ZONE + f'reply = "{"x" * 501}"', ["zones.office", "too long"]),
        (ZONE + 'link = "bl.com/{object}"', ["zones.office.link", "expected a URL"]),
        (ZONE + 'link = "https://bl.com/{zone}"', ["zones.office.link", "unknown placeholder"]),
        (ZONE + 'test_listed = "pills.com"', ["zones.office", "test_listed", "expected an IP address"]),
        (ZONE + 'nameservers = ["dns.example"]', ["zones.office.nameservers", "IP address"]),
        (ZONE + "mode = 1", ["zones.office.mode", "no such setting"]),
        ('[milter.blocklist]\nfirst = "tag"', ["milter.blocklist.first"]),
        ('[milter.blocklist]\nreply = "{link}"', ["milter.blocklist", "link is not set"]),
    ],
)
def test_what_is_wrong_is_named_with_its_key(file: Path, text: str, parts: list[str]) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(file, text)
    assert [part for part in (str(file), *parts) if part not in str(error.value)] == []


def test_the_domain_is_shown_nowhere_since_it_may_hold_a_key(file: Path) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(file, '[zones.office]\ndomain = "canary key.bl.com"')
    assert "canary" not in str(error.value)
    assert "canary" not in repr(loaded(file, '[zones.office]\ndomain = "canary.bl.com"'))


def test_a_zone_stands_in_the_file_and_not_in_the_environment(file: Path) -> None:
    file.write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="no such setting"):
        load(file, {"TRAPLINE_ZONES__OFFICE__DOMAIN": "bl.com"})
