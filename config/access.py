"""Whether a user could read, write or enter a path: told from owners, groups and modes, without being that user.

So root can tell what a daemon's user will meet. What else may forbid it (access control lists, a unit's ProtectSystem,
a file system that is mounted read-only) is not looked at. Source: path_resolution(7).
"""

import grp
import os
import pwd
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Want = Literal["read", "write", "enter"]  #: "write" of a folder: make, rename and remove what is in it

_BITS: dict[Want, int] = {"read": 0o4, "write": 0o2, "enter": 0o1}


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the system."""

    name: str
    uid: int
    gids: frozenset[int]  #: the own group, and those that it is a member of


@dataclass(frozen=True, slots=True)
class Status:
    """Whose a file or folder is, and for whom."""

    path: Path
    mode: int
    uid: int
    gid: int

    def __str__(self) -> str:
        """`/var/spool/trapline (root:trapline, 2770)`."""
        return f"{self.path} ({owner(self)}, {self.permissions})"

    @property
    def permissions(self) -> str:
        """`2770`."""
        return f"{stat.S_IMODE(self.mode):04o}"

    @property
    def open_to_all(self) -> bool:
        """Whether a user who is neither owner nor in the group has a right to it; to pass through a folder is none."""
        return bool(self.mode & (0o006 if stat.S_ISDIR(self.mode) else 0o007))


def account(name: str) -> Account:
    """The user called `name`. Raises KeyError: there is none."""
    entry = pwd.getpwnam(name)
    return Account(name, entry.pw_uid, frozenset(os.getgrouplist(name, entry.pw_gid)))


def way_to(path: Path) -> tuple[Status, ...]:
    """The folders above `path`, from the root, and `path` itself; links are followed.

    Raises FileNotFoundError: it is not there. Raises PermissionError: this user can't get so far.
    """
    whole = path.resolve(strict=True)
    return tuple(_status(one) for one in (*reversed(whole.parents), whole))


def obstacle(who: Account, way: tuple[Status, ...], wants: Iterable[Want]) -> Status | None:
    """The first on the `way` that keeps `who` from doing all that it `wants` with the last; None where nothing does."""
    *folders, last = way
    for folder in folders:
        if not _may(who, folder, "enter"):
            return folder
    return None if all(_may(who, last, want) for want in wants) else last


def owner(status: Status) -> str:
    """`root:trapline`; numbers where they have no names."""
    try:
        user = pwd.getpwuid(status.uid).pw_name
    except KeyError:
        user = str(status.uid)
    try:
        group = grp.getgrgid(status.gid).gr_name
    except KeyError:
        group = str(status.gid)
    return f"{user}:{group}"


def _may(who: Account, status: Status, want: Want) -> bool:
    """The owner's bits are the owner's alone: who has fewer rights than the others gets no others'."""
    if who.uid == 0:
        return True
    if status.uid == who.uid:
        bits = status.mode >> 6
    elif status.gid in who.gids:
        bits = status.mode >> 3
    else:
        bits = status.mode
    return bool(bits & _BITS[want])


def _status(path: Path) -> Status:
    found = path.stat()
    return Status(path, found.st_mode, found.st_uid, found.st_gid)
