"""What is taken from a folder, in which order, and what is left on the server; with a real Dovecot."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.mailboxes.accounts import login, mailbox
from tests.servers.dovecot import Dovecot
from trapline.config.believed_clock import PROOF
from trapline.config.mailboxes import Mailbox
from trapline.mailboxes import take
from trapline.mailboxes.envelopes import Place, envelope
from trapline.mailboxes.errors import Refused
from trapline.mailboxes.session import open_session
from trapline.mailboxes.state import State
from trapline.mailboxes.take import ATTEMPTS, MARKED_TOGETHER, Taker
from trapline.mailboxes.tally import Tally
from trapline.spool import block
from trapline.spool.envelope import Envelope
from trapline.spool.maildir import Maildir, SpoolError

NOW = datetime.now(UTC)
TAKEN = "$TraplineTaken"


def message(number: int = 1) -> bytes:
    return b"Message-ID: <%d@pills-r-us.com>\r\nSubject: offer\r\n\r\nhttps://pills-r-us.com/\r\n" % number


def taken_by(taker: Taker, folder: str) -> Tally:
    tally = Tally()
    taker.run(folder, tally)
    return tally


class Account:
    """Somebody's mailbox, the spool, and what is remembered."""

    def __init__(self, server: Dovecot, folder: Path) -> None:
        self.server = server
        self.user = f"{uuid4().hex}@harbour-mail.com"
        self.spool = Maildir(folder / "spool")
        self.spool.create()
        self.state = folder / "state"
        self.keys: dict[str, Any] = {}
        self.now = NOW

    @property
    def mailbox(self) -> Mailbox:
        return mailbox(self.server, user=self.user, **self.keys)

    def deliver(self, *numbers: int, folder: str = Dovecot.JUNK, received: datetime | None = None) -> None:
        self.server.deliver_all(self.user, [message(number) for number in numbers], folder, received)

    def take(self, folder: str = Dovecot.JUNK) -> Tally:
        with self.taker() as taker:
            return taken_by(taker, folder)

    @contextmanager
    def taker(self) -> Iterator[Taker]:
        with open_session(self.mailbox, login(self.user)) as session, State(self.state, "anna") as state:
            yield Taker(self.mailbox, session, state, self.spool, lambda: self.now, host="mx.harbour-mail.com")

    def spooled(self) -> list[tuple[Envelope, bytes]]:
        return [block.parse(path.read_bytes()) for path in self.spool.new()]

    def flags(self, folder: str = Dovecot.JUNK) -> list[set[str]]:
        return self.server.flags(self.user, folder)


@pytest.fixture
def account(dovecot: Dovecot, tmp_path: Path) -> Account:
    return Account(dovecot, tmp_path)


def test_a_new_message_is_in_the_spool_and_marked_and_not_read(account: Account) -> None:
    account.deliver(1)
    assert account.take() == Tally(taken=1)
    ((envelope, raw),) = account.spooled()
    assert raw == message(1).replace(b"\r\n", b"\n")
    assert (envelope.source, envelope.role, envelope.mailbox) == ("mailbox", "junk", "anna")
    assert account.flags() == [{TAKEN}]


def test_it_is_taken_once(account: Account) -> None:
    account.deliver(1)
    account.take()
    assert not account.take()
    assert len(account.spooled()) == 1


def test_received_is_when_the_server_got_it(account: Account) -> None:
    received = (NOW - timedelta(days=2)).replace(microsecond=0)
    account.deliver(1, received=received)
    account.take()
    assert account.spooled()[0][0].received == received


def test_old_mail_is_marked_counted_and_not_taken(account: Account) -> None:
    account.deliver(1, received=NOW - timedelta(days=8))
    assert account.take() == Tally(old=1)
    assert account.flags() == [{TAKEN}]
    assert account.spooled() == []


@pytest.mark.parametrize("sessions", ["one session", "a session for each look"])
def test_what_looks_old_by_a_clock_that_jumped_is_left_alone_and_taken_once_the_clock_is_right(
    account: Account, sessions: str
) -> None:
    account.take()
    account.deliver(1)
    found, flags = [], []
    with account.taker() as taker:
        for days in (8, 400, 0):
            account.now = NOW + timedelta(days=days)
            found.append(taken_by(taker, Dovecot.JUNK) if sessions == "one session" else account.take())
            flags.append(account.flags())
    assert found == [Tally(doubted=1), Tally(doubted=1), Tally(taken=1)]
    assert flags == [[set()], [set()], [{TAKEN}]]


