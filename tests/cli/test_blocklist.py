"""`trapline blocklist`: who is listed, why, and what a person does about it."""

import getpass
import json
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from tests.reporter.caught import CLIENT, LABEL, TRAP, Place, RealClock
from tests.reporter.storage.test_plans import asked
from tests.servers.portal import Portal
from tests.servers.trapline_process import Run, run
from trapline.cli.main import app
from trapline.config.errors import TraplineError
from trapline.reporter.listing import overview
from trapline.reporter.storage import pages
from trapline.reporter.storage.store import Store

WHO = getpass.getuser()


def in_process(*arguments: str, config: Path, environ: Mapping[str, str] | None = None) -> Run:
    """The command as main.run() has it, without a second for each of its processes."""
    done = CliRunner().invoke(app, ["--config", str(config), *arguments], env=environ)
    if isinstance(done.exception, TraplineError):
        return Run(done.exception.exit_code, done.stdout, f"{done.stderr}trapline: {done.exception}\n")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Run(done.exit_code, done.stdout, done.stderr)


class Desk:
    """A reporter's place, and the command at its store."""

    def __init__(self, folder: Path, api: str) -> None:
        self.place = Place(folder, api, clock=RealClock(), options={"blocklist": {"new_per_network": 1}})

        self.milter = ""  #: further lines of the configuration

    def __call__(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Run:
        config = self.place.folder / "trapline.toml"
        config.write_text(
            f'[store]\nurl = "{self.place.url}"\n[ours]\nnetworks = ["11.0.9.0/24"]\n'
            f'[spool]\ndirectory = "{self.place.folder}/spool"\n{self.milter}',
            encoding="utf-8",
        )
        done = in_process(*arguments, config=config, environ=environ)
        assert TRAP not in done.output
        return done

    def entries(self, *arguments: str) -> list[Any]:
        done = self("blocklist", "list", "--json", *arguments)
        assert done.code == 0, done.output
        found: list[Any] = json.loads(done.stdout)
        return found

    def networks(self, *arguments: str) -> list[str]:
        return [one["network"] for one in self.entries(*arguments)]

    def told(self, *arguments: str) -> str:
        """What it says, in one line."""
        done = self("blocklist", *arguments)
        assert done.code == 0, done.output
        return " ".join(done.output.split())

    def why(self, address: str) -> tuple[int, str]:
        done = self("blocklist", "why", address)
        return done.code, " ".join(done.output.split())


@pytest.fixture
def desk(tmp_path: Path, portal: Portal) -> Desk:
    return Desk(tmp_path, portal.url)


def test_after_hits_one_is_listed_one_is_held_and_one_is_spared(desk: Desk) -> None:
    """And each command tells so."""
    first = desk.place.catch()
    desk.place.catch(client="11.0.0.67")
    spared = desk.place.catch(client="11.0.7.7", mail_from="", message=b"Content-Type: multipart/report\n\nx\n")
    desk.place.once(None)

    (one,) = desk.entries()
    assert (one["network"], one["state"], one["hits"], one["labels"]) == (f"{CLIENT}/32", "listed", 1, [LABEL])
    assert (one["repeated"], one["last_label"], one["reason"]) == (False, LABEL, "a message to a trap")
    assert datetime.fromisoformat(one["expires"]) - datetime.fromisoformat(one["last_hit"]) == timedelta(days=1)
    assert desk.networks("--held") == ["11.0.0.67/32"]
    assert desk.networks("--expired") == []
    table = desk.told("list", "--state", "all")
    assert f"{CLIENT} listed 1" in table
    assert "11.0.0.67 held 1" in table
    assert table.endswith("2 entries")
    assert desk.told("list", "--state", "all", "--limit", "1").endswith("1 entry; there are more: raise --limit")

    code, told = desk.why(CLIENT)
    assert code == 0
    assert f"{CLIENT} is listed, until" in told
    assert "answers 450 (first listing)" in told
    for lines, answer in {
        '[dqs]\nmode = "shadow"\n': 'only logs it, since mode = "shadow" (first listing)',
        '[milter.blocklist]\nfirst = "reject"\n': "answers 550 (first listing)",
        '[milter.blocklist]\nfirst = "log"\n': "only logs it (first listing)",
    }.items():
        desk.milter = lines
        assert f"The milter {answer}." in desk.why(CLIENT)[1]
    desk.milter = ""
    assert "milter: answers 450" in desk.told("show", CLIENT)
    code, told = desk.why("11.0.0.67")
    assert code == 1
    assert "11.0.0.67 is held: waits for your decision" in told
    assert "blocklist.new_per_network" in told
    code, told = desk.why("11.0.7.7")
    assert (code, "spared by backscatter: " in told) == (1, True), told
    assert desk.why("11.0.8.8") == (1, "11.0.8.8 is not listed: it hit no trap")
    assert desk.why("11.0.9.9")[1].startswith("11.0.9.9 is not listed: 11.0.9.9/32 has addresses of our own")

    shown = desk.told("show", CLIENT)
    assert "hits: 1, from" in shown
    assert f"listed trapline a message to a trap ({LABEL})" in shown
    assert first.id in shown
    assert desk("blocklist", "show", "11.0.8.8").code == 1

    listing = json.loads(desk("show", spared.id, "--json").stdout)["listing"]
    assert (listing["outcome"], listing["rule"]) == ("spared", "backscatter")
    assert "blocklist: listed: a message to a trap" in desk("show", first.id).stdout
    assert "The local blocklist: 1 listed, 1 held (see trapline blocklist list --held)." in desk("status").stdout
    assert json.loads(desk("status", "--json").stdout)["blocklist"] == {"listed": 1, "held": 1}


def test_what_a_person_adds_is_listed_with_his_name_until_he_removes_it(desk: Desk) -> None:
    assert desk.told("add", "11.0.1.0/24", "--reason", "a customer's complaint") == (
        "11.0.1.0/24 is listed until it is removed."
    )
    (one,) = desk.entries()
    assert (one["network"], one["expires"], one["repeated"], one["hits"]) == ("11.0.1.0/24", None, True, 0)
    assert one["reason"] == f"added by {WHO}: a customer's complaint"
    code, told = desk.why("11.0.1.7")
    assert code == 0
    assert "11.0.1.7 is listed, by the entry of 11.0.1.0/24, until it is removed: added by" in told
    assert "550" in told
    assert json.loads(desk("blocklist", "why", "11.0.1.7", "--json").stdout)["by"]["network"] == "11.0.1.0/24"

    part = desk("blocklist", "remove", "11.0.1.7")
    assert part.code == 1
    assert (
        "But it is part of 11.0.1.0/24, which is listed. To take that off: trapline blocklist remove 11.0.1.0/24"
        in part.stderr
    )
    assert "is not listed, and is kept off until" in desk.told("remove", "11.0.1.0/24")
    assert desk.networks() == []
    assert sorted(desk.networks("--state", "off")) == ["11.0.1.0/24", "11.0.1.7/32"]
    changes = json.loads(desk("blocklist", "show", "11.0.1.0/24", "--json").stdout)["changes"]
    assert [(one["what"], one["who"], one["why"]) for one in changes] == [
        ("removed", WHO, ""),
        ("added", WHO, "a customer's complaint"),
    ]


def test_who_used_sudo_is_named_with_whom_he_became(desk: Desk) -> None:
    desk("blocklist", "add", "11.0.0.1", environ={"SUDO_USER": "anna"})
    assert desk.entries()[0]["reason"] == f"added by anna (as {WHO})"


def test_what_is_removed_is_kept_off_for_a_time_whatever_it_does(desk: Desk) -> None:
    desk.place.catch()
    desk.place.once(None)
    week = datetime.now(UTC) + timedelta(days=7)
    assert f"kept off until {week:%Y-%m-%d}" in desk.told("remove", CLIENT)
    desk.place.catch()
    desk.place.once(None)
    assert desk.networks() == []
    code, told = desk.why(CLIENT)
    assert code == 1
    assert f"is kept off until {week:%Y-%m-%d}" in told
    assert "kept off: 11.0.0.66/32 was removed by hand" in told
    hour = datetime.now(UTC) + timedelta(hours=1)
    assert f"until {hour:%Y-%m-%d %H}" in desk.told("remove", CLIENT, "--for", "1h")


def test_what_is_held_goes_into_service_when_it_is_added(desk: Desk) -> None:
    desk.place.catch()
    desk.place.once(None)
    assert desk.told("hold", CLIENT, "--reason", "asking them") == f"{CLIENT} is held until it is added or removed."
    assert (desk.networks(), desk.networks("--held")) == ([], [f"{CLIENT}/32"])
    desk.place.catch()
    desk.place.once(None)
    assert desk.entries("--held")[0]["hits"] == 2
    desk.told("add", CLIENT)
    (one,) = desk.entries()
    assert (one["hits"], one["repeated"]) == (2, True)
    assert one["expires"] is not None, "it goes on as its hits say"


def test_what_the_limits_held_goes_into_service_at_once_and_what_a_person_holds_stays(desk: Desk) -> None:
    for number in range(1, 5):
        desk.place.catch(client=f"11.0.1.{number}")
    desk.place.once(None)
    desk.told("hold", "11.0.1.4")
    assert (
        desk.told("add", "0.0.0.0/0", "--held") == "2 entries are listed, of those that the limits held in 0.0.0.0/0."
    )
    assert sorted(desk.networks()) == [f"11.0.1.{number}/32" for number in (1, 2, 3)]
    assert {one["expires"] is None for one in desk.entries()} == {False}
    assert desk.networks("--held") == ["11.0.1.4/32"]


def test_holding_a_network_takes_the_addresses_in_it_out_of_service(desk: Desk) -> None:
    desk.place.catch(client="11.0.1.1")
    desk.place.once(None)
    desk.told("hold", "11.0.1.0/24", "--reason", "asking them")
    assert desk.networks() == []
    assert sorted(desk.networks("--held")) == ["11.0.1.0/24", "11.0.1.1/32"]


def test_removing_a_network_removes_the_addresses_in_it(desk: Desk) -> None:
    for address in ("11.0.1.1", "11.0.1.255", "11.0.2.1", "2a00:1::5"):
        desk.told("add", address)
    desk.told("remove", "11.0.1.0/24")
    assert sorted(desk.networks()) == ["11.0.2.1/32", "2a00:1::/64"]
    assert desk.networks("--within", "11.0.0.0/16") == ["11.0.2.1/32"]


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("add", "192.168.1.1"), 1, "192.168.1.1/32 is not public"),
        (("add", "11.0.9.0/25"), 1, "addresses of our own (ours.networks"),
        (("add", "12.0.0.0/15"), 1, "use --force"),
        (("add", "nonsense"), 2, "Expected an address, or a network such as"),
        (("add", "11.0.0.1", "--for", "soon"), 2, "30m"),
        (("show", "nonsense"), 2, "Expected an address"),
        (("list", "--held", "--expired"), 2, "expected one of --state, --held and --expired"),
        (("list", "--state", "off", "--held"), 2, "expected one of --state, --held and --expired"),
    ],
)
def test_what_is_refused_is_said_with_why(desk: Desk, arguments: tuple[str, ...], code: int, why: str) -> None:
    done = desk("blocklist", *arguments)
    assert done.code == code
    assert why in " ".join(done.stderr.replace("│", " ").split())
    assert not (desk.place.folder / "trapline.db").exists()


