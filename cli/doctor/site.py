"""What all checks of `trapline doctor` look at: the settings, and as which users the daemons run."""

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from trapline.config.missing import is_missing
from trapline.config.postconf import installed
from trapline.config.settings import Settings
from trapline.config.values import Listen, UnixListen

MILTER_USER = "trapline-milter"  #: as systemd/trapline.sysusers.conf makes them
REPORTER_USER = "trapline-reporter"
MAILBOXES_USER = "trapline-mailboxes"
GROUP = "trapline"

AS_ROOT = "this user may not look: run trapline doctor as root"


@dataclass(frozen=True, slots=True)
class Site:
    """One host."""

    settings: Settings
    config: Path  #: the configuration file; it may be missing if it is the default one
    milter: str = MILTER_USER  #: as which user the milter runs
    reporter: str = REPORTER_USER
    mailboxes: str = MAILBOXES_USER

    @property
    def packaged(self) -> bool:
        """Whether the daemons run as the users that come with trapline."""
        return {*self.users} <= {MILTER_USER, REPORTER_USER, MAILBOXES_USER}

    @property
    def users(self) -> tuple[str, ...]:
        """As whom daemons run here, each once."""
        third = (self.mailboxes,) if self.settings.mailboxes else ()
        return tuple(dict.fromkeys((*self.know_traps, *third)))

    @property
    def know_traps(self) -> tuple[str, ...]:
        """Those of them who read the trap files, each once."""
        both = (self.milter, self.reporter) if self.no_milter is None else (self.reporter,)
        return tuple(dict.fromkeys(both))

    @property
    def no_milter(self) -> str | None:
        """Why this host has no milter; None where it should have one. Then neither is it missed, nor its user."""
        pymilter = find_spec("Milter") is not None
        return why_no_milter(self.settings.milter.listen, pymilter=pymilter, postfix=installed())


def why_no_milter(listen: Listen, *, pymilter: bool, postfix: bool) -> str | None:
    """A host with the reporter alone has no pymilter, or no Postfix; but a milter may serve another host's by TCP."""
    if not pymilter:
        return "pymilter is not installed: a host with the reporter alone"
    if not postfix and isinstance(listen, UnixListen):
        return "Postfix is not installed: a host with the reporter alone"
    return None


def out_of_reach(path: Path) -> bool:
    """Whether there may be something at `path` that this user can't read. Root can read anything."""
    return os.geteuid() != 0 and not is_missing(path) and not os.access(path, os.R_OK, effective_ids=True)
