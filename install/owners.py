"""The numbers of users and groups: this system's, or those of the system in a folder (`--root DIR`)."""

import grp
import pwd
from collections.abc import Callable
from pathlib import Path

from trapline.install.plan import Item

Numbers = Callable[[str], int | None]


class Owners:
    """Who owns what, by number; None where there is no such user or group."""

    def __init__(self, root: Path) -> None:
        """`root`: "/" is this system, whose users may come from anywhere; of others, /etc/passwd and group count."""
        self._users: Numbers = _our_user if root == Path("/") else _listed(root / "etc/passwd")
        self._groups: Numbers = _our_group if root == Path("/") else _listed(root / "etc/group")

    def missing(self, item: Item) -> list[str]:
        """The user and the group of `item` that are not there, in words."""
        user = [] if self.user(item.user) is not None else [f"user {item.user}"]
        return user + ([] if self.group(item.group) is not None else [f"group {item.group}"])

    def user(self, name: str) -> int | None:
        """The number of a user."""
        return 0 if name == "root" else self._users(name)

    def group(self, name: str) -> int | None:
        """The number of a group."""
        return 0 if name == "root" else self._groups(name)


def _our_user(name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def _our_group(name: str) -> int | None:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def _listed(file: Path) -> Numbers:
    """The third field of passwd(5) and group(5), by the first."""
    if not file.is_file():
        return lambda _: None
    rows = (line.split(":") for line in file.read_text(encoding="utf-8").splitlines())
    numbers = {row[0]: int(row[2]) for row in rows if len(row) > 2 and row[2].isdigit()}
    return numbers.get
