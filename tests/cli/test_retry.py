"""`trapline retry`, as it is typed, with the reporter as it runs."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reporter.caught import LABEL, TRAP, Place
from tests.servers.trapline_process import run


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def config(place: Place) -> Path:
    path = place.folder / "trapline.toml"
    path.write_text(
        "[large_senders]\nenabled = false\n"
        f'[spool]\ndirectory = "{place.folder}/spool"\n[store]\nurl = "{place.url}"\n'
        f'[traps]\nfiles = ["{place.folder}/traps"]\nfallback = "{place.folder}/fallback"\n'
    )
    path.chmod(0o600)
    return path


def listed(config: Path, *arguments: str) -> list[dict[str, Any]]:
    done = run("retry", "--json", *arguments, config=config)
    assert done.code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_without_mail_that_failed_there_is_nothing_to_tell(config: Path) -> None:
    done = run("retry", config=config)
    assert (done.code, done.stdout) == (0, "no mail was put aside\n")
    assert listed(config, "--all") == []


def test_mail_that_failed_is_listed_with_its_reason_and_taken_in_once_that_is_mended(
    place: Place, config: Path
) -> None:
    (place.folder / "traps").write_text("another@trap-mx.com other\n")
    place.fall_back(name="1.V1.mx")
    assert run("reporter", "--once", config=config).code == 1
    (one,) = listed(config)
    assert (one["file"], one["retried"]) == ("1.V1.mx", False)
    assert "is its line gone from the trap file" in one["reason"]
    (place.folder / "traps").write_text(f"{TRAP} {LABEL}\n")
    done = run("retry", "1.V1.mx", config=config)
    assert (done.code, done.stdout) == (
        0,
        f"1.V1.mx: back in {place.folder}/fallback/new, where the reporter takes it up again\n",
    )
    assert run("reporter", "--once", config=config).code == 0
    assert listed(config) == []
    assert place.rows("SELECT count(*) FROM messages") == [(1,)]
    assert place.rows("SELECT count(*) FROM failed_files") == [(0,)]


def test_what_is_not_mended_fails_again_and_says_why(place: Place, config: Path) -> None:
    place.spool.deliver([b"no envelope\n"], "00aa11bb")
    place.spool.deliver([b"none either\n"], "00aa11cc")
    run("reporter", "--once", config=config)
    assert [one["retried"] for one in listed(config, "--all")] == [True, True]
    assert listed(config) == []
    assert run("reporter", "--once", config=config).code == 1
    assert all(one["reason"] for one in listed(config))
    assert len(listed(config)) == 2


def test_a_message_is_named_by_its_id_too(place: Place, config: Path) -> None:
    place.spool.deliver([b"no envelope\n"], "00aa11bb")
    place.spool.deliver([b"none either\n"], "00aa11cc")
    run("reporter", "--once", config=config)
    (one,) = listed(config, "00aa11bb")
    assert "T00aa11bb." in one["file"]
    assert len(listed(config)) == 1


@pytest.mark.parametrize("identity", ["nothing", "", "*", "../../traps", "new"])
def test_an_unknown_name_moves_nothing_and_ends_with_1(place: Place, config: Path, identity: str) -> None:
    place.spool.deliver([b"no envelope\n"], "00aa11bb")
    run("reporter", "--once", config=config)
    assert run("retry", identity, config=config).code == 1
    assert len(listed(config)) == 1


def test_an_id_and_all_of_it_is_a_wrong_use(config: Path) -> None:
    assert run("retry", "x", "--all", config=config).code == 2


def test_a_store_that_knows_nothing_of_a_file_is_no_reason_not_to_try_it_again(place: Place, config: Path) -> None:
    place.spool.deliver([b"no envelope\n"], "00aa11bb")
    place.spool.fail(next(place.spool.new()))
    assert "the store does not know why" in run("retry", config=config).stdout
    assert run("retry", "--all", config=config).code == 0
    assert len(list(place.spool.new())) == 1
