"""Which messages of a mailbox `trapline scan` has seen, kept in a file between its runs.

A message is known by folder, UIDVALIDITY and UID (RFC 3501, 2.3.1.1): where the server changed the UIDVALIDITY, all of
the folder's messages are new. What could not be scanned is tried again, and given up after some runs. The lock sees to
it that there is one run at a time.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trapline.config import durable
from trapline.config.errors import TraplineError
from trapline.mailboxes.uid_set import UidSet

TRIES = 3  #: runs in which a message may fail before it is left alone
MAX_BYTES = 50_000_000

_VERSION = 1


class MemoryUnreadable(TraplineError):
    """What was remembered can't be read."""


@dataclass(slots=True)
class FolderMemory:
    """What is remembered of one folder."""

    uidvalidity: int
    seen: UidSet = field(default_factory=UidSet)
    failed: dict[int, int] = field(default_factory=dict)  #: UIDs that could not be scanned, and in how many runs


class Memory:
    """What is remembered of one mailbox, in a file. Changes are on the disk when a method returns."""

    def __init__(self, path: Path) -> None:
        """Read the file at `path`; there may be none yet. Raises MemoryUnreadable: it can't be read."""
        self._path = path
        self._folders = _read(path)

    def is_seen(self, folder: str, uidvalidity: int, uid: int) -> bool:
        """Whether the message was dealt with."""
        known = self._folders.get(folder)
        return known is not None and known.uidvalidity == uidvalidity and uid in known.seen

    def remember(self, folder: str, uidvalidity: int, uid: int) -> None:
        """The message was dealt with. Raises NotWritten."""
        known = self._of(folder, uidvalidity)
        known.failed.pop(uid, None)
        known.seen.add(uid)
        self._write()

    def failed(self, folder: str, uidvalidity: int, uid: int) -> bool:
        """The message could not be dealt with in this run; whether it is given up now. Raises NotWritten."""
        known = self._of(folder, uidvalidity)
        known.failed[uid] = known.failed.get(uid, 0) + 1
        given_up = known.failed[uid] >= TRIES
        if given_up:
            del known.failed[uid]
            known.seen.add(uid)
        self._write()
        return given_up

    def _of(self, folder: str, uidvalidity: int) -> FolderMemory:
        known = self._folders.get(folder)
        if known is None or known.uidvalidity != uidvalidity:
            known = self._folders[folder] = FolderMemory(uidvalidity)
        return known

    def _write(self) -> None:
        folders = {
            name: {"uidvalidity": one.uidvalidity, "seen": str(one.seen), "failed": one.failed}
            for name, one in self._folders.items()
        }
        content = json.dumps({"version": _VERSION, "folders": folders}, indent=1).encode() + b"\n"
        (durable.replace if self._path.exists() else durable.create)(self._path, content)


def _read(path: Path) -> dict[str, FolderMemory]:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES)
        return {name: _folder(one) for name, one in json.loads(raw)["folders"].items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise MemoryUnreadable(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise MemoryUnreadable(
            f"{path}: does not hold what trapline scan remembers. Remove it, and all mail counts as new"
        ) from None


def _folder(table: Any) -> FolderMemory:
    failed = {int(uid): int(times) for uid, times in table["failed"].items()}
    return FolderMemory(int(table["uidvalidity"]), UidSet(table["seen"]), failed)
