"""What can be configured of how the list is served, and which combinations can't be."""

from pathlib import Path

import pytest

from trapline.config.errors import ConfigError
from trapline.config.load import load

ZONE = """
[blocklist.zone]
name = "bl.example.com"
nameservers = ["ns1.example.com"]
hostmaster = "Hostmaster@Example.com"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "trapline.toml"


def test_only_the_milters_file_is_written_unless_more_are_named(file: Path) -> None:
    file.write_text("")
    files = load(file, {}).blocklist.files
    assert files.paths() == {"milter": Path("/var/lib/trapline/blocklist/milter.bl")}
    assert files.by_default == {"milter"}


def test_a_file_that_was_named_is_no_default_though_it_is_the_same(file: Path) -> None:
    file.write_text('[blocklist.files]\nmilter = "/var/lib/trapline/blocklist/milter.bl"\n')
    assert load(file, {}).blocklist.files.by_default == frozenset()


def test_files_and_zone_are_read(file: Path) -> None:
    file.write_text('[blocklist.files]\nmilter = ""\nbind = "/var/lib/bind/trapline/bl.zone"\n' + ZONE)
    blocklist = load(file, {}).blocklist
    assert blocklist.files.paths() == {"bind": Path("/var/lib/bind/trapline/bl.zone")}
    assert (blocklist.zone.name, blocklist.zone.hostmaster) == ("bl.example.com", "hostmaster@example.com")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[blocklist]\ncode = 1\n", ["blocklist.code = 1"]),
        ("[blocklist]\ncode = 255\n", ["blocklist.code = 255"]),
        ('[blocklist]\ncodes = { "web page" = 1 }\n', ["blocklist.codes.web page = 1"]),
        ("[blocklist]\nrepeated_code = 2\n", ["repeated_code = 2 is also the code of a first hit"]),
        ('[blocklist]\ncodes = { "web page" = 3 }\n', ["repeated_code = 3 is also the code of a first hit"]),
        ('[blocklist]\nexplanation = "Spam\\nSpam"\n', ["blocklist.explanation", "printable ASCII"]),
        ('[blocklist]\nexplanation = "see {link}"\n', ["blocklist.explanation", "known are {address}, {day}"]),
        ('[blocklist]\nexplanation = "a { brace"\n', ["blocklist.explanation", "stray brace"]),
        (f'[blocklist]\nexplanation = "{"x" * 255}"\n', ["blocklist.explanation", "too long: 255"]),
        ('[blocklist.files]\nbind = "/srv/zone"\n', ["files.bind needs zone.name"]),
        ('[blocklist.files]\nrbldnsd = "/srv/zone"\n', ["files.rbldnsd needs zone.name"]),
        ('[blocklist.files]\nbind = "/srv/zone"\n[blocklist.zone]\nname = "bl.example.com"\n', ["zone.nameservers"]),
        ('[blocklist.files]\ntext = "list"\n', ["blocklist.files.text", "absolute path"]),
        ('[blocklist.files]\ntext = "/srv/a"\ndetails = "/srv/a"\n', ["the same path"]),
        ('[blocklist.files]\ntext = "/srv/a.db"\npostmap = "/srv/a"\n', ["the same path"]),
        ('[blocklist.files]\ncommand = "rndc reload"\n', ["blocklist.files.command", "list"]),
        ("[blocklist.files]\ncommand_seconds = 0\n", ["blocklist.files.command_seconds = 0"]),
        ("[blocklist.zone]\nnegative_ttl = '16s'\n", ["blocklist.zone.negative_ttl", "expected at most 15s"]),
        ("[blocklist.zone]\nttl = '2h'\n", ["blocklist.zone.ttl", "expected at most 1h"]),
        ("[blocklist.zone]\nname = '192.0.2.1'\n", ["blocklist.zone.name", "domain name"]),
        ("[blocklist.zone]\nhostmaster = 'anna'\n", ["blocklist.zone.hostmaster", "mail address"]),
        (ZONE.replace("ns1.", "ns1.bl."), ["ns1.bl.example.com is in the zone bl.example.com itself"]),
    ],
)
def test_what_cannot_be_is_named(file: Path, text: str, parts: list[str]) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        load(file, {})
    assert [part for part in parts if part not in str(error.value)] == []
