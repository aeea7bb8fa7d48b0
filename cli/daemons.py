"""`trapline milter` and `trapline reporter`: the two daemons, in the foreground."""

import logging
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from trapline.cli import logs
from trapline.cli.engine import needed_key
from trapline.cli.options import ConfigOption, settings
from trapline.cli.output import say
from trapline.cli.progress import progress
from trapline.config.errors import ConfigError
from trapline.config.events import Event
from trapline.config.secrets import dqs_key, rspamd_password, spamhaus_token, store_url
from trapline.config.settings import Settings
from trapline.systemd.notify import Manager
from trapline.systemd.signalled import Signalled
from trapline.traps.watch import TrapFiles

if TYPE_CHECKING:
    from trapline.reporter.daemon import Reporter

_log = logging.getLogger(__name__)


def milter(context: typer.Context, config: ConfigOption = None) -> None:
    """Run the milter that Postfix talks to.

    It asks the zones about clients, and catches mail to traps.
    SIGHUP reads the traps again and tests the zones, SIGTERM ends it.
    """
    configured = settings(context, config)
    key = needed_key(configured)
    traps = TrapFiles(configured.traps)
    try:  # pymilter is an extra: a host with the reporter alone has none
        from trapline.milter.server import serve
    except ModuleNotFoundError as error:
        raise ConfigError(f"the milter needs pymilter ({error}); in the clone: pip install '.[milter]'") from None
    from trapline.dnsbl.zones import all_zones
    from trapline.spool.maildir import Maildir

    spool = Maildir(configured.spool.directory)
    spool.create()
    logs.to_standard_error()
    raise typer.Exit(serve(configured, all_zones(configured, key), traps, spool, Manager()))


def reporter(
    context: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="Take in all mail, send all that may be sent, print a summary, exit.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Run the reporter, which submits what was caught.

    SIGHUP reads the traps again, SIGTERM ends it. A changed token needs a restart.
    With --once, ends with 1 if something failed or the token was refused.
    """
    from trapline.reporter.daemon import Reporter
    from trapline.reporter.learning.pupil import pupil

    configured = settings(context, config)
    token = spamhaus_token(configured)
    password = rspamd_password(configured) if configured.learning.filter == "rspamd" else None
    traps = TrapFiles(configured.traps, needed=False)
    logs.to_standard_error()
    worker = Reporter(
        configured,
        token,
        store_url(configured),
        traps,
        say,
        dqs_key=_key_to_follow(configured),
        read_token=lambda: spamhaus_token(configured),
        pupil=pupil(configured, password),
    )
    stop = Signalled.by(signal.SIGTERM, signal.SIGINT)
    if once:
        with progress() as told:
            logs.to_standard_error()  # anew: where there is a bar, lines are to stand above it
            raise typer.Exit(worker.once(stop, told))
    signal.signal(signal.SIGHUP, lambda *_: _reload(worker, configured))
    worker.run(stop, Manager())


def _key_to_follow(configured: Settings) -> str | None:
    """The DQS key for lookups of what was reported. Submitting does without: a key that is not ours to read is said."""
    if not configured.reporter.follow_listings:
        return None
    try:
        return dqs_key(configured)
    except ConfigError as error:
        sentence = f"what was reported is not looked up: {error}. Or set reporter.follow_listings = false"
        _log.warning(Event("lookup error", {"why": str(error)}, text=sentence, level=logging.WARNING))
        return None


def _reload(worker: "Reporter", configured: Settings) -> None:
    """Read traps and token again; a token that can't be read leaves the old one in force.

    Under systemd it is the old one in any case, once one was set: the credential is a copy that was made at the start.
    """
    try:
        token = spamhaus_token(configured)
    except ConfigError as error:
        sentence = f"reload error: the old token stays in force: {error}"
        _log.error(Event("reload error", {"why": str(error)}, text=sentence))
        worker.reload_traps()
    else:
        worker.reload(token)
