"""Which times in the store lie within the last hours, although a wrong clock may have written some of them."""

from datetime import datetime, timedelta

import sqlalchemy as sa

AHEAD = timedelta(minutes=5)  #: by which another host's clock may be ahead of ours, so that its times still count


def recent(moment: sa.ColumnElement[datetime], now: datetime, length: timedelta) -> sa.ColumnElement[bool]:
    """Whether `moment` lies within the last `length`.

    What lies further ahead than AHEAD was written while a clock was wrong: it would count until the time comes there.
    """
    return (moment > now - length) & (moment <= now + AHEAD)
