"""`trapline lookup` says what the milter would answer."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.servers.rbldnsd import OFFICE, Rbldnsd, Zones
from tests.servers.trapline_process import Run, run, write_config
from trapline.blocklist.milter_file import content, row

ZONES: Zones = {
    "zen": {"11.0.7.66": ["127.0.0.2", "127.0.0.9"], "11.0.9.9": "127.255.255.251"},
    "dbl": {"pills-r-us.com": "127.0.1.2", "mail.err-one.com": "127.255.255.255", "err-two.com": "127.255.255.255"},
    "zrd": {"born-today.com": "127.0.2.3"},
    "office": {"11.0.7.77": ["127.0.0.2", "127.0.0.3"], "pills-r-us.com": "127.0.0.2"},
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


def test_a_mapped_address_is_the_ipv4_client_that_the_milter_takes_it_for(config: Path) -> None:
    code, said = lookup(config, "--client", "::ffff:11.0.7.66")
    assert code == 1
    assert said["listings"] == [{"zone": "zen", "object": "11.0.7.66", "codes": ["127.0.0.2", "127.0.0.9"]}]


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


def test_an_error_that_two_questions_met_is_told_once(config: Path) -> None:
    code, said = lookup(config, "--client", "11.0.200.1", "--helo", "mail.err-one.com", "--mail-from", "x@err-two.com")
    assert (code, said["verdict"]) == (0, "accept")
    (error,) = said["errors"]
    assert error.startswith("dbl: ")


def test_what_a_zone_answered_is_told_beside_what_it_did_not(config: Path) -> None:
    done = run("lookup", "--client", "11.0.200.1", "--helo", "fine.com", "--mail-from", "x@err-two.com", config=config)
    assert "dbl:      fine.com: not listed" in done.stdout
    assert "dbl:      err-two.com: no answer" in done.stdout


def test_the_words_stand_below_each_other(own: Path) -> None:
    done = run("lookup", "--client", "11.0.7.78", config=own, environ={"TRAPLINE_DQS__MODE": "shadow"})
    lines = done.stdout.splitlines()
    assert {line.partition(":")[0] for line in lines} == {"verdict", "zen", "office", "blocklist", "mode"}
    assert {len(line) - len(line.partition(":")[2].lstrip()) for line in lines} == {len("blocklist: ")}


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


# Our own blocklist, and zones beside Spamhaus's


@pytest.fixture
def own(config: Path, tmp_path: Path) -> Path:
    """A configuration with both; 11.0.7.78 is in the file."""
    listed = row(ip_network("11.0.7.78/32"), None, 2, repeated=False)
    (tmp_path / "milter.bl").write_bytes(content([listed], datetime.now(UTC)))
    more = f"""
[blocklist.files]
milter = "{tmp_path}/milter.bl"
[zones.office]
domain = "{OFFICE}"
asks = ["address", "mail_from"]
action = "tempfail"
reject_codes = [3]
"""
    config.write_text(config.read_text(encoding="utf-8") + more, encoding="utf-8")
    return config


def test_a_zone_of_ones_own_answers_for_the_client_and_the_sender(own: Path) -> None:
    code, said = lookup(own, "--client", "11.0.7.77", "--mail-from", "x@harbour.com")
    assert (code, said["verdict"]) == (1, "reject")
    assert said["listings"] == [{"zone": "office", "object": "11.0.7.77", "codes": ["127.0.0.2", "127.0.0.3"]}]
    _, sender = lookup(own, "--client", "11.0.200.1", "--mail-from", "x@pills-r-us.com")
    assert {one["zone"] for one in sender["listings"]} == {"dbl", "office"}


def test_our_own_blocklist_is_told_as_a_zone(own: Path) -> None:
    code, said = lookup(own, "--client", "11.0.7.78")
    assert (code, said["verdict"]) == (1, "tempfail")
    assert said["reply"] == "450 4.7.1 Service unavailable; client [11.0.7.78] sent spam to this server"
    assert said["listings"] == [{"zone": "blocklist", "object": "11.0.7.78", "codes": ["127.0.0.2"]}]
    assert "blocklist: 11.0.7.78: listed, 127.0.0.2" in run("lookup", "--client", "11.0.7.78", config=own).stdout
    assert "blocklist: 11.0.7.79: not listed" in run("lookup", "--client", "11.0.7.79", config=own).stdout


def test_a_blocklist_that_can_not_be_used_is_an_error_that_is_told(own: Path, tmp_path: Path) -> None:
    (tmp_path / "milter.bl").write_bytes(b"TRAPLBL1")
    code, said = lookup(own, "--client", "11.0.7.78")
    assert (code, said["verdict"]) == (0, "accept")
    assert "cut off" in said["errors"][0]
    words = run("lookup", "--client", "11.0.7.78", config=own)
    assert "blocklist: 11.0.7.78: no answer" in words.stdout
    assert words.stderr == ""
