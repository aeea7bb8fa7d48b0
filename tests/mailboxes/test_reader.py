"""One mailbox as the daemon reads it: folders found, mail taken as it comes, and every failure recovered from."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from tests.mailboxes.accounts import mailbox, scripted
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.processes import until
from tests.servers.scripted_imap import Answer, ScriptedImap
from trapline.mailboxes import watch
from trapline.mailboxes.reader import Reader, Surroundings
from trapline.mailboxes.state import Locked, locked
from trapline.mailboxes.told import Told
from trapline.spool.maildir import Maildir

MESSAGE = b"Subject: offer\r\n\r\nhttps://pills-r-us.com/\r\n"


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    spool = Maildir(tmp_path / "spool")
    spool.create()
    return Surroundings(spool, tmp_path / "state", lambda: datetime.now(UTC), "mx.harbour-mail.com")


@pytest.fixture
def password(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(PASSWORD)
    path.chmod(0o600)
    return path


@pytest.fixture
def user() -> str:
    return f"{uuid4().hex}@harbour-mail.com"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "FIRST_WAIT_SECONDS", 0.05)


@contextmanager
def running(reader: Reader) -> Iterator[Told]:
    told = Told()
    thread = threading.Thread(target=reader.run, args=(told,))
    thread.start()
    try:
        yield told
    finally:
        told.stop()
        thread.join(20)
    assert not thread.is_alive()


def spooled(around: Surroundings, number: int) -> Callable[[], bool]:
    return lambda: len(list(around.spool.new())) == number


def test_a_honeypots_inbox_and_junk_folder_are_read(
    dovecot: Dovecot, around: Surroundings, user: str, password: Path
) -> None:
    dovecot.deliver(user, MESSAGE)
    dovecot.deliver(user, MESSAGE + b"another\r\n", "INBOX")
    done = Reader(mailbox(dovecot, user=user, role="honeypot", password_file=password), around).once()
    assert (done.folders, done.tally.taken, done.problems) == ((dovecot.JUNK, "INBOX"), 2, ())


def test_a_folder_that_is_gone_is_said_and_the_others_are_read(
    dovecot: Dovecot, around: Surroundings, user: str, password: Path
) -> None:
    dovecot.deliver(user, MESSAGE)
    folders = ["Spam", dovecot.JUNK]
    done = Reader(mailbox(dovecot, user=user, folders=folders, password_file=password), around).once()
    assert done.tally.taken == 1
    (problem,) = done.problems
    assert problem.startswith('anna: there is no folder "Spam": was it renamed or removed? Set folders to one of: ')
    assert '"Unwanted mail"' in problem


def test_one_run_at_a_time_works_on_a_mailbox(
    dovecot: Dovecot, around: Surroundings, user: str, password: Path
) -> None:
    with locked(around.state, "anna"), pytest.raises(Locked, match="anna: another run works on this mailbox"):
        Reader(mailbox(dovecot, user=user, password_file=password), around).once()


def test_mail_is_taken_as_it_comes(dovecot: Dovecot, around: Surroundings, user: str, password: Path) -> None:
    with running(Reader(mailbox(dovecot, user=user, password_file=password), around)):
        dovecot.deliver(user, MESSAGE)
        until("the first message", spooled(around, 1))
        dovecot.deliver(user, MESSAGE + b"another\r\n")
        until("the second message", spooled(around, 2))


def test_who_waits_for_news_of_one_folder_looks_into_all_of_them_when_told_to(
    around: Surroundings, password: Path
) -> None:
    with ScriptedImap({"IDLE": b"+ idling\r\n", "": b"TAG OK done\r\n"}) as server:
        with running(Reader(scripted(server, password_file=password), around)) as told:
            until("the waiting", lambda: server.commands[-1:] and server.commands[-1].endswith(" IDLE"))
            looks = sum("LIST" in line for line in server.commands)
            told.again()
            until("another look", lambda: sum("LIST" in line for line in server.commands) > looks)
        assert server.connections == 1


def test_without_idle_the_folder_is_polled(around: Surroundings, password: Path) -> None:
    with ScriptedImap({"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"}) as server:
        reader = Reader(scripted(server, poll_seconds=1.0, password_file=password), around)
        with running(reader):
            until("a second look", lambda: sum("SELECT" in line for line in server.commands) > 2)
        assert any("NOOP" in line for line in server.commands)
        assert not any("IDLE" in line for line in server.commands)


def test_a_server_that_says_something_all_the_time_is_not_asked_all_the_time(
    around: Surroundings, password: Path
) -> None:
    chatty: dict[str, Answer] = {"IDLE": b"+ idling\r\n* OK still here\r\n", "": b"TAG OK done\r\n"}
    with ScriptedImap(chatty) as server:
        with running(Reader(scripted(server, password_file=password), around)):
            until("the first IDLE", lambda: any("IDLE" in line for line in server.commands))
            assert not threading.Event().wait(1.5)
        assert sum(line.endswith(" IDLE") for line in server.commands) <= 3


@pytest.mark.usefixtures("quick")
def test_a_session_that_is_killed_is_begun_anew(
    dovecot: Dovecot, around: Surroundings, user: str, password: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with running(Reader(mailbox(dovecot, user=user, password_file=password), around)):
        dovecot.deliver(user, MESSAGE)
        until("the first message", spooled(around, 1))
        dovecot.kick(user)
        until("the failure to be said", lambda: "mailbox failed" in caplog.text)
        until("the session to be there again", lambda: "mailbox back" in caplog.text)
        dovecot.deliver(user, MESSAGE + b"another\r\n")
        until("the second message", spooled(around, 2))


@pytest.mark.usefixtures("quick")
def test_a_failure_that_lasts_is_said_once(
    around: Surroundings, password: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with ScriptedImap(greeting=b"* BYE full\r\n") as server:
        reader = Reader(scripted(server, password_file=password), around)
        with running(reader):
            until("several tries", lambda: server.connections > 3)
    assert caplog.text.count("mailbox failed") == 1


@pytest.mark.usefixtures("quick")
def test_a_refused_login_is_not_tried_again_soon(around: Surroundings, password: Path) -> None:
    with ScriptedImap({"LOGIN": b"TAG NO [AUTHENTICATIONFAILED] wrong\r\n"}) as server:
        reader = Reader(scripted(server, password_file=password), around)
        with running(reader):
            until("the login", lambda: any("LOGIN" in line for line in server.commands))
            assert not threading.Event().wait(0.5)
        assert server.connections == 1


def test_a_dry_run_names_the_messages(dovecot: Dovecot, around: Surroundings, user: str, password: Path) -> None:
    dovecot.deliver(user, MESSAGE)
    would = list(Reader(mailbox(dovecot, user=user, password_file=password), around).would_take())
    assert [(folder, about.uid, old) for folder, about, old in would] == [(dovecot.JUNK, 1, False)]
    assert dovecot.flags(user) == [set()]
    assert spooled(around, 0)()
