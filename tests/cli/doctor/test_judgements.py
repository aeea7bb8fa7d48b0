"""The doctor's word on mail that waits, on room, on the clock, on mailboxes, and on a check that never ends."""

import os
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.config.closed import somebody_else
from tests.servers.portal import TOKEN, Answer, Portal
from trapline.cli.doctor import clock, disk, mailboxes, portal, spool
from trapline.cli.doctor.examination import Check, examine
from trapline.cli.doctor.result import Result, from_error, ok
from trapline.cli.doctor.site import AS_ROOT, Site, why_no_milter
from trapline.config import mailbox_secrets
from trapline.config.errors import ConfigError
from trapline.config.settings import Settings
from trapline.config.values import InetListen, Listen, UnixListen
from trapline.spool.stock import Stock, stock

NOW = 1_000_000.0


def site(table: Mapping[str, object]) -> Site:
    return Site(Settings.model_validate(table), Path("/nowhere/trapline.toml"))


@pytest.mark.parametrize(("waits", "state"), [(5, "ok"), (700, "warning"), (7 * 3600, "failed")])
def test_mail_that_waits_for_long_is_told(waits: float, state: str) -> None:
    found = spool.judge("mail", Stock(3, 2, 0, 5000, NOW - waits), NOW)
    assert (found.state, "trapline-reporter" in found.hint) == (state, state != "ok")


def test_a_maildir_is_counted_as_it_stands(tmp_path: Path) -> None:
    for folder, names in (("new", "ab"), ("cur", "c"), (".failed/new", "d")):
        (tmp_path / folder).mkdir(parents=True)
        for name in names:
            (tmp_path / folder / name).write_bytes(b"1234567")
    (tmp_path / "new" / ".hidden").touch()
    found = stock(tmp_path)
    assert (found.waiting, found.kept, found.failed, found.size_bytes) == (2, 1, 1, 28)
    assert found.oldest is not None
    assert abs(found.oldest - datetime.now(UTC).timestamp()) < 60


