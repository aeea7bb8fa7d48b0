"""What can be configured of teaching the spam filter what the traps caught: which filter, who decides, how much.

Where the filters are is said in `filters.py`. Nothing is taught unless a filter is named here.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from trapline.config.duration import Duration
from trapline.config.filters import Filters, MaxBytes
from trapline.config.section import Section
from trapline.config.values import AbsolutePath

Pupil = Literal["off", "spamd", "rspamd", "sa-learn"]  #: sa-learn: a folder that the administrator has it read

FOLDER = Path("/var/lib/trapline/learning")

_DAY = timedelta(days=1)


def _a_day_at_least(value: timedelta) -> timedelta:
    if value < _DAY:
        raise ValueError("expected at least a day: nobody notices sooner what was learned by mistake")
    return value


class Learning(Section):
    """Which filter is taught, and what needs a person's word."""

    filter: Pupil = "off"
    mode: Literal["review", "auto"] = "review"
    per_day: Annotated[int, Field(ge=1, le=1000)] = 50
    keep: Annotated[Duration, AfterValidator(_a_day_at_least)] = timedelta(days=90)
    max_bytes: MaxBytes = 256_000
    folder: AbsolutePath = FOLDER


def impossible(learning: Learning, filters: Filters) -> str | None:
    """Why the settings can't stand together, the keys named; None where they can."""
    if learning.filter == "off":
        return None
    if learning.folder != FOLDER and learning.filter != "sa-learn":
        return f'learning.folder: only for learning.filter = "sa-learn", and that is "{learning.filter}"'
    taken = {"spamd": filters.spamd.max_bytes, "rspamd": filters.rspamd.max_bytes}.get(learning.filter)
    if taken is not None and learning.max_bytes > taken:
        return f"learning.max_bytes = {learning.max_bytes}: more than filters.{learning.filter}.max_bytes = {taken}"
    return None
