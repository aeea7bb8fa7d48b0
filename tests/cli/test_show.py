"""`trapline show ID`: what was seen, what was decided and why, and what came of it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.reporter.caught import CLIENT, MESSAGE, TOKEN, TRAP, Place, trap
from tests.servers.portal import Portal
from tests.servers.trapline_process import Run, run
from trapline.dnsbl.findings import Listed
from trapline.spool import block
from trapline.spool.envelope import Recipient

PERSON = "anna@trap-mx.com"
LINK = "http://landing-pills.com/now"
PROOF = b"Authentication-Results: mx.trap-mx.com; spf=pass smtp.mailfrom=pills-shop.com; dkim=fail header.d=x.com\n"


@dataclass(slots=True)
class Desk:
    """Messages that were taken in: the first went to a person too, the second repeats it, the third was in Junk."""

    place: Place
    first: str
    second: str
    junk: str

    def show(self, *arguments: str, columns: int = 250) -> Run:
        config = self.place.folder / "trapline.toml"
        config.write_text(
            f'[store]\nurl = "{self.place.url}"\n[spool]\ndirectory = "{self.place.folder}/spool"\n', encoding="utf-8"
        )
        done = run("show", *arguments, config=config, environ={"COLUMNS": str(columns)})
        assert done.code == 0, done.output
        assert TRAP not in done.output
        assert PERSON not in done.output
        return done

    def lines(self, message: str) -> list[str]:
        """Its lines, their columns a blank apart."""
        return [" ".join(line.split()) for line in self.show(message).stdout.splitlines()]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with Portal(TOKEN) as portal:
        place = Place(tmp_path_factory.mktemp("desk"), portal.url)
        place.options["reporter"] = {"authserv_ids": ["mx.trap-mx.com"]}
        listings = (Listed("zen", CLIENT, ("127.0.0.2", "127.0.0.9")),)
        people = (trap(), Recipient(address=PERSON))
        first = place.catch(PROOF + MESSAGE, listings=listings, unanswered=("dbl",), recipients=people)
        place.once()
        second = place.catch(MESSAGE)
        place.once()
        anna = {"mailbox": "anna", "role": "junk", "filter_marks": (("x-rspamd-score", "15.2"),)}
        owner = (Recipient(address=PERSON, label="Anna's"),)
        junk = place.catch(MESSAGE, source="mailbox", queue_id=None, recipients=owner, **anna)
        place.once()
        yield Desk(place, first.id, second.id, junk.id)


@pytest.mark.parametrize(
    "line",
    [
        f"client: {CLIENT} (no verified name)",
        "people: got it too: mixed evidence",
        f"listed: {CLIENT} in zen (127.0.0.2, 127.0.0.9); no answer from dbl",
        "proven: SPF pass, DKIM fail",
        "subject: Cheap pills",
    ],
)
def test_it_lists_what_was_seen(desk: Desk, line: str) -> None:
    assert line in desk.lines(desk.first)


def test_it_says_where_there_was_nothing_to_see(desk: Desk) -> None:
    lines = desk.lines(desk.second)
    assert "listed: by no zone" in lines
    assert "proven: nothing: our server wrote no results" in lines
    assert not any(line.startswith("people:") for line in lines)


def test_it_lists_what_was_decided_why_and_what_came_of_it(desk: Desk) -> None:
    lines = desk.lines(desk.first)
    assert any(line.startswith(f"ip {CLIENT} client report no rule objects accepted") for line in lines)
    assert any(line.endswith(" skip mixed: people got this message too") for line in lines)


def test_nothing_is_cut_off_on_a_narrow_terminal(desk: Desk) -> None:
    shown = desk.show(desk.first, columns=80).stdout
    assert "…" not in shown
    column = shown.partition("\nIn full:")[0].splitlines()[-20:]
    assert LINK in "".join(line[9:].split(" ")[0] for line in column)


def test_a_link_that_the_table_had_to_break_stands_below_it_to_be_copied(desk: Desk) -> None:
    table, _, whole = desk.show(desk.first, columns=80).stdout.partition("In full:\n")
    assert LINK in whole.splitlines()
    assert LINK not in table
    wide = desk.show(desk.first).stdout
    assert LINK in wide
    assert "In full:" not in wide


def test_times_are_as_elsewhere_and_the_file_is_found_where_it_lies(desk: Desk) -> None:
    lines = desk.show(desk.first).stdout.splitlines()
    assert any(re.fullmatch(r"received:  \d{4}-\d\d-\d\d \d\d:\d\d UTC", line) for line in lines)
    (file,) = [line.split()[1] for line in lines if line.startswith("file:")]
    assert Path(file).is_absolute()
    assert block.parse(Path(file).read_bytes())[0].id == desk.first


def test_a_blank_line_parts_the_facts_from_the_decisions(desk: Desk) -> None:
    lines = desk.show(desk.first).stdout.splitlines()
    assert lines[next(number for number, line in enumerate(lines) if line.startswith("kind ")) - 1] == ""


def test_of_a_file_that_is_gone_the_name_is_left(desk: Desk) -> None:
    (file,) = [path for path in desk.place.spool.cur() if block.parse(path.read_bytes())[0].id == desk.second]
    gone = file.rename(file.with_name(f".{file.name}"))
    (line,) = [line for line in desk.lines(desk.second) if line.startswith("file:")]
    gone.rename(file)
    assert line.removeprefix("file: ").partition(":")[0] == file.name.partition(":")[0]


def test_a_repetition_shows_what_came_of_the_first(desk: Desk) -> None:
    (line,) = [line for line in desk.lines(desk.second) if line.startswith(f"ip {CLIENT}")]
    assert " skip submitted within 24 hours already (submission 1) accepted" in line


def test_json_has_what_the_analyst_reads_and_what_it_is_worth(desk: Desk) -> None:
    table: dict[str, Any] = json.loads(desk.show(desk.first, "--json").stdout)
    (address,) = [one for one in table["decisions"] if one["kind"] == "ip"]
    assert address["told"].startswith("Spam trap hit (pristine, mixed: sent to people too)")
    assert address["weight"] == 10
    assert table["auth"]["spf"] == "pass"


def test_no_message_of_that_id_ends_with_1(tmp_path: Path) -> None:
    config = tmp_path / "trapline.toml"
    config.write_text(f'[store]\nurl = "sqlite:///{tmp_path}/trapline.db"\n', encoding="utf-8")
    done = run("show", "nobody", config=config)
    assert (done.code, done.stderr) == (1, 'no message with the ID "nobody" has been taken in (yet)\n')


def test_what_a_mailbox_gave_says_so_with_what_its_filter_found(desk: Desk) -> None:
    lines = desk.lines(desk.junk)
    assert "mailbox: anna (junk; Anna's)" in lines
    assert "filter: x-rspamd-score: 15.2" in lines
    assert not any(line.startswith(("traps:", "people:")) for line in lines)