def test_the_whole_list_is_printed_in_the_order_of_the_addresses(desk: Desk) -> None:
    assert desk("blocklist", "export").stdout == ""
    assert json.loads(desk("blocklist", "export", "--json").stdout) == []
    for address in ("2a00:1::5", "11.0.0.10", "11.0.0.9", "11.1.0.0/24"):
        desk.told("add", address)
    assert desk("blocklist", "export").stdout.split() == ["11.0.0.9", "11.0.0.10", "11.1.0.0/24", "2a00:1::/64"]
    found = json.loads(desk("blocklist", "export", "--format", "json").stdout)
    assert [one["network"] for one in found] == ["11.0.0.9/32", "11.0.0.10/32", "11.1.0.0/24", "2a00:1::/64"]


def test_who_only_looks_makes_no_store(desk: Desk) -> None:
    assert desk.told("list") == "0 listed"
    assert desk.why(CLIENT) == (1, f"{CLIENT} is not listed: it hit no trap")
    assert not (desk.place.folder / "trapline.db").exists()


def test_a_store_that_cannot_be_read_is_told_as_elsewhere(tmp_path: Path) -> None:
    config = tmp_path / "trapline.toml"
    config.write_text(f'[store]\nurl = "sqlite:///{tmp_path}/none/x.db"\n', encoding="utf-8")
    done = run("blocklist", "list", config=config)
    assert done.code == 78
    assert f"store.url: the folder {tmp_path}/none does not exist" in done.stderr


