"""Making what the plan says: what is there already is not overwritten, unless it is ours and unchanged.

Root makes folders below some that belong to the services' users, so what they may have put in the way (a symbolic link)
is neither followed nor given away.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from trapline.config import durable
from trapline.config.errors import TraplineError
from trapline.config.shipped import shipped
from trapline.install.owners import Owners
from trapline.install.plan import CONFIG, File, Folder, Item
from trapline.install.record import Record, below, digest


class NotMade(TraplineError):
    """Something can't be made."""


class Maker:
    """Makes one item after the other below `root`, and keeps in `record` what it has made."""

    def __init__(self, root: Path, owners: Owners, record: Record, *, dry_run: bool) -> None:
        """`dry_run`: only say what would be done."""
        self._root = root
        self._owners = owners
        self._record = record
        self._dry_run = dry_run

    def make(self, item: Item) -> str:
        """Make `item` where it is not there; what was done, in words. Raises NotMade, NotWritten."""
        path = below(self._root, item.path)
        missing = self._owners.missing(item)
        if (above := path.parent.resolve()) != self._root and not above.is_relative_to(self._root):
            raise NotMade(f"{path}: a symbolic link leads out of {self._root}, to {above}: nothing is made there")
        if path.is_symlink():
            return f"left alone: {item.path} is a symbolic link"
        if path.exists():
            return self._keep(path, item, missing)
        if missing and self._is_this_system and not self._dry_run:
            return f"left out: {item.path}, as there is no {' and no '.join(missing)}"
        if not self._dry_run:
            try:
                self._make_above(item.path)
                self._create(path, item)
            except OSError as error:
                raise NotMade(f"{path}: cannot be made: {error.strerror}") from None
        kind = "folder" if isinstance(item, Folder) else "file"
        would = "would make a " if self._dry_run else ""
        return f"{would}{kind}: {item.path} (mode {item.mode:04o}, {item.user}:{item.group})"

    def make_if_possible(self, item: Item) -> str:
        """Likewise what no service needs: where it can't be made, that is said, and the rest goes on."""
        try:
            return self.make(item)
        except (NotMade, durable.NotWritten) as error:
            return f"left out: {error}"

    @property
    def _is_this_system(self) -> bool:
        return self._root == Path("/")

    def _keep(self, path: Path, item: Item, missing: list[str]) -> str:
        """What is at `path` stays, or is brought up to date where it is ours."""
        if not (path.is_dir() if isinstance(item, Folder) else path.is_file()):
            return f"left alone: {item.path} is no {'folder' if isinstance(item, Folder) else 'plain file'}"
        if isinstance(item, File) and item.content:
            content = path.read_bytes()
            if content != item.content:
                return self._update(path, item, content)
        differs = list(self._differences(path.stat(), item, missing))
        return f"left alone: {item.path} has {', '.join(differs)}" if differs else f"is there: {item.path}"

    def _update(self, path: Path, item: File, content: bytes) -> str:
        if self._record.files.get(str(item.path)) == digest(content):
            if not self._dry_run:
                durable.replace(path, item.content)
                self._record.files[str(item.path)] = digest(item.content)
            updated = "would be updated" if self._dry_run else "updated"
            return f"{updated}: {item.path}, which nobody had changed"
        if item.path == CONFIG:
            example = shipped("examples", "trapline.toml")
            return f"left alone: {item.path} is yours; every setting is explained in {example}"
        return f"left alone: {item.path} differs from ours in {_lines(content, item.content)}"

    def _differences(self, there: os.stat_result, item: Item, missing: list[str]) -> Iterator[str]:
        if stat.S_IMODE(there.st_mode) != item.mode:
            yield f"mode {stat.S_IMODE(there.st_mode):04o}, not {item.mode:04o}"
        if not missing and os.geteuid() == 0 and (there.st_uid, there.st_gid) != self._numbers(item):
            yield f"owner {there.st_uid}:{there.st_gid}, not {item.user}:{item.group}"

    def _numbers(self, item: Item) -> tuple[int, int]:
        """Owner and group of `item`; -1 changes nothing: we are not root, or who it is for is unknown."""
        if os.geteuid() != 0:
            return -1, -1
        user, group = self._owners.user(item.user), self._owners.group(item.group)
        return -1 if user is None else user, -1 if group is None else group

    def _make_above(self, path: Path) -> None:
        """The folders above `path`, which need no owner of their own. Raises NotMade."""
        for folder in reversed(path.parents):
            place = below(self._root, folder)
            if place.is_symlink() and place.lstat().st_uid not in {0, os.geteuid()}:
                raise NotMade(f"{place}: is a symbolic link that does not belong to root: look at who has put it there")
            if not place.exists():
                self._make_folder(place, Folder(folder, 0o755))

    def _create(self, path: Path, item: Item) -> None:
        if isinstance(item, File):
            durable.create(path, item.content, item.mode, self._numbers(item))
            self._record.files[str(item.path)] = digest(item.content)
        else:
            self._make_folder(path, item)

    def _make_folder(self, path: Path, item: Folder) -> None:
        """With just that mode, whatever the umask is."""
        path.mkdir(mode=0o700)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fchown(descriptor, *self._numbers(item))
            os.fchmod(descriptor, item.mode)  # after the owner: chown takes the set-group-ID bit away
        finally:
            os.close(descriptor)
        self._record.folders.append(str(item.path))


def _lines(theirs: bytes, ours: bytes) -> str:
    """Which lines of theirs differ, by number: their words may be nobody's business."""
    known = set(ours.splitlines())
    numbers = [number for number, line in enumerate(theirs.splitlines(), 1) if line not in known]
    if not numbers:
        return "lines that it lacks"
    shown = ", ".join(map(str, numbers[:10]))
    return f"line{'s' if len(numbers) > 1 else ''} {shown}{' and more' if len(numbers) > 10 else ''}"
