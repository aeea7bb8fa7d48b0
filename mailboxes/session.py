"""A session with an IMAP server: the commands that reading a mailbox takes, each with a bound and in our own words.

IMAPClient speaks the protocol; here what it returns becomes types of ours, and whatever goes wrong becomes one of two
errors (imap_errors.py): the server refused a command (the session goes on), or the session is over (connect anew). A
server's answer is never believed further than it was asked: wrong UIDs, missing bodies and nonsense end so too.
Sources: RFC 3501 (IMAP4rev1), 2177 (IDLE), 4315 (UIDPLUS), 6154 (special use), 6851 (MOVE).
"""

import contextlib
import imaplib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from trapline.config.mailbox_secrets import Login
from trapline.config.mailboxes import Mailbox
from trapline.mailboxes.answers import (
    About,
    Flags,
    Folder,
    Selected,
    about_of,
    flags_of,
    folder_of,
    has_all,
    is_body,
    selected_of,
)
from trapline.mailboxes.bounded import Budget
from trapline.mailboxes.connection import Client, tls_context
from trapline.mailboxes.errors import LoginRefused, Refused, SessionOver
from trapline.mailboxes.hidden import Hidden
from trapline.mailboxes.imap_errors import translated

ANSWER_BYTES = 4_000_000  #: of an answer that holds no message
CHUNK = 250  #: messages that one command names: a line of 2,000 characters (RFC 2683, 3.2.1.5: servers take 8,000)


