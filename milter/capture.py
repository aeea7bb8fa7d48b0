"""A message on its way to the spool: collected as Postfix hands it over, in memory first, then in the spool's tmp/.

Line ends become LF. The block on top is written first, so that nothing is copied when the message ends.
"""

from dataclasses import replace
from pathlib import Path

from trapline.spool import block
from trapline.spool.draft import Draft
from trapline.spool.envelope import Envelope
from trapline.spool.maildir import Maildir, SpoolError

MEMORY_BYTES = 64 * 1024  #: of one message, before it goes to the disk

MAX_MESSAGE_BYTES = 64 * 1024 * 1024  #: what is larger is cut, and its envelope says so


class Capture:
    """One message that hit a trap."""

    def __init__(self, spool: Maildir, envelope: Envelope, host: str) -> None:
        """`host` is this server's name, for the Received line."""
        self.envelope = envelope
        self.failed = ""  #: why the message can't be stored, where the disk gave no room
        self._spool = spool
        self._host = host
        self._pieces = [block.write(envelope, host)]  # that are in memory
        self._room_of_block = self._in_memory = len(self._pieces[0])
        self._draft: Draft | None = None  # holds what came before them, once that is too much for the memory
        self._size = 0
        self._headers_ended = False
        self._carriage_return = b""

    @property
    def size_bytes(self) -> int:
        """How much of the message was collected."""
        return self._size

    def header(self, name: str, value: bytes) -> None:
        """One header field; `value` starts with what stood after the colon, folds are LF and white space."""
        self._collect(name.encode("utf-8", "surrogateescape") + b":" + value + b"\n")

    def body(self, chunk: bytes) -> bool:
        """A piece of the body; False once there is no use in more of it."""
        self._end_headers()
        data = self._carriage_return + chunk
        self._carriage_return = b"\r" if data.endswith(b"\r") else b""
        self._collect(_with_line_feeds(data.removesuffix(b"\r")))
        return not (self.envelope.truncated or self.failed)

    def store(self) -> Path:
        """Put the message into the spool, below its block; it is safe when this returns.

        Raises SpoolError: it is not stored.
        """
        self._end_headers()
        self._collect(self._carriage_return)
        if self.failed:
            raise SpoolError(f"{self._spool.path / 'tmp'}: cannot collect a message: {self.failed}")
        try:
            return self._spool.commit(self._spill())
        except OSError as error:
            raise SpoolError(f"{self._spool.path}: cannot store a message: {_reason(error)}") from None

    def close(self) -> None:
        """Forget the message, unless it was stored."""
        if self._draft is not None:
            self._draft.discard()

    def _end_headers(self) -> None:
        if not self._headers_ended:
            self._headers_ended = True
            self._collect(b"\n")

    def _collect(self, data: bytes) -> None:
        if self.failed or self.envelope.truncated:
            return
        room = MAX_MESSAGE_BYTES - self._size
        self._size += min(len(data), room)
        self._pieces.append(data if len(data) <= room else data[:room])
        self._in_memory += len(data)
        try:
            if self._in_memory > MEMORY_BYTES:
                self._spill()
            if len(data) > room:
                self._truncate()
        except OSError as error:
            self.failed = _reason(error)

    def _spill(self) -> Draft:
        if self._draft is None:
            self._draft = self._spool.draft(self.envelope.id)
        self._draft.write(self._pieces)
        self._pieces, self._in_memory = [], 0
        return self._draft

    def _truncate(self) -> None:
        """Say on top that the end is missing: `true` is shorter than `false`, and JSON may end in a blank."""
        draft = self._spill()
        self.envelope = replace(self.envelope, truncated=True)
        said = block.write(self.envelope, self._host)
        draft.rewrite_start(said.removesuffix(b"\n").ljust(self._room_of_block - 1) + b"\n")


def _with_line_feeds(data: bytes) -> bytes:
    """`data` with LF for CRLF; a CR that stands alone stays."""
    without = data.replace(b"\r", b"")
    if len(data) - len(without) == data.count(b"\r\n"):  # none does: found out a quarter faster than by replacing pairs
        return without
    return data.replace(b"\r\n", b"\n")


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
