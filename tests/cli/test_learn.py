"""`trapline learn`, as it is typed, with the reporter as it runs and the real spamd."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.reporter.caught import CLIENT, LABEL, TRAP, Place, RealClock
from tests.reporter.learning.school import advertising
from tests.servers.spamd import Spamd
from tests.servers.terminal import run_in_terminal
from tests.servers.trapline_process import run
from trapline.spool.envelope import Client

LOCAL = TRAP.partition("@")[0]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, clock=RealClock())


@pytest.fixture
def config(place: Place, spamd: Spamd) -> Path:
    path = place.folder / "trapline.toml"
    path.write_text(
        "[large_senders]\nenabled = false\n[blocklist]\nenabled = false\n"
        f'[spool]\ndirectory = "{place.folder}/spool"\n[store]\nurl = "{place.url}"\n'
        f'[traps]\nfiles = ["{place.folder}/traps"]\nfallback = "{place.folder}/fallback"\n'
        f'[filters.spamd]\naddress = "{spamd.address}"\n[learning]\nfilter = "spamd"\n'
    )
    path.chmod(0o600)
    return path


def answered(config: Path, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    done = run("learn", *arguments, "--json", config=config)
    assert done.code == code, done.output
    assert LOCAL not in done.output
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def reporter(config: Path) -> None:
    assert run("reporter", "--once", config=config).code == 0


def test_a_message_waits_is_shown_learned_at_a_yes_and_forgotten_at_an_undo(
    place: Place, config: Path, spamd: Spamd
) -> None:
    before = spamd.learned()
    caught = place.catch(advertising(41))
    reporter(config)
    assert spamd.learned() == before
    (one,) = answered(config, "review")
    assert one["id"] == caught.id
    assert (one["sender"], one["client"], one["traps"]) == ("news@pills-shop.com", CLIENT, [LABEL])
    assert one["text"].startswith("Dear , look at alder")
    assert answered(config, "yes", caught.id)[0]["done"]
    reporter(config)
    assert spamd.learned()["spam"] == before["spam"] + 1
    assert [line["state"] for line in answered(config, "list")] == ["learned"]
    done = run("learn", "undo", caught.id, config=config)
    assert done.stdout == f"{caught.id}: spamd forgets it\nThe reporter does it in its next rounds.\n"
    reporter(config)
    assert spamd.learned() == before
    assert [line["state"] for line in answered(config, "list")] == ["forgotten"]


def test_without_a_terminal_the_messages_are_listed_with_enough_to_judge_them(place: Place, config: Path) -> None:
    caught = place.catch(advertising(42).replace(b"Subject: Offer", b"Subject: \x1b[31mOffer hidden.canary7"))
    reporter(config)
    done = run("learn", "review", config=config)
    assert (done.code, LOCAL in done.output, "\x1b" in done.output) == (0, False, False)
    for line in (
        f"id:        {caught.id}",
        "from:      news@pills-shop.com",
        f"client:    {CLIENT}",
        f"traps:     {LABEL}",
    ):
        assert line in done.stdout.splitlines()
    assert re.search(r"^subject:   \?\[31mOffer ", done.stdout, re.MULTILINE)
    assert done.stdout.endswith("1 waits for an answer: trapline learn yes ID…, or trapline learn no ID…\n")


def test_that_more_wait_than_are_listed_is_said(place: Place, config: Path) -> None:
    for number in (42, 43):
        place.catch(advertising(number))
    reporter(config)
    few, enough = (run("learn", "review", "--limit", limit, config=config).stdout for limit in ("1", "2"))
    assert (few.count("id:  "), few.endswith("; there are more: raise --limit\n")) == (
        1,
        True,
    )
    assert "there are more" not in enough


def test_at_a_terminal_it_asks_message_by_message(place: Place, config: Path) -> None:
    caught = [place.catch(advertising(number)) for number in (43, 44, 45)]
    reporter(config)
    shown = run_in_terminal("learn", "review", config=config, typed="y\nwhat\nn\ns\n")
    assert LOCAL not in shown
    assert "y: yes, learn it, n: no, s: skip for now, q: quit" in " ".join(shown.split())
    assert {one["id"]: one["state"] for one in answered(config, "list")} == {
        caught[0].id: "due",
        caught[1].id: "declined",
        caught[2].id: "waiting",
    }
    assert run("learn", "list", "--limit", "1", config=config).stdout.endswith(
        "\n1 message; there are more: raise --limit\n"
    )


def test_all_of_a_sender_is_undone_when_asked_and_learned_as_ham(place: Place, config: Path, spamd: Spamd) -> None:
    config.write_text(config.read_text() + 'mode = "auto"\n')
    before = spamd.learned()
    first, second = place.catch(advertising(46)), place.catch(advertising(47))
    other = place.catch(advertising(48, "deals@others.com"))
    reporter(config)
    assert {one["message_id"] for one in answered(config, "undo", first.id, "--as-ham", "--sender")} == {
        first.id,
        second.id,
    }
    reporter(config)
    assert spamd.learned() == {"spam": before["spam"] + 1, "ham": before["ham"] + 2}
    run("learn", "undo", first.id, second.id, other.id, config=config)
    reporter(config)
    assert spamd.learned() == before


def test_what_was_left_is_listed_with_its_reason_when_asked(place: Place, config: Path) -> None:
    place.catch(advertising(49), client=Client())
    reporter(config)
    assert answered(config, "list") == []
    (one,) = answered(config, "list", "--state", "left")
    assert "learning:  left alone: its client is spared" in run("show", one["id"], config=config).stdout
    assert one["why"] == "its client is spared: its client is not known"
    assert "its client is not known" in " ".join(run("learn", "list", "--state", "left", config=config).stdout.split())


def test_status_says_what_waits(place: Place, config: Path) -> None:
    place.catch(advertising(50))
    reporter(config)
    lines = run("status", config=config).stdout.splitlines()
    assert (
        "The spam filter has learned 0 messages, 0 are to be learned; 0 of 50 a day were used in the last 24 hours."
        in lines
    )
    assert "1 waits for an answer: trapline learn review" in lines
    assert json.loads(run("status", "--json", config=config).stdout)["learning"]["waiting"] == 1


@pytest.mark.parametrize("words", [("yes", "nothing"), ("no", "nothing"), ("undo", "nothing")])
def test_an_unknown_id_ends_with_1(place: Place, config: Path, words: tuple[str, str]) -> None:
    assert run("learn", *words, config=config).code == 1, "there is no store yet"
    reporter(config)
    done = run("learn", *words, config=config)
    assert (done.code, done.stdout) == (1, "nothing: no message with this ID was considered\n")


def test_where_no_filter_is_taught_that_is_the_answer(place: Place, config: Path) -> None:
    config.write_text(config.read_text().replace('filter = "spamd"', 'filter = "off"'))
    caught = place.catch(advertising(60))
    reporter(config)
    off = 'no filter is taught (learning.filter = "off")'
    assert run("learn", "review", config=config).stdout == f"nothing waits: {off}\n"
    assert run("learn", "list", config=config).stdout == f"0 messages: {off}\n"
    done = run("learn", "yes", caught.id, config=config)
    assert (done.code, done.stdout) == (1, f"{caught.id}: no message with this ID was considered: {off}\n")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("", "nothing waits for an answer"),
        ('mode = "auto"\n', 'nothing waits: the filter learns without asking (learning.mode = "auto")'),
    ],
)
def test_where_nothing_waits_it_says_why(config: Path, setting: str, words: str) -> None:
    config.write_text(config.read_text() + setting)
    assert run("learn", "review", config=config).stdout == f"{words}\n"
    assert answered(config, "list") == []
