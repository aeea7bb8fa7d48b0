"""Long work shows a bar on a terminal, plain lines elsewhere, and nothing beside JSON."""

import json
import re
from pathlib import Path

import pytest

from tests.reporter.caught import MESSAGE, Place, campaign
from tests.servers.terminal import run_in_terminal
from tests.servers.trapline_process import run
from trapline.reporter.progress import Lines

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
NUMBER = 5


@pytest.fixture
def config(tmp_path: Path) -> Path:
    place = Place(tmp_path)
    for number in range(NUMBER):
        place.catch(campaign(number))
        (tmp_path / "saved").mkdir(exist_ok=True)
        (tmp_path / "saved" / f"{number}.eml").write_bytes(MESSAGE)
    path = tmp_path / "trapline.toml"
    path.write_text(
        f'[spool]\ndirectory = "{place.folder}/spool"\n[store]\nurl = "{place.url}"\n'
        f'[traps]\nfiles = ["{place.folder}/traps"]\nfallback = "{place.folder}/fallback"\n'
    )
    path.chmod(0o600)
    return path


def test_the_reporter_has_a_bar_and_what_it_says_stands_above_it(config: Path) -> None:
    shown = run_in_terminal("reporter", "--once", config=config)
    assert "━" in shown
    assert f"{NUMBER}/{NUMBER}" in shown
    plain = ESCAPES.sub("", shown).replace("\r", "\n").rstrip()
    assert f"\nmessages: {NUMBER} taken in, 0 failed\n" in plain, plain
    assert shown.endswith("\x1b[2K"), "the bar's line is erased at the end"


def test_extract_has_a_bar_and_breaks_no_line(config: Path, tmp_path: Path) -> None:
    url = "http://landing-pills.com/" + "x" * 200
    (tmp_path / "saved" / "long.eml").write_bytes(MESSAGE.replace(b"http://landing-pills.com/now", url.encode()))
    shown = run_in_terminal("extract", str(tmp_path / "saved"), config=config)
    assert f"/{NUMBER + 1}" in shown
    assert url in shown
    assert "0:00:00/" not in ESCAPES.sub("", shown), "each message's lines begin a line of the terminal"


def test_retry_has_a_bar(config: Path, tmp_path: Path) -> None:
    for number in range(NUMBER):
        Place(tmp_path).spool.deliver([b"no envelope\n"], f"00aa11b{number}")
    run("reporter", "--once", config=config)
    assert f"{NUMBER}/{NUMBER}" in run_in_terminal("retry", "--all", config=config)


def test_beside_json_there_is_no_bar(config: Path, tmp_path: Path) -> None:
    shown = run_in_terminal("extract", "--json", str(tmp_path / "saved"), config=config)
    assert "\x1b" not in shown
    assert [json.loads(line)["error"] for line in shown.splitlines()] == [None] * NUMBER
    assert json.loads(run_in_terminal("retry", "--json", "--all", config=config)) == []


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"TERM": ""}])
def test_a_terminal_that_cannot_move_its_cursor_has_none(config: Path, environ: dict[str, str]) -> None:
    assert "\x1b" not in run_in_terminal("reporter", "--once", config=config, environ=environ)


def test_where_there_is_no_terminal_nothing_is_drawn(config: Path) -> None:
    done = run("reporter", "--once", config=config, environ={"TERM": "xterm"})
    assert "\x1b" not in done.output
    assert "━" not in done.output


def test_work_that_lasts_has_a_plain_line_every_ten_seconds() -> None:
    clock, said = [0.0], list[str]()
    lines = Lines(said.append, lambda: clock[0])
    for number in range(1, 101):
        lines("messages", number, 100)
        clock[0] += 0.5
    assert said == ["messages: 21 of 100", "messages: 41 of 100", "messages: 61 of 100", "messages: 81 of 100"]


def test_work_that_is_done_soon_has_none_nor_has_what_follows_it() -> None:
    clock, said = [0.0], list[str]()
    lines = Lines(said.append, lambda: clock[0])
    for what in ("messages", "submissions", "messages"):
        lines(what, 1, 2)
        clock[0] += 9.0
        lines(what, 2, 2)
        clock[0] += 100.0
    assert said == []
