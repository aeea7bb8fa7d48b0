"""The database of an access map: made by postmap beside the old one, and put in its place in one step.

So postmap never works on the one that smtpd reads: it would lock that, for seconds where the list is long, and a crash
would leave half of it.
"""

import os
import shutil
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryFile

from trapline.blocklist.access_map import second_keys
from trapline.config.durable import NotWritten
from trapline.reporter.listing import command

SECONDS = 120.0  #: for a list of millions

_PATH = f"{os.defpath}:/usr/sbin:/sbin:/usr/local/sbin"


class Postmap:
    """`FILE.db` for `check_client_access hash:FILE`."""

    def is_there(self, path: Path) -> bool:
        """Whether the file at `path` has its database."""
        return _database(path).exists()

    def make(self, source: Path, path: Path) -> None:
        """Make it of `source`, for the file at `path`. Raises NotWritten: postmap is not there, or failed. OSError."""
        postmap = shutil.which("postmap", path=_PATH)
        if postmap is None:
            raise NotWritten(f"{path}: there is no postmap on this machine: is Postfix another's? Then leave it out")
        made = _database(source)
        made.unlink(missing_ok=True)
        try:
            command.run((postmap, f"hash:{source}"), SECONDS)
            _add_second_keys(postmap, source)
            with made.open("rb") as file:
                os.fsync(file.fileno())
            made.replace(_database(path))
        except command.CommandFailed as error:
            raise NotWritten(f"{path}: {error}") from None
        finally:
            made.unlink(missing_ok=True)


def _add_second_keys(postmap: str, source: Path) -> None:
    """Those that a source can't have (blocklist/access_map.py); what postmap has to say of them is not passed on."""
    with source.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content, TemporaryFile() as lines:
        lines.writelines(second_keys(content))
        if lines.tell():
            lines.seek(0)
            command.run((postmap, "-i", "-w", f"hash:{source}"), SECONDS, lines)


def _database(path: Path) -> Path:
    return path.with_name(f"{path.name}.db")
