"""`trapline submissions` lists what was submitted, `trapline show` tells of it: what Spamhaus made of it, too."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.reporter.caught import CLIENT, MESSAGE, NOON, TRAP, Place
from tests.reporter.storage.test_plans import asked
from tests.servers.portal import Portal
from tests.servers.rbldnsd import Rbldnsd
from tests.servers.trapline_process import Run, run
from trapline.reporter.storage import pages
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import submitted

DOMAIN = "landing-pills.com"
URL = "http://landing-pills.com/now"


@dataclass(slots=True)
class Desk:
    """A reporter that has worked, and the command at its store."""

    place: Place
    portal: Portal
    message: str

    def __call__(self, *arguments: str) -> Run:
        config = self.place.folder / "trapline.toml"
        config.write_text(f'[store]\nurl = "{self.place.url}"\n', encoding="utf-8")
        return run(*arguments, config=config)

    def values(self, *arguments: str) -> list[Any]:
        done = self("submissions", "--json", *arguments)
        assert done.code == 0, done.output
        return [one["value"] for one in json.loads(done.stdout)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One message: its address is listed, its domain checked, its URL pending; its sample is refused."""
    with Portal() as portal, Rbldnsd() as dns:
        place = Place(tmp_path_factory.mktemp("desk"), portal.url, options={"dqs": {"nameservers": [dns.nameserver]}})
        message = place.catch(MESSAGE)
        place.once(dqs_key=dns.key)
        dns.add("dbl", DOMAIN, "127.0.1.2")
        portal.review(CLIENT, ["SBL", "XBL"], NOON + timedelta(hours=1))
        portal.review(DOMAIN, [], NOON + timedelta(hours=2))
        place.clock.move(hours=4)
        assert place.once(dqs_key=dns.key) == 0
        yield Desk(place, portal, message.id)


def test_a_run_says_what_is_newly_listed(desk: Desk) -> None:
    assert f"listed ip {CLIENT}: in SBL, XBL" in desk.place.said
    assert any(line.startswith("review: 1 listed, 1 checked and not listed, 2 pending") for line in desk.place.said)


def test_all_are_listed_newest_first_the_sample_by_its_message_alone(desk: Desk) -> None:
    assert sorted(map(str, desk.values())) == sorted([CLIENT, DOMAIN, URL, "None"])
    ids = [one["id"] for one in json.loads(desk("submissions", "--json").stdout)]
    assert ids == sorted(ids, reverse=True)
    assert "Buy them" not in desk("submissions", "--json").output


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        (["--type", "domain"], [DOMAIN]),
        (["--type", "email"], [None]),
        (["--review", "listed"], [CLIENT]),
        (["--review", "checked"], [DOMAIN]),
        (["--review", "pending", "--type", "url"], [URL]),
        (["--listed", "--type", "domain"], [DOMAIN]),
        (["--listed", "--type", "ip"], [CLIENT]),
        (["--listed", "--type", "url"], []),
        (["--state", "accepted", "--type", "ip"], [CLIENT]),
        (["--state", "refused"], []),
        (["--value", "0.0.6"], [CLIENT]),
        (["--value", "%"], []),
        (["--message", "another"], []),
        (["--days", "36500", "--type", "ip"], [CLIENT]),
    ],
)
def test_each_option_leaves_only_what_it_asks_for(desk: Desk, arguments: list[str], values: list[str]) -> None:
    assert desk.values(*arguments) == values


def test_of_a_long_list_a_page_is_read_at_once_and_nothing_is_held_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)
    with closing(Store.open(desk.place.url)) as store:
        with store.reading() as db:
            numbers = submitted.matching(db, submitted.Filter(), 100)
        with asked() as statements:
            found = submitted.submitted(store, numbers)
            first = next(found)
            assert sum(statement.startswith("SELECT") for statement, _ in statements) == 1
            with store.writing() as db:  # whoever reads on in an hour keeps nobody from writing
                db.execute(sa.text("UPDATE submissions SET attempts = attempts"))
            assert [first.id, *(one.id for one in found)] == list(numbers)
            assert sum(statement.startswith("SELECT") for statement, _ in statements) == 2
    assert len(numbers) == 4


def test_json_tells_of_the_review(desk: Desk) -> None:
    (one,) = json.loads(desk("submissions", "--json", "--type", "ip").stdout)
    assert (one["state"], one["message_id"], one["portal_id"]) == ("accepted", desk.message, "ip-000001")
    (asked_for,) = desk.portal.accepted("ip")
    assert (one["threat_type"], one["attempts"]) == (asked_for.threat_type, 1)
    assert one["review"] == {
        "state": "listed",
        "datasets": ["SBL", "XBL"],
        "listed_since": "2026-11-21T13:00:00+00:00",
        "checked_at": "2026-11-21T13:00:00+00:00",
        "seen_at": "2026-11-21T16:00:00+00:00",
    }


def test_json_tells_of_our_own_lookups(desk: Desk) -> None:
    (one,) = json.loads(desk("submissions", "--json", "--type", "domain").stdout)
    assert one["looked_up"] == {
        "at_hit": False,
        "clear_at": "2026-11-21T12:00:00+00:00",
        "listed_at": "2026-11-21T16:00:00+00:00",
        "codes": ["dbl 127.0.1.2"],
        "due_at": None,
    }
    words = " ".join(desk("submissions", "--type", "domain").stdout.split())
    assert "checked, not listed; listed by 2026-11-21 16:00: dbl 127.0.1.2" in words


def test_the_table_tells_the_same_in_words(desk: Desk) -> None:
    words = " ".join(desk("submissions", "--review", "listed").stdout.replace("│", " ").split())
    assert CLIENT in words
    assert words.endswith("1 submission")
    done = desk("submissions", "--limit", "2")
    assert "2 submissions; there are more: raise --limit" in done.stdout
    assert TRAP not in done.output


def test_show_tells_of_it_too(desk: Desk) -> None:
    found = json.loads(desk("show", desk.message, "--json").stdout)
    states = {one["value"]: (one["review"] or {}).get("state") for one in found["decisions"]}
    assert (states[CLIENT], states[DOMAIN], states[URL]) == ("listed", "checked", "pending")
    words = " ".join(desk("show", desk.message).stdout.replace("│", " ").split())
    assert "SBL, XBL" in words
    assert "16:00: dbl 127.0.1.2" in words


def test_no_store_is_made_where_there_is_none(tmp_path: Path) -> None:
    config = tmp_path / "trapline.toml"
    config.write_text(f'[store]\nurl = "sqlite:///{tmp_path}/trapline.db"\n', encoding="utf-8")
    done = run("submissions", config=config)
    assert (done.code, done.stdout) == (0, "0 submissions\n")
    assert not (tmp_path / "trapline.db").exists()


def test_a_narrow_terminal_cuts_nothing_off(tmp_path: Path, portal: Portal) -> None:
    place = Place(tmp_path, portal.url)
    place.fall_back()  # whose messages have long names
    place.once(None)
    config = tmp_path / "trapline.toml"
    config.write_text(f'[store]\nurl = "{place.url}"\n', encoding="utf-8")
    (one,) = json.loads(run("submissions", "--type", "url", "--json", config=config).stdout)
    shown = run("submissions", "--type", "url", config=config, environ={"COLUMNS": "80"}).stdout
    heading, _line, *row, _count = shown.splitlines()
    for column, text in (("what ", one["value"]), ("message", one["message_id"])):
        start = heading.index(column)
        assert "".join(line[start:].split("  ")[0].strip() for line in row) == text, shown
