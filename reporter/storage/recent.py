"""What is of the last hours, of times in the store that a wrong clock may have written."""

from datetime import datetime, timedelta

import sqlalchemy as sa

AHEAD = timedelta(minutes=5)  #: of us another host's clock may be, and its times count all the same


def recent(moment: sa.ColumnElement[datetime], now: datetime, length: timedelta) -> sa.ColumnElement[bool]:
    """Whether `moment` lies within the last `length`.

    What lies further ahead than AHEAD was written while a clock was wrong: it would count until the time comes there.
    """
    return (moment > now - length) & (moment <= now + AHEAD)
