"""Where the files lie that come with trapline for other programs (Postfix, logcheck, Prometheus, …), on this host."""

from importlib.resources import files
from pathlib import Path

SHORT = Path("/usr/share/trapline")  #: where the Debian package has a link to each folder


def shipped(folder: str, *below: str, short: Path = SHORT) -> Path:
    """A `folder` of config/, or the file in there that `below` says, by the shorter of its names.

    A hint that names it can be followed from a clone, from a package and from a virtual environment alike.
    """
    ours = Path(str(files("trapline.config") / folder)).joinpath(*below).resolve()
    link = short.joinpath(folder, *below)
    return link if link.exists() and link.samefile(ours) else ours
