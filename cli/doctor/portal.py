"""Does the Submission Portal take our token, what does it offer, and is our clock right?"""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from trapline.cli.doctor import clock
from trapline.cli.doctor.result import Result, failed, ok, skipped, warning
from trapline.cli.doctor.site import AS_ROOT, Site, out_of_reach
from trapline.config.errors import ConfigError
from trapline.config.secrets import spamhaus_token

if TYPE_CHECKING:
    from trapline.reporter.submission.portal import Portal

SECONDS = 10.0  #: for the portal's answer
NAME = "portal"


def check(site: Site) -> Iterator[Result]:
    """The token, and the clock by the portal's; without a portal the clock by the kernel."""
    settings = site.settings.spamhaus
    token, why = _token(site)
    if token is None:
        yield skipped(NAME, why)
        yield clock.by_kernel()
        return
    from trapline.reporter.submission.portal import Portal

    seconds = min(SECONDS, settings.timeout_seconds)
    with closing(Portal(settings.api, token, timedelta(seconds=seconds))) as portal:
        yield _ask(portal, site)
        now = datetime.now(UTC)
        yield clock.by_kernel() if portal.date is None else clock.compared(portal.date, now)


def _token(site: Site) -> tuple[str | None, str]:
    """The token, and why there is none."""
    if out_of_reach(site.settings.spamhaus.token_file):
        return None, AS_ROOT
    try:
        return spamhaus_token(site.settings), "there is no token: nothing is submitted"
    except ConfigError:
        return None, "the token can't be read: see spamhaus.token"


def _ask(portal: "Portal", site: Site) -> Result:
    from trapline.reporter.submission.answers import NotAuthorised, TryLater
    from trapline.reporter.submission.threat_types import PREFERENCES, NoThreatTypeError, choose

    settings = site.settings.spamhaus
    offered = portal.threat_types()
    match offered:
        case NotAuthorised(words):
            return failed(
                NAME,
                f"it refuses the token ({words})",
                f"compare {settings.token_file} with the token in your Spamhaus account",
            )
        case TryLater(why=why, failure=False):
            return warning(
                NAME,
                f"it asks us to slow down: {why}",
                "try again later; if it happens often, lower spamhaus.per_minute",
            )
        case TryLater(why=why):
            return failed(NAME, why, f"can this host reach {settings.api} (firewall, proxy)? Nothing is lost meanwhile")
    try:
        chosen = {kind: choose(kind, offered) for kind in PREFERENCES}
    except NoThreatTypeError as error:
        return failed(NAME, str(error), "ask Spamhaus which threat types your account may use")
    types = ", ".join(f"{kind}: {code}" for kind, code in chosen.items())
    dry = "; spamhaus.dry_run is set: nothing is submitted" if settings.dry_run else ""
    return ok(NAME, f"it accepts the token; threat types: {types}{dry}")
