"""Is the configuration right? All other checks need it."""

import os
from dataclasses import dataclass
from pathlib import Path

from trapline.cli.doctor.result import Result, failed, ok, skipped, warning
from trapline.cli.doctor.site import AS_ROOT, out_of_reach
from trapline.config.errors import ConfigError
from trapline.config.load import load, which_file
from trapline.config.missing import is_missing
from trapline.config.settings import Settings

NAME = "configuration"


@dataclass(frozen=True, slots=True)
class Read:
    """The configuration, as far as there is one."""

    path: Path
    result: Result  #: what is to be said of it
    settings: Settings | None = None  #: None where it can't be read


def read(named: Path | None) -> Read:
    """What `trapline` would be configured to; `named` is the file that the command line names."""
    path, _ = which_file(named, os.environ)
    if out_of_reach(path):
        return Read(path, skipped(NAME, f"{path}: {AS_ROOT}"))
    try:
        settings = load(named)
    except ConfigError as error:
        hint = f"correct what is named there, then: trapline config check --config {path}"
        return Read(path, failed(NAME, "; ".join(str(error).splitlines()), hint))
    if is_missing(path):
        seen = f'there is no {path}: every setting has its default, including mode = "{settings.dqs.mode}"'
        return Read(path, warning(NAME, seen, "trapline install, which writes one"), settings)
    return Read(path, ok(NAME, f"{path} can be read, and has no errors"), settings)
