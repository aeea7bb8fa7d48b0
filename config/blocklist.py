"""What can be configured of the local blocklist: for how long a client is listed, and when a person has to decide."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, model_validator

from trapline.config.blocklist_files import Served
from trapline.config.duration import Duration


class Blocklist(Served):
    """Who is listed, for how long, and how that is served."""

    first: Duration = timedelta(hours=24)
    longest: Duration = timedelta(days=30)
    keep_off: Duration = timedelta(days=7)
    minimum_hits: Annotated[int, Field(ge=1, le=1000)] = 1
    minimum_traps: Annotated[int, Field(ge=1, le=1000)] = 1
    new_per_hour: Annotated[int, Field(ge=0)] = 200
    new_per_network: Annotated[int, Field(ge=0)] = 8

    @model_validator(mode="after")
    def _ends(self) -> "Blocklist":
        """The first listing can't outlast the longest."""
        if self.first > self.longest:
            raise ValueError("first is longer than longest: the first listing can't outlast the longest")
        return self
