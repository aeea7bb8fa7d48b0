"""`trapline lookup` says what the milter would answer."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.rbldnsd import Rbldnsd, Zones
from tests.servers.trapline_process import Run, run, write_config

ZONES: Zones = {
    "zen": {"11.0.7.66": ["127.0.0.2", "127.0.0.9"], "11.0.9.9": "127.255.255.251"},
    "dbl": {"pills-r-us.com": "127.0.1.2"},
    "zrd": {"born-today.com": "127.0.2.3"},
}


@pytest.fixture(scope="module")
def server() -> Iterator[Rbldnsd]:
    with Rbldnsd(ZONES) as running:
        yield running


@pytest.fixture
def config(server: Rbldnsd, tmp_path: Path) -> Path:
    file = tmp_path / "trapline.toml"
    traps = tmp_path / "traps"
    traps.write_text("hidden@mx-of-ours.com  web page\n", encoding="utf-8")
    write_config(
        file,
        {"dqs": {"key": server.key, "nameservers": [server.nameserver]}, "traps": {"files": [str(traps)]}},
    )
    return file


def lookup(config: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = run("lookup", "--json", *arguments, config=config)
    assert done.stdout, done.output
    table: dict[str, Any] = json.loads(done.stdout)
    return done.code, table


def test_a_listed_client_would_be_refused(config: Path) -> None:
    code, said = lookup(config, "--client", "11.0.7.66", "--helo", "mail.pills.com", "--mail-from", "news@pills.com")
    assert code == 1
    assert said["verdict"] == "reject"
    assert said["reply"].startswith("550 5.7.1 ")
    assert said["trap"] is None
    assert said["listings"] == [{"zone": "zen", "object": "11.0.7.66", "codes": ["127.0.0.2", "127.0.0.9"]}]
    assert said["errors"] == []


def test_an_unlisted_client_would_be_accepted(config: Path) -> None:
    code, said = lookup(config, "--client", "11.0.200.1", "--helo", "mail.harbour.com", "--mail-from", "a@harbour.com")
    assert (code, said["verdict"], said["reply"], said["listings"]) == (0, "accept", None, [])


def test_a_listed_sender_would_be_refused_and_a_new_one_told_to_come_back(config: Path) -> None:
    _, listed = lookup(config, "--client", "11.0.200.1", "--mail-from", "x@pills-r-us.com")
    assert listed["verdict"] == "reject"
    code, new = lookup(config, "--client", "11.0.200.1", "--helo", "born-today.com")
    assert (code, new["verdict"]) == (1, "tempfail")
    assert new["reply"].startswith("450 4.7.1 ")


def test_a_trap_is_named_by_its_label(config: Path) -> None:
    code, said = lookup(config, "--client", "11.0.7.66", "--rcpt", "HIDDEN@mx-of-ours.com")
    assert (code, said["verdict"], said["trap"], said["reply"]) == (0, "trap", "web page", None)
    assert said["listings"], "what the zones said is told all the same"


def test_an_exempt_client_is_not_asked_about(config: Path) -> None:
    code, said = lookup(config, "--client", "192.168.1.1", "--mail-from", "x@pills-r-us.com")
    assert (code, said["verdict"], said["listings"]) == (0, "accept", [])
    assert "exempt network" in run("lookup", "--client", "192.168.1.1", config=config).stdout


def test_a_zone_that_does_not_answer_is_named_and_mail_would_flow(config: Path, server: Rbldnsd) -> None:
    server.pause()
    try:
        done = run(
            "lookup",
            "--json",
            "--client",
            "11.0.7.66",
            config=config,
            environ={"TRAPLINE_MILTER__DEADLINE_SECONDS": "0.5"},
        )
    finally:
        server.resume()
    said = json.loads(done.stdout)
    assert (done.code, said["verdict"]) == (0, "accept")
    assert said["errors"] == ["zen: timeout"]
    assert server.key not in done.output


def test_without_json_it_says_so_in_plain_words(config: Path) -> None:
    done = run("lookup", "--client", "11.0.7.66", config=config)
    assert "verdict:  reject" in done.stdout
    assert "zen:      11.0.7.66: listed, 127.0.0.2, 127.0.0.9" in done.stdout


def test_what_is_no_ip_address_is_a_usage_error(config: Path) -> None:
    assert run("lookup", "--client", "mail.pills.com", config=config).code == 2


def without_key(tmp_path: Path) -> Run:
    file = tmp_path / "keyless.toml"
    file.write_text(f'[dqs]\nkey_file = "{tmp_path}/empty"\n', encoding="utf-8")
    (tmp_path / "empty").touch(mode=0o600)
    return run("lookup", "--client", "11.0.7.66", config=file)


def test_without_a_key_it_says_where_to_put_one(tmp_path: Path) -> None:
    done = without_key(tmp_path)
    assert done.code == 78
    assert "no DQS key" in done.stderr


def test_an_error_of_the_account_is_told_in_plain_words(config: Path) -> None:
    done = run("lookup", "--client", "11.0.9.9", config=config)
    assert "error:    zen: the DQS key is not known to Spamhaus: check dqs.key_file (127.255.255.251)" in done.stdout