class Session:
    """A connection that is logged in. Use `open_session`, or close it."""

    def __init__(self, mailbox: Mailbox, login: Login) -> None:
        """Connect and log in.

        Raises SessionOver: the server can't be reached, has no right certificate, or makes no sense.
        Raises LoginRefused.
        """
        self._name = mailbox.name
        self._account = mailbox.account
        self._hidden = Hidden(mailbox, login)
        self._selected: Selected | None = None
        self.alive = True  #: whether further commands make sense
        self.budget = Budget(mailbox.timeout_seconds)
        self.budget.begin(ANSWER_BYTES)
        try:
            with translated(self._name, "connect", self._hidden):
                self._client = Client(mailbox, tls_context(mailbox), self.budget)
        except Refused as error:  # a greeting that is none
            raise SessionOver(str(error)) from None
        try:
            self._log_in(login)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Log out and disconnect, as far as the server lets us."""
        if self.alive:
            with contextlib.suppress(Exception):
                self.budget.begin(ANSWER_BYTES)
                self._client.logout()
        with contextlib.suppress(Exception):
            self._client.shutdown()

    def has(self, capability: str) -> bool:
        """Whether the server has `capability`: IDLE, MOVE, UIDPLUS. Raises SessionOver."""
        with self._speaking("CAPABILITY"):
            return self._client.has_capability(capability)

    def folders(self) -> tuple[Folder, ...]:
        """Every folder that the user can see, with its special uses. Raises SessionOver, Refused."""
        with self._speaking("LIST"):
            return tuple(folder_of(flags, name) for flags, name in self._client.named_folders())

    def select(self, folder: str, *, read_only: bool = False) -> Selected:
        """Open `folder`; what can only be read is opened so. Raises Refused: there is none. Raises SessionOver."""
        self._selected = None
        with self._speaking(f"SELECT {folder}"):
            try:
                said = self._client.select_folder(folder, readonly=read_only)
            except imaplib.IMAP4.readonly:
                read_only = True
                said = self._client.select_folder(folder, readonly=True)
            self._selected = selected_of(folder, self._account, said, read_only=read_only)
        return self._selected

    def flags_by_number(self, messages: int) -> Iterator[dict[int, Flags]]:
        """The flags of the first `messages` messages by UID, in chunks from the newest on.

        Asked by number, not by UID: no number changes while only such commands are sent (RFC 3501, 7.4.1). Raises
        Refused, SessionOver.
        """
        for last in range(messages, 0, -CHUNK):
            with self._speaking("FETCH flags"), self._numbered():
                said = self._client.fetch(range(max(1, last - CHUNK + 1), last + 1), ["UID", "FLAGS"])
                chunk = {
                    int(one[b"UID"]): flags_of(one[b"FLAGS"]) for one in said.values() if has_all(one, "UID", "FLAGS")
                }
            yield chunk

    def uids_above(self, uid: int) -> list[int]:
        """The UIDs above `uid`, sorted. Raises Refused, SessionOver."""
        with self._speaking("UID SEARCH"):
            found = self._client.search(["UID", f"{uid + 1}:*"])
            return sorted({int(one) for one in found if one > uid})  # `*` names the last message, whatever its UID is

    def flags(self, uids: Sequence[int]) -> dict[int, Flags]:
        """The flags of messages; those that are gone are left out. Raises Refused, SessionOver."""
        return {
            uid: flags_of(one[b"FLAGS"])
            for uid, one in self._fetched("FETCH flags", uids, ["FLAGS"])
            if b"FLAGS" in one
        }

    def about(self, uids: Sequence[int]) -> list[About]:
        """Size and time of messages, in the order of `uids`; what is gone, or has none, is left out.

        Raises Refused, SessionOver.
        """
        fetched = self._fetched("FETCH sizes", uids, ["RFC822.SIZE", "INTERNALDATE"])
        return [about for uid, one in fetched if (about := about_of(uid, one)) is not None]

    def body(self, uid: int, limit: int, *, whole: bool) -> bytes:
        """A message, at most `limit` bytes of it; nothing is marked read. `whole` asks for it in one piece.

        Raises Refused: the server has none for this UID. Raises SessionOver: it sends more, or nonsense.
        """
        part = "BODY.PEEK[]" if whole else f"BODY.PEEK[]<0.{limit}>"
        with self._speaking("FETCH body", limit):
            said = self._client.fetch([uid], [part]).get(uid, {})
            # By its form: some write RFC822 or another origin than was asked for.
            found = [value for key, value in said.items() if is_body(key, value)]
        if len(found) != 1:
            raise Refused(f"{self._name}: the server hands over no message with UID {uid}")
        body: bytes = found[0]
        return body[:limit]

    def add_keyword(self, uids: Sequence[int], keyword: str) -> None:
        """Set a flag or keyword. Raises Refused, SessionOver."""
        for chunk in _chunks(uids):
            with self._speaking(f"STORE {keyword}"):
                self._client.add_flags(chunk, [keyword], silent=True)

    def remove_keyword(self, uids: Sequence[int], keyword: str) -> None:
        """Take a flag or keyword away. Raises Refused, SessionOver."""
        for chunk in _chunks(uids):
            with self._speaking(f"STORE {keyword}"):
                self._client.remove_flags(chunk, [keyword], silent=True)

    def copy(self, uids: Sequence[int], folder: str) -> None:
        """Copy messages to `folder`. Raises Refused, SessionOver."""
        for chunk in _chunks(uids):
            with self._speaking(f"COPY to {folder}"):
                self._client.copy(chunk, folder)

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move messages to `folder`; without MOVE they are copied, then deleted here. Raises Refused, SessionOver.

        None is copied that can't be deleted: it would be copied again each time.
        """
        if self.has("MOVE"):
            for chunk in _chunks(uids):
                with self._speaking(f"MOVE to {folder}"):
                    self._client.move(chunk, folder)
            return
        if uids:
            self._try_to_delete(uids[0])
        for chunk in _chunks(uids):
            self.copy(chunk, folder)
            self.delete(chunk)

    def _try_to_delete(self, uid: int) -> None:
        """Raises Refused: no message of this folder can be marked as deleted. Raises SessionOver.

        The mark is taken back: should the copy fail, or the connection, nothing is deleted.
        """
        if self._selected is None or not self._selected.keeps("\\deleted"):
            why = "the server has no MOVE, and messages of the folder can't be marked as deleted: nothing is moved"
            raise Refused(f"{self._name}: {why}")
        self.add_keyword([uid], "\\Deleted")
        self.remove_keyword([uid], "\\Deleted")

    def delete(self, uids: Sequence[int]) -> None:
        """Remove these messages and no others: by UID EXPUNGE alone. Without UIDPLUS they are only marked as deleted.

        Raises Refused, SessionOver.
        """
        self.add_keyword(uids, "\\Deleted")
        self.expunge(uids)

    def expunge(self, uids: Sequence[int]) -> None:
        """Remove those of `uids` that are marked as deleted, where the server has UIDPLUS. Raises Refused, …"""
        if not self.has("UIDPLUS"):
            return
        for chunk in _chunks(uids):
            with self._speaking("UID EXPUNGE"):
                self._client.uid_expunge(chunk)

    def append(self, folder: str, message: bytes, flags: Sequence[str], received: datetime) -> None:
        """File `message` in `folder`. Raises Refused, SessionOver."""
        with self._speaking(f"APPEND to {folder}", len(message)):
            self._client.append(folder, message, flags, received)

    def noop(self) -> None:
        """Show that we are there. Raises SessionOver."""
        with self._speaking("NOOP"):
            self._client.noop()

    def idle(self, seconds: float, ended: Callable[[], bool]) -> None:
        """Wait until the server says something about the folder, at most `seconds`, or until `ended`.

        Raises SessionOver, Refused.
        """
        with self._speaking("IDLE"):
            self._client.idle()
            waited = 0.0
            while waited < seconds and not ended() and not self._client.readable(min(1.0, seconds - waited)):
                waited += 1.0
            self.budget.begin(ANSWER_BYTES)
            self._client.idle_done()

    def _log_in(self, login: Login) -> None:
        try:
            with self._speaking("log in"):
                self._client.log_in(login)
        except Refused as error:
            raise LoginRefused(str(error)) from None

    def _fetched(self, what: str, uids: Sequence[int], items: Sequence[str]) -> Iterator[tuple[int, dict[bytes, Any]]]:
        for chunk in _chunks(uids):
            with self._speaking(what):
                said = self._client.fetch(chunk, items)
            yield from ((uid, said[uid]) for uid in chunk if uid in said)

    @contextlib.contextmanager
    def _numbered(self) -> Iterator[None]:
        self._client.use_uid = False
        try:
            yield
        finally:
            self._client.use_uid = True

    @contextlib.contextmanager
    def _speaking(self, what: str, expected_bytes: int = 0) -> Iterator[None]:
        """One command: bounded, and every way in which it can fail as one of our errors."""
        self.budget.begin(ANSWER_BYTES + expected_bytes)
        try:
            with translated(self._name, what, self._hidden):
                yield
        except SessionOver:
            self.alive = False
            raise
        finally:
            self._client.forget()


@contextlib.contextmanager
def open_session(mailbox: Mailbox, login: Login) -> Iterator[Session]:
    """A session for the length of a `with` block. Raises as `Session`."""
    session = Session(mailbox, login)
    try:
        yield session
    finally:
        session.close()


def _chunks(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (uids[start : start + CHUNK] for start in range(0, len(uids), CHUNK))
