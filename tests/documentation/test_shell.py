"""The pages' commands of other programs, and lines for other files, are run and read by those programs.

What installs, and so needs a machine of its own, is run in a booted Debian: tests/container.
"""

import os
import re
import shlex
import socket
import sqlite3
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import dns.exception
import psycopg
import pytest

from tests.blocklist.entries import ANSWERS, STAMP, ZONE, entry, table
from tests.documentation.snippets import ROOT, snippet
from tests.e2e.test_journal import ANNA, LISTED, STRANGER, TRAP, Service
from tests.reporter.caught import Place, RealClock, campaign
from tests.servers.dns_client import records, response
from tests.servers.journald import Journald
from tests.servers.postgresql import PASSWORD, PostgreSQL
from tests.servers.processes import ServerError, free_port, program, stop, until
from tests.servers.rbldnsd import Rbldnsd
from tests.servers.trapline_process import COMMAND, environment
from trapline.blocklist.formats import written
from trapline.blocklist.rbldnsd import rbldnsd
from trapline.traps.file import parse
from trapline.traps.matching import TrapSet


@pytest.fixture(scope="module")
def journal() -> Iterator[Journald]:
    try:
        with Journald() as running:
            yield running
    except ServerError as error:
        pytest.skip(str(error))


def test_make_has_the_targets() -> None:
    found = (
        snippet("README.md", "make demo"),
        snippet("CONTRIBUTING.md", "make venv"),
        snippet("docs/faults.md", "make faults"),
        snippet("docs/fuzzing.md", "make fuzz"),
        *(line for line in snippet("RELEASING.md", "make lock").splitlines() if line.startswith("make ")),
        snippet("RELEASING.md", ".ci/run").removeprefix(".ci/run\n"),
        snippet("RELEASING.md", "make dist").splitlines()[0],
    )
    for line in "\n".join(found).splitlines():
        subprocess.run([*shlex.split(line, comments=True), "--dry-run"], cwd=ROOT, check=True, capture_output=True)


def test_journalctl_finds_what_the_readme_looks_for(journal: Journald, tmp_path: Path) -> None:
    with Rbldnsd({"zen": {LISTED: "127.0.0.2"}}) as dns:
        service = Service(tmp_path, journal, dns)
        service.start()
        service.send(STRANGER, TRAP, queue_id="4bTRAP")
        service.send(LISTED, ANNA, queue_id="4bREFUSED")
        journal.wait_for("TRAPLINE_EVENT=refused")
        stop(service.process)
    caught, why, which = snippet("README.md", "journalctl -f TRAPLINE_EVENT=trapped").splitlines()
    assert "4bTRAP: trapped" in journal.shell(caught.replace(" -f ", " "))  # which would wait for more
    assert "4bREFUSED: refused" in journal.shell(why.replace("9.8.7.66", LISTED))
    assert journal.shell(which).split() == ["1", "web", "page,", "footer"]


def test_postgresql_takes_the_commands_for_a_shared_store(postgresql: PostgreSQL) -> None:
    """As another role and database: those of this name are there already."""
    where = {"PGHOST": "127.0.0.1", "PGPORT": str(postgresql.port), "PGUSER": "postgres", "PGPASSWORD": PASSWORD}
    for line in snippet("docs/several-servers.md", "createuser ").splitlines():
        words = shlex.split(re.sub(r"\btrapline\b", "of_the_page", line))
        subprocess.run(
            [_postgresqls(words[0]), *words[1:]],
            input=b"hush\nhush\n",  # to --pwprompt, twice
            env=os.environ | where,
            check=True,
            capture_output=True,
            start_new_session=True,
        )
    url = postgresql.url("of_the_page").replace("+psycopg", "").replace(f"trapline:{PASSWORD}", "of_the_page:hush")
    with psycopg.connect(url) as connection:
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        connection.execute("CREATE TABLE ours (id int)")