def space(free: int, inodes: int) -> os.statvfs_result:
    return os.statvfs_result((1000, 1000, 10**9, free // 1000, free // 1000, 1000, inodes, inodes, 0, 255))


@pytest.mark.parametrize(
    ("free", "inodes", "state"),
    [
        (10**10, 500, "ok"),
        (5 * 10**8, 500, "warning"),
        (10**10, 40, "warning"),
        (10**7, 500, "failed"),
        (10**10, 5, "failed"),
    ],
)
def test_room_is_needed_in_bytes_and_in_inodes(free: int, inodes: int, state: str) -> None:
    found = disk.judge(Path("/var/spool/trapline"), space(free, inodes))
    assert (found.state, "keep_days" in found.hint) == (state, state != "ok")


@pytest.mark.parametrize(("seconds", "state"), [(0, "ok"), (-20, "ok"), (90, "failed"), (-90, "failed")])
def test_the_clock_is_held_against_the_portals(seconds: float, state: str) -> None:
    theirs = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    found = clock.compared(theirs, theirs + timedelta(seconds=seconds))
    assert (found.state, "timedatectl" in found.hint) == (state, state == "failed")


def test_without_a_token_the_kernel_is_asked_about_the_clock() -> None:
    found = {one.name: one for one in portal.check(site({}))}
    assert found["portal"].state == "skipped"
    assert found["clock"].state in {"ok", "warning"}  # as this machine has it


@pytest.mark.parametrize(
    ("answer", "state", "seen"),
    [
        (Answer(403, body=b'{"message": "expired"}'), "failed", "refuses the token (HTTP 403: expired)"),
        (Answer.slow_down("60"), "warning", "asks us to slow down"),
        (Answer(200, body=b'[{"code": "phish", "type": "*"}]'), "failed", "no threat type for ip"),
        (Answer(502), "failed", "HTTP 502"),
    ],
)
def test_what_the_portal_says_of_the_token_is_told(answer: Answer, state: str, seen: str) -> None:
    with Portal() as server:
        server.reading["/lookup/threats-types"] = answer
        found = {one.name: one for one in portal.check(site({"spamhaus": {"token": TOKEN, "api": server.url}}))}
    assert (found["portal"].state, seen in found["portal"].seen) == (state, True), found
    assert found["portal"].hint
    assert TOKEN not in str(found)
    assert found["clock"].state == "ok"


def test_dry_run_is_no_fault(portal_server: Portal) -> None:
    settings = {"spamhaus": {"token": TOKEN, "api": portal_server.url, "dry_run": True}}
    found = {one.name: one for one in portal.check(site(settings))}
    assert found["portal"].state == "ok"
    assert "dry_run" in found["portal"].seen
    assert "url: scam" in found["portal"].seen


@pytest.fixture
def portal_server() -> Iterator[Portal]:
    with Portal() as running:
        yield running


@pytest.mark.parametrize(
    ("listen", "pymilter", "postfix", "has_one"),
    [
        (UnixListen(Path("/x.sock")), True, True, True),
        (UnixListen(Path("/x.sock")), True, False, False),
        (InetListen(11339, "192.168.0.2"), True, False, True),  # it serves the Postfix of another host
        (InetListen(11339, "127.0.0.1"), False, True, False),
    ],
)
def test_a_host_with_the_reporter_alone_misses_no_milter(
    listen: Listen, pymilter: bool, postfix: bool, has_one: bool
) -> None:
    assert (why_no_milter(listen, pymilter=pymilter, postfix=postfix) is None) == has_one


def test_what_this_user_may_not_see_is_not_called_missing(tmp_path: Path) -> None:
    spool, fallback, url = (f"{tmp_path}/spool", f"{tmp_path}/fallback", f"sqlite:///{tmp_path}/lib/trapline.db")
    settings = {"spool": {"directory": spool}, "traps": {"fallback": fallback}, "store": {"url": url}}
    with somebody_else(tmp_path):
        found = tuple(disk.check(site(settings)))
    assert [(one.state, one.seen) for one in found] == [("skipped", AS_ROOT)] * 3
    assert [one.seen for one in disk.check(site(settings))] == ["neither spool, store nor fallback exists"]


def test_mailboxes_are_skipped_unless_there_are_any() -> None:
    (found,) = mailboxes.check(site({}))
    assert found.state == "skipped"


def test_a_mailbox_whose_password_everybody_can_read_fails(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("secret\n", encoding="utf-8")
    password.chmod(0o644)
    box = {"name": "anna", "role": "junk", "host": "imap.x.com", "user": "anna@x.com", "password_file": str(password)}
    (found,) = mailboxes.check(site({"mailboxes": [box]}))
    assert (found.name, found.state) == ("mailbox anna", "failed")
    assert f"chmod 0640 {password}" in found.hint


def test_a_mailbox_that_has_no_password_is_told_the_file_that_it_may_stand_in() -> None:
    box = {"name": "nobodys", "role": "junk", "host": "imap.x.com", "user": "anna@x.com"}
    (found,) = mailboxes.check(site({"mailboxes": [box]}))
    assert found.state == "failed"
    assert "None" not in found.hint
    assert "/etc/trapline/mailboxes/nobodys " in found.hint


def test_whether_a_password_is_there_is_not_told_to_who_may_not_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the folder is root's, another user would be told that each mailbox has none."""
    monkeypatch.setattr(mailbox_secrets, "FOLDER", tmp_path)
    box = {"name": "anna", "role": "junk", "host": "imap.x.com", "user": "anna@x.com"}
    with somebody_else(tmp_path):
        (closed,) = mailboxes.check(site({"mailboxes": [box]}))
        (by_command,) = mailboxes.check(site({"mailboxes": [box | {"password_command": ["/bin/pass"]}]}))
    assert (closed.state, closed.seen) == ("skipped", AS_ROOT)
    assert by_command.state == "ok"


def test_a_check_that_never_ends_or_breaks_is_a_line_and_the_others_stand() -> None:
    for_ever = threading.Event()

    def hangs(_site: Site) -> tuple[Result, ...]:
        for_ever.wait(30)
        return ()

    def breaks(_site: Site) -> tuple[Result, ...]:
        raise ValueError("hidden.canary7@trap-mx.com")

    checks = (Check("first", hangs), Check("second", breaks), Check("third", lambda _site: (ok("third", "well"),)))
    found = examine(checks, site({}), seconds=0.3)
    for_ever.set()
    assert [(one.name, one.state) for one in found] == [("first", "failed"), ("second", "failed"), ("third", "ok")]
    assert all(one.hint for one in found[:2])
    assert "canary" not in str(found)


def test_an_errors_own_advice_is_the_hint() -> None:
    found = from_error("x", ConfigError("/f: open to everybody. Run: chmod 0640 /f"), "else this")
    assert (found.seen, found.hint) == ("/f: open to everybody", "Run: chmod 0640 /f")
    assert from_error("x", ConfigError("/f: gone"), "else this").hint == "else this"
