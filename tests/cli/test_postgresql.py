"""The commands read a PostgreSQL store as they read SQLite's, and make none."""

import json
from pathlib import Path

import pytest

from tests.reporter.caught import CLIENT, Place
from tests.servers.postgresql import PASSWORD, PostgreSQL
from tests.servers.trapline_process import Run, run


@pytest.fixture
def url(postgresql: PostgreSQL) -> str:
    return postgresql.new_database()


def command(place: Place, *arguments: str) -> Run:
    config = place.folder / "trapline.toml"
    config.write_text(
        f'[store]\nurl = "{place.url}"\n[spool]\ndirectory = "{place.folder}/spool"\n'
        f'[traps]\nfiles = ["{place.folder}/traps"]\nfallback = "{place.folder}/fallback"\n',
        encoding="utf-8",
    )
    config.chmod(0o600)
    return run(*arguments, config=config)


def test_a_reporter_works_with_it_and_the_commands_tell_of_it(tmp_path: Path, url: str) -> None:
    place = Place(tmp_path, database=url)
    assert "there is no store" in command(place, "status").stdout
    with pytest.raises(Exception, match="messages"):
        place.rows("SELECT * FROM messages")
    message = place.catch()
    (place.folder / "spool" / "new" / "broken").write_bytes(b"no envelope\n")
    done = command(place, "reporter", "--once")
    assert "messages: 1 taken in, 1 failed" in done.stdout
    assert json.loads(command(place, "status", "--json").stdout)["queue"]["queued"] == 4
    shown = json.loads(command(place, "show", message.id, "--json").stdout)
    assert [one["value"] for one in shown["decisions"] if one["kind"] == "ip"] == [CLIENT]
    assert shown["host"]
    assert f"host:      {shown['host']}" in command(place, "show", message.id).stdout
    listed = json.loads(command(place, "submissions", "--json", "--value", "LANDING").stdout)
    assert {one["kind"] for one in listed} == {"domain", "url"}
    (failed,) = json.loads(command(place, "retry", "--json").stdout)
    assert "envelope" in failed["reason"]


def test_a_server_that_is_away_is_told_in_plain_words(tmp_path: Path) -> None:
    place = Place(tmp_path, database=f"postgresql+psycopg://anna:{PASSWORD}@127.0.0.1:9/x")
    for arguments in (("status",), ("reporter", "--once")):
        done = command(place, *arguments)
        assert done.code == 1
        assert "trapline: the database of store.url is not available: " in done.stderr
        assert "Connection refused" in done.stderr
        assert "Traceback" not in done.stderr
        assert PASSWORD not in done.output
