"""`trapline mailboxes` as it is run: once, dry, and as a daemon that is killed."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.processes import until
from tests.servers.trapline_process import Daemon, run
from trapline.spool import block
from trapline.spool.maildir import Maildir

TAKEN = {"$TraplineTaken"}


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as running:
        yield running


def message(number: int) -> bytes:
    return b"Message-ID: <%d@pills-r-us.com>\r\nSubject: offer\r\n\r\nhttps://pills-r-us.com/\r\n" % number


class Place:
    """A configuration with two mailboxes, one of which is on a server that is not there."""

    def __init__(self, server: Dovecot, folder: Path) -> None:
        self.user = f"{uuid4().hex}@harbour-mail.com"
        self.folder = folder
        self.config = folder / "trapline.toml"
        self.spool = Maildir(folder / "spool")
        self.password = folder / "password"
        self.password.write_text(f"{PASSWORD}\n")
        self.password.chmod(0o600)
        self.mailbox = server.table(self.user, password_file=f'"{self.password}"')
        self.write(self.mailbox)

    def write(self, *mailboxes: str) -> None:
        head = f'spool.directory = "{self.folder}/spool"\nmailbox_state.directory = "{self.folder}/state"\n'
        self.config.write_text(head + "".join(mailboxes))

    def has(self, number: int) -> bool:
        return len(list(self.spool.new())) >= number

    def ids(self) -> set[str]:
        return {block.parse(path.read_bytes())[0].id for path in self.spool.new()}


@pytest.fixture
def place(dovecot: Dovecot, tmp_path: Path) -> Place:
    return Place(dovecot, tmp_path)


def test_once_takes_what_is_new_and_says_so(dovecot: Dovecot, place: Place) -> None:
    dovecot.deliver_all(place.user, [message(1), message(2)])
    done = run("mailboxes", "--once", config=place.config)
    assert (done.code, done.last_line) == (0, "anna: 2 taken")
    assert dovecot.flags(place.user) == [TAKEN, TAKEN]
    assert run("mailboxes", "--once", config=place.config).last_line == "anna: nothing new"
    assert PASSWORD not in done.output


def test_where_none_is_configured_it_names_the_example_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "trapline.toml").touch(mode=0o600)
    done = run("mailboxes", "--dry-run", config=tmp_path / "trapline.toml")
    assert done.code == 78
    (path,) = re.findall(r"/\S+/examples/trapline\.toml", done.stderr)
    assert Path(path).exists()


def test_a_dry_run_says_what_it_would_take_and_marks_nothing(dovecot: Dovecot, place: Place) -> None:
    dovecot.deliver(place.user, message(1))
    done = run("mailboxes", "--dry-run", config=place.config)
    assert done.code == 0
    assert done.last_line.startswith("anna: Unwanted mail: message 1 of ")
    assert done.last_line.endswith("would be taken")
    assert dovecot.flags(place.user) == [set()]
    assert not (place.folder / "spool").exists()


def test_one_mailbox_that_fails_does_not_hold_up_the_others(dovecot: Dovecot, place: Place) -> None:
    dovecot.deliver(place.user, message(1))
    gone = place.mailbox.replace('"anna"', '"gone"').replace(place.user, "gone@x-mail.com")
    gone = gone.replace(str(dovecot.imaps), "9")
    place.write(gone, place.mailbox)
    done = run("mailboxes", "--once", config=place.config)
    assert done.code == 1
    assert "gone: connect: Connection refused" in done.stdout
    assert done.last_line == "anna: 1 taken"


def test_without_a_mailbox_it_says_what_to_configure(place: Place) -> None:
    place.write()
    done = run("mailboxes", config=place.config)
    assert done.code == 78
    assert "[[mailboxes]]" in done.stderr


def test_a_daemon_that_is_killed_again_and_again_loses_nothing(dovecot: Dovecot, place: Place) -> None:
    dovecot.deliver_all(place.user, [message(number) for number in range(200)])
    place.spool.create()
    daemon = Daemon(["mailboxes"], place.config, place.folder / "log")
    for wanted in (20, 70, 130):
        daemon.start()
        until(f"{wanted} messages", partial(place.has, wanted))
        daemon.kill()
    daemon.start()
    until("all messages", lambda: len(place.ids()) == 200)
    until("all marks", lambda: dovecot.flags(place.user) == [TAKEN] * 200)
    daemon.stop()
    assert len(list(place.spool.new())) <= 203


def test_config_check_finds_a_password_that_is_missing(place: Place) -> None:
    assert run("config", "check", config=place.config).stdout.splitlines()[-2] == "mailboxes:       anna"
    place.password.unlink()
    done = run("config", "check", config=place.config)
    assert done.code == 78
    assert "mailboxes.anna: cannot read" in done.stderr
