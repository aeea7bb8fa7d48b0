"""One mail sample for a campaign, and so many a day: a thousand copies of one message are one piece of evidence.

Two messages are of one campaign where the primary domain that they report is the same, or their text nearly is. Each
function is one step inside a transaction of the store.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from trapline.reporter.evidence.url_shapes import shape_of
from trapline.reporter.evidence.urls import normal
from trapline.reporter.indicators import Judged, Report
from trapline.reporter.sketches import alike
from trapline.reporter.storage.recent import recent
from trapline.reporter.storage.schema import campaigns, submissions

DAY = timedelta(days=1)
MAX_COMPARED = 200  #: links of one host

_LINKS = ("html:a", "html:area", "html:form", "text", "html:text")


def primary_domain(judged: Iterable[Judged]) -> str | None:
    """The domain that the message is about: the first reported one that a link leads to, else the first reported."""
    reported = [one.indicator for one in judged if one.indicator.kind == "domain" and isinstance(one.decision, Report)]
    linked = [one for one in reported if any(source.startswith(_LINKS) for source in one.sources)]
    return next((one.value for one in (*linked, *reported)), None)


def sampled(db: sa.Connection, domain: str | None, sketch: str, now: datetime, window: timedelta) -> int | None:
    """The submission of a sample of the same campaign within the window; None where there is none."""
    sent = sa.select(campaigns).join(submissions, submissions.c.id == campaigns.c.submission_id)
    rows = db.execute(sent.where(recent(campaigns.c.at, now, window), submissions.c.state != "dropped"))
    for row in rows:
        if (domain is not None and row.domain == domain) or (sketch and alike(sketch, row.sketch)):
            return int(row.submission_id)
    return None


def samples_in_a_day(db: sa.Connection, now: datetime) -> int:
    """How many samples were queued in the last 24 hours."""
    kept = campaigns.join(submissions, submissions.c.id == campaigns.c.submission_id)
    count = sa.select(sa.func.count()).select_from(kept)
    of_the_day = recent(campaigns.c.at, now, DAY)
    return db.execute(count.where(of_the_day, submissions.c.state != "dropped")).scalar_one()


def same_link(db: sa.Connection, link: str, now: datetime, window: timedelta) -> int | None:
    """The submission within the window of a link that differs from this one only in a recipient's token."""
    form, url = shape_of(link), normal(link)
    if form is None or url is None:
        return None
    start = link[: link.find(url.host) + len(url.host)]
    sent = sa.select(submissions.c.id, submissions.c.value).where(
        submissions.c.kind == "url",
        submissions.c.value.startswith(start, autoescape=True),
        recent(submissions.c.queued_at, now, window),
        submissions.c.state != "dropped",
    )
    rows = db.execute(sent.order_by(submissions.c.id.desc()).limit(MAX_COMPARED))
    return next((row.id for row in rows if row.value != link and shape_of(row.value) == form), None)


def add(
    db: sa.Connection, submission_id: int, domain: str | None, sketch: str, now: datetime, window: timedelta
) -> None:
    """Keep that a sample was queued; and forget those that no window and no day holds any more."""
    db.execute(campaigns.delete().where(campaigns.c.at < now - max(window, DAY)))
    db.execute(campaigns.insert().values(submission_id=submission_id, at=now, domain=domain, sketch=sketch))