def test_rbldnsd_serves_the_list_with_the_options_of_the_page(tmp_path: Path) -> None:
    settings = tomllib.loads(snippet("docs/blocklist-zone.md", "[blocklist.files]\nrbldnsd"))["blocklist"]
    file = Path(settings["files"]["rbldnsd"])
    zone = settings["zone"]["name"]
    (assigned,) = shlex.split(snippet("docs/blocklist-zone.md", "RBLDNSD="))
    _, *options = assigned.partition("=")[2].split()  # the first word is what Debian's script calls it
    port = free_port(socket.SOCK_DGRAM)
    here = [option.replace(f"-r{file.parent}", f"-w{tmp_path}").replace("/5353", f"/{port}") for option in options]
    tmp_path.chmod(0o755)
    list_ = written(rbldnsd(ANSWERS, replace(ZONE, name=zone)), table(entry("9.8.7.66/32")), STAMP)
    (tmp_path / file.name).write_bytes(b"".join(list_))
    running = subprocess.Popen([program("rbldnsd"), "-n", "-q", *here], stdin=subprocess.DEVNULL)
    try:
        until("rbldnsd to serve the list", lambda: _serves(port, zone))
        assert _listed("2.0.0.127", port, zone) == ["127.0.0.2"]
        assert _listed("66.7.8.9", port, zone) == ["127.0.0.2"]
        assert _listed("1.0.0.127", port, zone) == []
    finally:
        stop(running)


def _serves(port: int, zone: str) -> bool:
    try:
        return bool(_listed("2.0.0.127", port, zone))
    except (dns.exception.DNSException, OSError):
        return False


def _listed(name: str, port: int, zone: str) -> list[str]:
    """The page says it with dig, which few need and Debian has in a package of its own."""
    return records(response(port, f"{name}.{zone}"))


def _postgresqls(name: str) -> str:
    """Of the server's version, whose folder is not on the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else program(name)


def test_cron_writes_what_the_node_exporter_collects(tmp_path: Path) -> None:
    """The line's command, as cron gives it to a shell: its PATH has no /usr/local/bin (crontab(5))."""
    line = snippet("docs/metrics.md", "*/5 * * * * ")
    command = line.split(" ", 5)[5].replace("/var/lib/prometheus/node-exporter", str(tmp_path))
    command = command.replace("/usr/local/bin", str(COMMAND.parent))
    config = tmp_path / "trapline.toml"
    config.write_text(f'[store]\nurl = "sqlite:///{tmp_path}/x.db"\n[spool]\ndirectory = "{tmp_path}/spool"\n')
    where = environment({"TRAPLINE_CONFIG": str(config), "PATH": "/usr/bin:/bin"})
    subprocess.run(["sh", "-c", command], env=where, check=True, stdin=subprocess.DEVNULL)
    assert "trapline_" in (tmp_path / "trapline.prom").read_text()


def test_the_lines_of_a_trap_file_mean_what_stands_beside_them() -> None:
    traps = TrapSet(parse(Path("traps"), snippet("README.md", "hidden1@mx.example ")))
    for address, label in (
        ("hidden1@mx.example", "web page, footer"),
        ("anybody@old-shop.example", "old shop"),
        ("anna+news@mx.example", "mailing lists"),
        ("info2019@mx.example", "guessed names"),
    ):
        found = traps.match(address)
        assert found is not None
        assert found.label == label
    for address in ("anna@mx.example", "x@www.old-shop.example", "info@mx.example"):
        assert traps.match(address) is None


def test_a_copy_of_the_store_is_brought_back_and_the_mail_since_then_is_taken_in_again(tmp_path: Path) -> None:
    """With a -wal of later beside it, as a reporter that was killed leaves it."""
    place = Place(tmp_path, clock=RealClock())
    known = place.catch().id
    place.once(None)
    store, copy = tmp_path / "trapline.db", tmp_path / "FILE"
    with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    made = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")
    later = place.catch(campaign(1), client="11.0.0.77").id
    place.fall_back(campaign(2), client="from x (unknown [11.0.0.88])")
    place.once(None)
    Path(f"{store}-wal").write_bytes(b"of later")
    for written_line in snippet("docs/faults.md", "systemctl stop trapline-reporter").splitlines():
        line = written_line
        for theirs, ours in (
            ("/var/lib/trapline", tmp_path),
            ("/var/spool/trapline", tmp_path / "spool"),
            ("/var/mail/trapline", tmp_path / "fallback"),
            ("2026-11-21 03:00", made),
            (" FILE ", f" {copy} "),
            ("-o trapline-reporter -g trapline ", ""),
        ):
            line = line.replace(theirs, str(ours))
        if not line.startswith("systemctl "):
            subprocess.run(["sh", "-c", line], check=True)
    assert place.rows("SELECT id FROM messages") == [(known,)]
    place.once(None)
    assert place.said[-3] == "messages: 2 taken in, 0 failed"
    assert set(place.rows("SELECT id FROM messages WHERE source = 'milter'")) == {(known,), (later,)}
