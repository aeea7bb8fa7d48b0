"""What a mailbox's server answers, IMAP and POP3, as it comes over the connection, from its greeting on.

IMAPClient, imaplib and poplib are the real ones; of the connection only its other end is ours. An input is the whole of
what the server says, whatever it is asked; one that begins with `+` or `-` is a POP3 server's.
"""

import random
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, TypeVar
from unittest.mock import patch

from fuzzing.target import Target
from trapline.config.mailbox_secrets import Login
from trapline.config.mailboxes import Mailbox
from trapline.mailboxes import connection, folders, pop3
from trapline.mailboxes.answers import MAX_UIDS
from trapline.mailboxes.errors import SessionError
from trapline.mailboxes.pop3 import Pop3Session
from trapline.mailboxes.session import CHUNK, Session

SECRET = "canary-secret-27182818"  # noqa: S105 - of the target
USER = "anna@harbour-mail.com"
_LOGIN = Login(USER, SECRET)
_LIMIT = 100  #: of a body that is asked for, in octets
_TAG = "OICM"  #: imaplib's, after `random.seed(0)`; it numbers its commands from 0


def check(data: bytes) -> None:
    """Each command ends as a result that is no more than was asked for, or as a documented error without a secret."""
    if data[:1] in {b"+", b"-"}:
        with _answers(pop3, data):
            _pop3(Mailbox.model_validate(_TABLE | {"protocol": "pop3"}))
    else:
        with _answers(connection, data):
            _imap(Mailbox.model_validate(_TABLE))


_Result = TypeVar("_Result")
_TABLE = {"name": "anna", "role": "junk", "host": "127.0.0.1", "user": USER, "tls": "none", "timeout_seconds": 1}


@contextmanager
def _answers(module: Any, data: bytes) -> Iterator[None]:
    """Whoever connects finds `data` there, and then the end."""
    ours, other = socket.socketpair()

    def connected(*_: object) -> socket.socket:
        return ours

    with ours, other, patch.object(module, "connected", connected):
        other.sendall(data)
        other.shutdown(socket.SHUT_WR)
        random.seed(0)
        yield


def _imap(mailbox: Mailbox) -> None:
    session: Session | None = _ended(lambda: Session(mailbox, _LOGIN))
    if session is None:
        return
    with closing(session):
        there = _ended(session.folders) or ()
        assert set(folders.wanted(mailbox, there)[0]) <= {folder.name for folder in there}
        selected = _ended(lambda: session.select("INBOX"))
        assert selected is None or 0 <= selected.messages <= MAX_UIDS
        for chunk in _ended(lambda: list(session.flags_by_number(3))) or ():
            assert all(isinstance(flag, str) for flags in chunk.values() for flag in flags)
        above = _ended(lambda: session.uids_above(6)) or []
        assert all(uid > 6 for uid in above), "a UID that was not asked for"
        assert above == sorted(set(above))
        about = _ended(lambda: session.about((7, 8))) or []
        assert {one.uid for one in about} <= {7, 8}
        assert all(one.received.tzinfo is not None for one in about)
        assert len(about) <= CHUNK
        for whole in (True, False):
            body = _ended(partial(session.body, 7, _LIMIT, whole=whole))
            assert body is None or len(body) <= _LIMIT


def _pop3(mailbox: Mailbox) -> None:
    session: Pop3Session | None = _ended(lambda: Pop3Session(mailbox, _LOGIN))
    if session is None:
        return
    with closing(session):
        for uid, number in (_ended(session.uids) or {}).items():
            assert uid
            assert isinstance(number, int)
        _ended(session.sizes)
        for message in (_ended(lambda: session.header(1, _LIMIT)), _ended(lambda: session.message(1, _LIMIT))):
            assert message is None or b"\r\n" not in message


def _ended(command: Callable[[], _Result]) -> _Result | None:
    """What `command` found; None where it ended with a documented error."""
    try:
        return command()
    except SessionError as error:
        assert SECRET not in str(error), "the password is in the error"
        assert USER not in str(error), "the user is in the error"
        assert str(error).isprintable(), "a terminal could not take it"
        return None


def seeds() -> Iterator[bytes]:
    """A whole dialogue of each; what can go wrong in it is for the fuzzer to find."""
    yield _imap_dialogue("* CAPABILITY IMAP4rev1 UIDPLUS MOVE IDLE")
    yield _imap_dialogue("* CAPABILITY IMAP4rev1 LOGINDISABLED")
    yield b"* BYE too many\r\n"
    yield f"* OK\r\n* CAPABILITY IMAP4rev1\r\n{_TAG}0 OK x\r\n{_TAG}1 NO {SECRET} of {USER} is wrong\r\n".encode()
    uids, sizes = ("+OK", "1 abc", "2 def", "."), ("+OK", "1 120", ".")
    header, message = ("+OK", "Subject: pills", "", "."), ("+OK", "Subject: pills", "", "Buy now.", "..", ".")
    yield "".join(f"{line}\r\n" for line in ("+OK", "+OK", "+OK", *uids, *sizes, *header, *message, "+OK")).encode()
    yield f"+OK\r\n+OK\r\n-ERR {SECRET} of {USER} is wrong\r\n".encode()


def _imap_dialogue(capability: str) -> bytes:
    """The answers to what `_imap` asks, in its order."""
    message = "Subject: pills\r\n\r\nBuy now.\r\n"
    answers: tuple[list[str], ...] = (
        [capability],
        [],  # to LOGIN
        ['* LIST (\\HasNoChildren) "/" INBOX', '* LIST (\\Junk) "/" "Spam &AOk-"', '* LIST (\\Noselect) "/" {1}', "x"],
        ["* FLAGS (\\Seen)", "* OK [PERMANENTFLAGS (\\*)] x", "* 3 EXISTS", "* OK [UIDVALIDITY 5] x"],
        ["* 1 FETCH (UID 6 FLAGS (\\Seen))", "* 2 FETCH (UID 7 FLAGS ($Junk))", "* 3 FETCH (UID 8 FLAGS ())"],
        [capability],  # which IMAPClient asks for anew before it searches
        ["* SEARCH 7 8"],
        [f'* {n} FETCH (UID {n + 5} RFC822.SIZE 30 INTERNALDATE "21-Nov-2026 12:00:00 +0000")' for n in (2, 3)],
        [f"* 2 FETCH (UID 7 BODY[] {{{len(message)}}}", f"{message})"],
        [f"* 2 FETCH (UID 7 BODY[]<0> {{{len(message)}}}", f"{message})"],
    )
    lines = ["* OK ready"]
    for number, answer in enumerate(answers):
        lines += [*answer, f"{_TAG}{number} OK done"]
    return "".join(f"{line}\r\n" for line in lines).encode()


TARGET = Target(
    "mailboxes",
    check,
    seeds,
    words=(
        _TAG.encode(),
        b" OK [READ-ONLY]",
        b"* BYE ",
        b"* LIST (",
        b"\\Junk",
        b"* SEARCH ",
        b" EXISTS",
        b" FETCH (UID ",
        b"RFC822.SIZE ",
        b'INTERNALDATE "',
        b"01-Jan-0001 00:00:00 +0100",
        b"BODY[] ",
        b"{99999999999}\r\n",
        b"{0}\r\n",
        b"NIL",
        b"[UIDVALIDITY 0]",
        b"((((((((",
        b"&AOk-",
        b"-ERR ",
        b"\r\n.\r\n",
        SECRET.encode(),
        b"\x00",
        b"\xff\xfe",
    ),
)
