"""Whether Debian's package manager owns what would be installed."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from trapline.config.errors import TraplineError
from trapline.install.plan import File, Item, unit_names
from trapline.install.record import below

_PACKAGED_UNITS = (Path("/lib/systemd/system"), Path("/usr/lib/systemd/system"))


class OwnedByPackage(TraplineError):
    """A package has put files of ours there: two installers of the same files only get in each other's way."""


def refuse(items: Iterable[Item], root: Path) -> None:
    """Raise OwnedByPackage where dpkg owns one of the files, or a unit of the same name; with what to do."""
    files = [item.path for item in items if isinstance(item, File)]
    files += [folder / name for folder in _PACKAGED_UNITS for name in unit_names()]
    database = below(root, Path("/var/lib/dpkg"))
    dpkg = shutil.which("dpkg-query")
    if dpkg is None or not database.is_dir():
        return
    command = [dpkg, f"--admindir={database}", "--search", *map(str, files)]
    # Ends with 1 where a file is nobody's; the others are printed all the same.
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - fixed arguments
    if done.stdout:
        package, _, path = done.stdout.splitlines()[0].partition(": ")
        raise OwnedByPackage(
            f"the Debian package {package} owns {path}, so there is nothing to install or remove here: "
            f"`systemctl start trapline-milter trapline-reporter` starts what it brought. "
            f"Or `apt-get purge {package}` first"
        )
