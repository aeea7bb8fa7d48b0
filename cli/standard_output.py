"""Standard output and error, whatever the locale knows and whoever reads them.

A sign that the locale's encoding has not is a question mark. An output that takes nothing, such as a full disk, is an
error with a sentence and an exit code of its own; a reader who has gone, as `head` does, has seen enough.
"""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper

NOT_WRITTEN = 74  #: EX_IOERR of sysexits.h
GONE = 1  #: as typer ends where it notices it first

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def show_anything() -> None:
    """From now on nothing that is printed is too much for the locale."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextmanager
def written() -> Iterator[None]:
    """What is printed in the block is written when it ends. Raises SystemExit: it can't be."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_the_rest()
        sys.exit(GONE)
    except OSError as error:
        if error.errno not in _FULL or error.filename is not None:  # a file of another name is its command's business
            raise
        _drop_the_rest()
        with suppress(OSError):
            sys.stderr.write(f"trapline: the output could not be written: {error.strerror}\n")
        sys.exit(NOT_WRITTEN)


def _drop_the_rest() -> None:
    """Else Python tries to write it once more when it ends, and complains."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
