"""What `trapline install` makes: folders and files, each with its owner and mode. Pure; `make.py` makes them.

The units, the users and the folders are those of systemd/, so there is one list of them: systemd-tmpfiles makes the
same folders and secret files at each boot, should they be missing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

UNITS = Path("/etc/systemd/system")
SYSUSERS = Path("/etc/sysusers.d/trapline.conf")
TMPFILES = Path("/etc/tmpfiles.d/trapline.conf")
CONFIG = Path("/etc/trapline/trapline.toml")
TRAPS = Path("/etc/trapline/traps")

SHARE = Path("/usr/local/share")  # where man(1) and the shells look beside what packages bring
COMPLETION = {
    "bash": SHARE / "bash-completion/completions/trapline",
    "zsh": SHARE / "zsh/site-functions/_trapline",
    "fish": Path("/etc/fish/completions/trapline.fish"),  # Debian's looks for none below /usr/local
}

_COMMAND = "/opt/trapline/bin/trapline"  # as the units in systemd/ call it

_NO_TRAPS = """\
# The traps, one a line: address, label (where it was planted), and a kind if it is not `pristine` (`recycled`, `typo`).
# A change is noticed within 10 seconds. Each has to be known to Postfix, too: `trapline traps add` says how.
#
# hidden1@mx.example       web page, footer             # a plain address
# @old-shop.example        old shop          recycled   # a whole domain, not those below it
# anna+*@mx.example        mailing lists                # the extensions of anna, not anna herself
# /info\\d+@mx\\.example/    guessed names                # the rest: a regular expression (RE2), without case
"""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that is there, or to be made."""

    path: Path
    mode: int
    user: str = "root"
    group: str = "root"


@dataclass(frozen=True, slots=True)
class File:
    """A file that is there, or to be made; an empty one is to be filled by the administrator."""

    path: Path
    mode: int
    user: str
    group: str
    content: bytes


Item = Folder | File


def for_systemd(command: Path) -> tuple[Item, ...]:
    """What comes first: users, folders and units as systemd reads them; the units start `command`."""
    return tuple(_for_systemd(command))


def for_trapline() -> tuple[Item, ...]:
    """What belongs to those users, a folder before what is in it."""
    return (*tmpfiles(_text(_systemd() / "trapline.tmpfiles.conf")), *_ours())


def for_people(pages: Mapping[str, str], completion: Mapping[str, str]) -> tuple[Item, ...]:
    """What a person at a shell has of it: manual pages by their files' names (`trapline.1`), completion by shell."""
    texts = {SHARE / "man" / f"man{name[-1]}" / name: text for name, text in pages.items()}
    texts |= {COMPLETION[shell]: text for shell, text in completion.items()}
    return tuple(_public(path, text) for path, text in texts.items())


def tmpfiles(text: str) -> Iterator[Item]:
    """The folders and empty files of a tmpfiles.d(5): lines of type `d` and `f`, without an argument.

    Lines of type `z` change what is there already, and make nothing.

    Raises ValueError: another line, which nobody here knows how to make.

    >>> list(tmpfiles("d /run/x 0750 root trapline -"))
    [Folder(path=PosixPath('/run/x'), mode=488, user='root', group='trapline')]
    """
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split()
        if fields[0] == "z":  # a mode for what a daemon has made: there is nothing yet
            continue
        if len(fields) != 6 or fields[0] not in {"d", "f"} or fields[5] != "-":
            raise ValueError(f"not a plain folder or file: {line}")
        kind, path, mode, user, group, _ = fields
        if kind == "d":
            yield Folder(Path(path), int(mode, 8), user, group)
        else:
            yield File(Path(path), int(mode, 8), user, group, b"")


def users() -> tuple[str, ...]:
    """The users that sysusers.d(5) makes, each with a group of its own."""
    return tuple(fields[1] for fields in _sysusers() if fields[0] == "u")


def groups() -> tuple[str, ...]:
    """The groups that it makes beside those."""
    return tuple(fields[1] for fields in _sysusers() if fields[0] == "g")


def unit_names() -> tuple[str, ...]:
    """Names of our units."""
    return tuple(sorted(one.name for one in _systemd().iterdir() if one.name.endswith((".service", ".timer"))))


def _for_systemd(command: Path) -> Iterator[Item]:
    yield from (Folder(one, 0o755) for one in (SYSUSERS.parent, TMPFILES.parent, UNITS))
    for path, name in ((SYSUSERS, "trapline.sysusers.conf"), (TMPFILES, "trapline.tmpfiles.conf")):
        yield _public(path, _text(_systemd() / name))
    for name in unit_names():
        yield _public(UNITS / name, _text(_systemd() / name).replace(f"={_COMMAND} ", f"={command} "))


def _ours() -> Iterator[Item]:
    example = files("trapline.config") / "examples" / "trapline.toml"
    yield File(CONFIG, 0o640, "root", "trapline", example.read_bytes())
    yield File(TRAPS, 0o640, "root", "trapline", _NO_TRAPS.encode())


def _public(path: Path, text: str) -> File:
    return File(path, 0o644, "root", "root", text.encode())


def _sysusers() -> Iterator[list[str]]:
    for line in _text(_systemd() / "trapline.sysusers.conf").splitlines():
        if line and not line.startswith("#"):
            yield line.split()


def _systemd() -> Traversable:
    return files("trapline.systemd")


def _text(file: Traversable) -> str:
    return file.read_text(encoding="utf-8")
