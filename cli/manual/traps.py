"""trapline-traps(5): the trap file, in the words of the module that reads it."""

import inspect

from trapline.cli.manual.roff import Page
from trapline.traps import file, watch

SUMMARY = "the spam traps of trapline"


def page(version: str) -> Page:
    """The page of the trap file."""
    made = Page("trapline-traps", 5, SUMMARY, version)
    made.heading("Description")
    made.prose(inspect.getdoc(file) or "")
    made.heading("Changes")
    made.prose(inspect.getdoc(watch) or "")
    made.heading("Files")
    made.item("/etc/trapline/traps", "The traps; `traps.files` in trapline.toml(5) names others.")
    made.heading("See also")
    made.prose("trapline(1), trapline.toml(5); `trapline traps` looks at the file, tests addresses and makes new ones")
    return made
