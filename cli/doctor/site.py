"""What all checks of `trapline doctor` look at: the settings, and as which users the daemons run."""

import os
from dataclasses import dataclass
from pathlib import Path

from trapline.config.missing import is_missing
from trapline.config.settings import Settings

MILTER_USER = "trapline-milter"  #: as systemd/trapline.sysusers.conf makes them
REPORTER_USER = "trapline-reporter"
GROUP = "trapline"

AS_ROOT = "only root may look: run this as root"


@dataclass(frozen=True, slots=True)
class Site:
    """One host."""

    settings: Settings
    config: Path  #: the configuration file; it may be missing if it is the default one
    milter: str = MILTER_USER  #: as which user the milter runs
    reporter: str = REPORTER_USER

    @property
    def packaged(self) -> bool:
        """Whether the daemons run as the users that come with trapline."""
        return (self.milter, self.reporter) == (MILTER_USER, REPORTER_USER)


def out_of_reach(path: Path) -> bool:
    """Whether there may be something at `path` that this user can't read. Root can read anything."""
    return os.geteuid() != 0 and not is_missing(path) and not os.access(path, os.R_OK)
