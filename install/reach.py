"""Whether the services' users can run the very `trapline` that installs: its script, its Python, its libraries.

The units see no home of anybody (ProtectHome=yes), a /tmp of their own (PrivateTmp=yes), and run as users of their own.
"""

import stat
import sys
from pathlib import Path

from trapline.config.errors import TraplineError

HIDDEN = tuple(Path(name) for name in ("/root", "/home", "/run/user", "/tmp", "/var/tmp"))  # noqa: S108 - no file of ours

_WHAT_TO_DO = (
    "Install it where everybody can read it; in the clone: `/usr/bin/python3 -m venv /opt/trapline`, "
    "`/opt/trapline/bin/pip install '.[milter]'`, `/opt/trapline/bin/trapline install`. Or with pipx: "
    "`PIPX_HOME=/opt/pipx PIPX_BIN_DIR=/usr/local/bin pipx install '.[milter]'`"
)


class OutOfReach(TraplineError):
    """The services could not run us."""


def this_command() -> Path:
    """The `trapline` that runs, as the units are to call it: no symbolic link, but the script of its environment."""
    called = Path(sys.argv[0])
    if called.name == "trapline" and called.is_file():
        return called.resolve()
    return Path(sys.prefix) / "bin" / "trapline"


def check(command: Path) -> None:
    """Raise OutOfReach where the services can't run `command`; with what to do."""
    for path in (command, Path(sys.executable), Path(sys.base_prefix), Path(__file__)):
        if (why := obstacle(path)) is not None:
            raise OutOfReach(f"the services can't run {command}: {why}. {_WHAT_TO_DO}")


def obstacle(path: Path) -> str | None:
    """What keeps a service from `path`, itself or what it links to; None if nothing does."""
    if not path.exists():
        return f"{path} does not exist"
    for place in {path, path.resolve()}:
        for folder in HIDDEN:
            if place.is_relative_to(folder):
                return f"{place} is below {folder}, which services don't see"
        for part in (place, *place.parents):
            if part.is_dir() and not part.stat().st_mode & stat.S_IXOTH:
                return f"{part} is closed to other users (mode {stat.S_IMODE(part.stat().st_mode):04o})"
    if path.is_file() and not path.stat().st_mode & stat.S_IROTH:
        return f"{path} can't be read by other users (mode {stat.S_IMODE(path.stat().st_mode):04o})"
    return None
