"""`trapline spool add` takes saved mail in: as a mailbox's, or as hits of the traps that it was delivered to."""

import mailbox
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.servers.trapline_process import run
from trapline.cli.main import app
from trapline.spool import block
from trapline.spool.envelope import Envelope
from trapline.spool.maildir import Maildir

TRAP = "hidden.canary7@trap-mx.com"
TEXT = b"Subject: offer\n\nFrom: https://pills-r-us.com/\n"
DELIVERED = (
    f"Return-Path: <news@pills.com>\nX-Original-To: {TRAP}\nDelivered-To: {TRAP}\n"
    "Received: from mail.pills.com (unknown [11.2.3.4])\n\tby mx.trap-mx.com (Postfix) with ESMTP id 4ABC\n"
    f"\tfor <{TRAP}>; Sat, 21 Nov 2026 11:58:00 +0000 (UTC)\nDelivered-To: victim@other.com\n"
).encode()


@dataclass
class Place:
    folder: Path

    def __post_init__(self) -> None:
        (self.folder / "traps").write_text(f"{TRAP} old shop\n")
        self.config.write_text(
            f"""
            spool.directory = "{self.folder}/spool"
            traps.files = ["{self.folder}/traps"]
            reporter.receivers = ["mx.trap-mx.com"]
            [[mailboxes]]
            name = "pot"
            role = "honeypot"
            label = "old account"
            host = "imap.old-mail.com"
            user = "pot@old-mail.com"
            """
        )

    @property
    def config(self) -> Path:
        return self.folder / "trapline.toml"

    def file(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return str(self.folder / name)

    def spooled(self) -> list[tuple[Envelope, bytes]]:
        return [block.parse(path.read_bytes()) for path in Maildir(self.folder / "spool").new()]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_file_that_was_delivered_to_a_trap_is_its_hit(place: Place) -> None:
    done = run("spool", "add", place.file("one.eml", DELIVERED + TEXT), config=place.config)
    assert (done.code, done.last_line) == (0, "1 added")
    ((envelope, raw),) = place.spooled()
    assert raw == DELIVERED + TEXT
    assert (envelope.source, str(envelope.client.address), envelope.mail_from) == ("file", "11.2.3.4", "news@pills.com")
    assert [(trap.address, trap.label) for trap in envelope.traps] == [(TRAP, "old shop")]
    assert not envelope.mixed


def test_what_was_delivered_to_nobody_we_know_is_refused_and_said(place: Place) -> None:
    done = run("spool", "add", place.file("one.eml", TEXT), config=place.config)
    assert (done.code, done.last_line) == (1, "0 added, 1 not")
    assert "names a trap" in done.stderr


def test_a_mailboxs_mail_is_that_of_its_role(place: Place) -> None:
    run("spool", "add", place.file("one.eml", TEXT), "--mailbox", "pot", config=place.config)
    ((envelope, _),) = place.spooled()
    assert (envelope.source, envelope.role, envelope.mailbox) == ("mailbox", "honeypot", "pot")
    assert [(one.address, one.label, one.kind) for one in envelope.traps] == [
        ("pot@old-mail.com", "old account", "pristine")
    ]


def test_maildirs_and_mboxes_and_folders_are_read(place: Place) -> None:
    maildir = mailbox.Maildir(place.folder / "maildir")
    maildir.add(TEXT)
    maildir.add(TEXT + b"2")
    box = mailbox.mbox(place.folder / "mbox")
    box.add(b"From x@y.com Sat Nov 21 11:00:00 2026\n" + TEXT + b"3")
    box.add(b"From x@y.com Sat Nov 21 11:00:00 2026\n" + TEXT + b"4")
    box.close()
    (place.folder / "folder").mkdir()
    place.file("folder/one.eml", TEXT + b"5")
    sources = [str(place.folder / name) for name in ("maildir", "mbox", "folder")]
    done = run("spool", "add", *sources, "--mailbox", "pot", config=place.config)
    assert (done.code, done.last_line) == (0, "5 added")
    received = sorted(f"{envelope.received:%H:%M}" for envelope, raw in place.spooled() if raw[-2:] in {b"3\n", b"4\n"})
    assert received == ["11:00", "11:00"]


def test_one_bad_source_does_not_hold_up_the_others(place: Place) -> None:
    sources = [str(place.folder / "missing"), place.file("empty", b""), place.file("one.eml", DELIVERED + TEXT)]
    done = run("spool", "add", *sources, config=place.config)
    assert (done.code, done.last_line) == (1, "1 added, 2 not")
    assert f"{place.folder}/missing: cannot be read: No such file" in done.stderr


def test_the_same_file_twice_is_one_message(place: Place) -> None:
    file = place.file("one.eml", DELIVERED + TEXT)
    run("spool", "add", file, file, config=place.config)
    first, second = place.spooled()
    assert first[0].id == second[0].id


def test_a_pipe_is_quiet_and_takes_the_line_that_procmail_puts_on_top_away(place: Place) -> None:
    piped = b"From news@pills.com Sat Nov 21 11:00:00 2026\n" + DELIVERED + TEXT
    done = run("spool", "add", "-", config=place.config, stdin=piped)
    assert (done.code, done.output) == (0, "")
    assert place.spooled()[0][1] == DELIVERED + TEXT


@pytest.mark.parametrize("broken", ["[spool]\ndirectory = 3\n", '[spool]\ndirectory = "/proc/nowhere"\n'])
def test_a_pipe_that_fails_has_the_mail_server_try_again(place: Place, broken: str) -> None:
    place.config.write_text(broken)
    done = run("spool", "add", "-", config=place.config, stdin=DELIVERED + TEXT)
    assert done.code == 75
    assert done.stderr.startswith("trapline: ")


def test_so_does_one_with_a_wrong_argument(place: Place) -> None:
    done = run("spool", "add", "--malbox", "pot", "-", config=place.config, stdin=DELIVERED + TEXT)
    assert (done.code, "No such option: --malbox" in done.stderr) == (75, True)
    assert run("spool", "add", "--malbox", "pot", "one.eml", config=place.config).code == 2


def test_so_does_one_that_meets_a_defect_of_ours(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other code has the MTA bounce the mail: then it is lost, and the sender knows of the trap."""
    monkeypatch.setattr(block, "write", lambda *_: 1 / 0)
    arguments = ["spool", "add", "-", "--config", str(place.config)]
    done = CliRunner().invoke(app, arguments, input=DELIVERED + TEXT)
    assert done.exit_code == 75
    assert "ZeroDivisionError" in done.stderr
    assert TRAP not in done.stderr


def test_a_mailbox_is_found_in_capitals_too_as_by_scan(place: Place) -> None:
    assert run("spool", "add", place.file("one.eml", TEXT), "--mailbox", "Pot", config=place.config).code == 0


def test_a_mailbox_that_is_not_configured_is_named(place: Place) -> None:
    done = run("spool", "add", place.file("one.eml", TEXT), "--mailbox", "anna", config=place.config)
    assert done.code == 78
    assert 'no [[mailboxes]] has name = "anna"' in done.stderr
