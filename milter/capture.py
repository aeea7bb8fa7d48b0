"""A message on its way to the spool: collected as Postfix hands it over, in memory first, then on the disk.

Line ends become LF. What is collected on the disk lies in a nameless file of the spool's tmp/, so a crash leaves
nothing behind.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile

from trapline.spool import block
from trapline.spool.envelope import Envelope
from trapline.spool.maildir import Maildir, SpoolError

MEMORY_BYTES = 256 * 1024  #: of one message, before it goes to the disk
MAX_MESSAGE_BYTES = 64 * 1024 * 1024  #: what is larger is cut, and its envelope says so
CHUNK_BYTES = 256 * 1024


class Capture:
    """One message that hit a trap."""

    def __init__(self, spool: Maildir) -> None:
        self._spool = spool
        self._file = SpooledTemporaryFile[bytes](max_size=MEMORY_BYTES, dir=str(spool.path / "tmp"))
        self._size = 0
        self._headers_ended = False
        self._carriage_return = b""
        self.truncated = False
        self.failed = ""  #: why the message can't be stored, where the disk gave no room

    @property
    def size_bytes(self) -> int:
        """How much of the message was collected."""
        return self._size

    def header(self, name: str, value: bytes) -> None:
        """One header field; `value` starts with what stood after the colon, folds are LF and white space."""
        self._write(name.encode("utf-8", "surrogateescape") + b":" + value + b"\n")

    def body(self, chunk: bytes) -> bool:
        """A piece of the body; False once there is no use in more of it."""
        self._end_headers()
        data = self._carriage_return + chunk
        self._carriage_return = b"\r" if data.endswith(b"\r") else b""
        self._write(data.removesuffix(b"\r").replace(b"\r\n", b"\n"))
        return not (self.truncated or self.failed)

    def store(self, envelope: Envelope, host: str) -> Path:
        """Put the message into the spool, below the block that `envelope` makes; it is safe when this returns.

        Raises SpoolError: it is not stored.
        """
        self._end_headers()
        self._write(self._carriage_return)
        if self.failed:
            raise SpoolError(f"{self._spool.path / 'tmp'}: cannot collect a message: {self.failed}")
        return self._spool.deliver(self._chunks(block.write(envelope, host)), envelope.id)

    def close(self) -> None:
        """Forget the message."""
        self._file.close()

    def _end_headers(self) -> None:
        if not self._headers_ended:
            self._headers_ended = True
            self._write(b"\n")

    def _write(self, data: bytes) -> None:
        if self.failed or self.truncated:
            return
        room = MAX_MESSAGE_BYTES - self._size
        if len(data) > room:
            data, self.truncated = data[:room], True
        try:
            self._file.write(data)
        except OSError as error:
            self.failed = error.strerror or type(error).__name__
        self._size += len(data)

    def _chunks(self, head: bytes) -> Iterator[bytes]:
        yield head
        self._file.seek(0)
        while chunk := self._file.read(CHUNK_BYTES):
            yield chunk