def test_once_the_clock_has_proved_itself_what_is_old_is_marked(account: Account) -> None:
    """The daemon was off for a week."""
    account.take()
    account.deliver(1)
    found = []
    for hours in range(PROOF // timedelta(hours=1) + 1):
        account.now = NOW + timedelta(days=8, hours=hours)
        found.append(account.take())
    assert found == [*[Tally(doubted=1)] * (len(found) - 1), Tally(old=1)]
    assert account.flags() == [{TAKEN}]


def test_what_another_reporter_took_is_left_alone(account: Account) -> None:
    account.deliver(1)
    with account.server.client(account.user) as client:
        client.select(f'"{Dovecot.JUNK}"')
        client.store("1", "+FLAGS", "($SpamhausProcessed)")
    assert not account.take()


def test_a_large_message_is_taken_up_to_the_bound_and_says_so(account: Account) -> None:
    account.keys = {"max_bytes": 64 * 1024}
    account.server.deliver(account.user, message(1) + b"x" * 70_000)
    assert account.take() == Tally(taken=1, truncated=1)
    ((envelope, raw),) = account.spooled()
    assert envelope.truncated
    assert len(raw) < 64 * 1024


def test_while_the_spool_cannot_be_written_nothing_is_marked(account: Account) -> None:
    account.deliver(1)
    (account.spool.path / "tmp").rmdir()
    (account.spool.path / "tmp").touch()  # ENOTDIR, for root too
    for _ in range(ATTEMPTS + 1):
        with pytest.raises(SpoolError):
            account.take()
    assert account.flags() == [set()]
    (account.spool.path / "tmp").unlink()
    assert account.take() == Tally(taken=1)


def test_a_crash_between_storing_and_marking_loses_nothing_and_gives_the_same_id(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.deliver(1)
    with monkeypatch.context() as crash:
        crash.setattr(State, "add_taken", _crash)
        with pytest.raises(KeyboardInterrupt):
            account.take()
    account.take()
    first, second = (envelope for envelope, _ in account.spooled())
    assert first.id == second.id


def _crash(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_message_that_we_fail_at_does_not_hold_up_the_others(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.deliver(1, 2)

    def failing(mailbox: Mailbox, place: Place, *rest: Any, **keys: Any) -> Envelope:
        if place.uid == "1":
            raise OverflowError
        return envelope(mailbox, place, *rest, **keys)

    monkeypatch.setattr(take, "envelope", failing)
    for _ in range(2):
        with pytest.raises(OverflowError):
            account.take()
    assert [raw for _, raw in account.spooled()] == [message(2).replace(b"\r\n", b"\n")]


def test_what_was_stored_but_not_marked_is_marked_without_asking_for_it_again(account: Account) -> None:
    account.deliver(1)
    account.take()
    with account.server.client(account.user) as client:
        client.select(f'"{Dovecot.JUNK}"')
        client.store("1", "-FLAGS", f"({TAKEN})")
    account.take()
    assert account.flags() == [{TAKEN}]
    assert len(account.spooled()) == 1


def test_delete_removes_what_was_taken_and_nothing_else(account: Account) -> None:
    account.keys = {"afterwards": "delete"}
    account.deliver(1, 2)
    account.deliver(3, received=NOW - timedelta(days=8))
    with account.server.client(account.user) as client:
        client.select(f'"{Dovecot.JUNK}"')
        client.store("2", "+FLAGS", "(\\Deleted $SpamhausProcessed)")
    assert account.take() == Tally(taken=1, old=1)
    assert account.flags() == [{"\\Deleted", "$SpamhausProcessed"}, {TAKEN}]


def test_move_puts_what_was_taken_into_the_folder(account: Account) -> None:
    account.keys = {"afterwards": "move", "move_to": "Trash"}
    account.deliver(1)
    account.take()
    assert account.flags("Trash") == [{TAKEN}]
    assert account.flags() == []


def test_a_folder_that_is_missing_keeps_nothing_from_being_taken_and_counted(account: Account) -> None:
    account.keys = {"afterwards": "move", "move_to": "Nowhere"}
    account.deliver(*range(MARKED_TOGETHER + 1))
    tally = Tally()
    with account.taker() as taker, pytest.raises(Refused, match="Nowhere"):
        taker.run(Dovecot.JUNK, tally)
    assert tally == Tally(taken=MARKED_TOGETHER + 1)
    account.keys = {"afterwards": "move", "move_to": "Trash"}
    assert not account.take()
    assert len(account.flags("Trash")) == MARKED_TOGETHER + 1


def test_what_was_taken_and_not_moved_yet_is_moved_later(account: Account) -> None:
    account.deliver(1)
    account.take()
    account.keys = {"afterwards": "move", "move_to": "Trash"}
    account.take()
    assert (account.flags(), account.flags("Trash")) == ([], [{TAKEN}])


def test_a_message_that_moves_keeps_its_mark(account: Account) -> None:
    account.deliver(1)
    account.take()
    with account.server.client(account.user) as client:
        client.select(f'"{Dovecot.JUNK}"')
        client.uid("MOVE", "1", "INBOX")
    assert not account.take("INBOX")


def renumber(account: Account) -> None:
    """Make the folder anew with the same messages, without their flags, as a restore from a backup does."""
    with account.server.client(account.user) as client:
        client.create('"Copy"')
        client.select(f'"{Dovecot.JUNK}"')
        client.copy("1:*", '"Copy"')
        client.close()
        client.delete(f'"{Dovecot.JUNK}"')
        account.server.wait_a_second()
        client.create(f'"{Dovecot.JUNK}"')
        client.select('"Copy"')
        client.store("1:*", "-FLAGS", f"({TAKEN})")
        client.copy("1:*", f'"{Dovecot.JUNK}"')


def test_a_folder_that_is_numbered_anew_is_not_taken_again(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    account.deliver(1, 2)
    account.take()
    renumber(account)
    account.deliver(3)
    assert account.take() == Tally(taken=1, known=2)
    assert "UIDVALIDITY changed" in caplog.text
    assert len(account.spooled()) == 3
    assert account.flags() == [{TAKEN}, {TAKEN}, {TAKEN}]


def test_in_one_session_only_what_came_since_is_asked_for(account: Account) -> None:
    account.deliver(1, 2)
    with account.taker() as taker:
        taken_by(taker, Dovecot.JUNK)
        account.deliver(3)
        assert taken_by(taker, Dovecot.JUNK) == Tally(taken=1)
        assert taken_by(taker, Dovecot.JUNK) == Tally()
        account.now += timedelta(hours=2)
        assert taken_by(taker, Dovecot.JUNK) == Tally()
    assert len(account.spooled()) == 3


def test_of_a_large_folder_the_bodies_of_what_is_new_are_read_and_no_others(account: Account) -> None:
    large = [message(number) + b"x" * 10_000 for number in range(260)]
    account.server.deliver_all(account.user, large)
    with account.server.client(account.user) as client:
        client.select(f'"{Dovecot.JUNK}"')
        client.store("1:258", "+FLAGS.SILENT", f"({TAKEN})")
    with open_session(account.mailbox, login(account.user)) as session, State(account.state, "anna") as state:
        taker = Taker(account.mailbox, session, state, account.spool, lambda: NOW, host="mx.ours.com")
        spent, commands = session.budget.spent, session.budget.commands
        assert taken_by(taker, Dovecot.JUNK) == Tally(taken=2)
        assert session.budget.spent - spent < 260 * 80 + 2 * 11_000
        assert session.budget.commands - commands < 20


def test_what_comes_after_a_look_is_news(account: Account) -> None:
    account.deliver(1)
    with account.taker() as taker:
        assert taker.has_news(Dovecot.JUNK)
        taken_by(taker, Dovecot.JUNK)
        assert not taker.has_news(Dovecot.JUNK)
        account.deliver(2)
        assert taker.has_news(Dovecot.JUNK)


def test_a_dry_run_stores_and_marks_nothing(account: Account) -> None:
    account.deliver(1)
    account.deliver(2, received=NOW - timedelta(days=8))
    with account.taker() as taker:
        assert [(about.uid, old) for about, old in taker.would_take(Dovecot.JUNK)] == [(1, False), (2, True)]
    assert account.flags() == [set(), set()]
    assert account.spooled() == []


def test_a_keyword_that_stays_behind_after_a_crash_means_nothing(account: Account) -> None:
    account.deliver(1)
    with account.server.client(account.user) as client:
        client.select(f'"{Dovecot.JUNK}"')
        client.store("1", "+FLAGS", "($TraplineTest)")
    assert account.take() == Tally(taken=1)
    assert account.flags() == [{TAKEN}]