def test_a_long_list_is_the_same_page_by_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        assert desk("blocklist", "add", f"11.0.{20 + number}.1", "--reason", "mine").code == 0
    listed = [desk("blocklist", "list", *arguments).stdout for arguments in ((), ("--json",), ("--limit", "3"))]
    monkeypatch.setattr(pages, "PAGE", 2)
    assert [desk("blocklist", "list", *more).stdout for more in ((), ("--json",), ("--limit", "3"))] == listed
    assert desk("blocklist", "list", "--label", "none", "--json").stdout == "[]\n"
    with closing(Store.open(desk.place.url)) as store:
        with store.reading() as db:
            keys = overview.matching(db, overview.Wanted(), 100)
        with asked() as statements:
            found = overview.entries(store, keys)
            first = next(found)
            assert sum(statement.startswith("SELECT") for statement, _ in statements) == 1
            assert len([first, *found]) == len(keys) == 5
            assert sum(statement.startswith("SELECT") for statement, _ in statements) == 3


def test_whoever_reads_the_whole_list_slowly_holds_nothing_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        assert desk("blocklist", "add", f"11.0.{20 + number}.1").code == 0
    monkeypatch.setattr(pages, "PAGE", 2)
    with closing(Store.open(desk.place.url)) as store, asked() as statements:
        found = overview.listed(store)
        first = next(found)
        with store.writing() as db:  # the reader rests meanwhile
            db.execute(sa.text("UPDATE blocklist SET hits = 7"))
        read = [first, *found]
        assert [str(entry.network) for entry in read] == [f"11.0.{20 + number}.1/32" for number in range(5)]
        assert [entry.hits for entry in read] == [0, 0, 7, 7, 7]
        assert sum(statement.startswith("SELECT") for statement, _ in statements) == 3
