"""`trapline milter` and `trapline reporter`: the two daemons, in the foreground."""

import typer

from trapline.cli import logs
from trapline.cli.options import ConfigOption, settings
from trapline.config.errors import ConfigError
from trapline.config.secrets import dqs_key
from trapline.traps.watch import TrapFiles


def milter(context: typer.Context, config: ConfigOption = None) -> None:
    """Run the milter that Postfix talks to (smtpd_milters). SIGHUP reads the traps again, SIGTERM ends it."""
    configured = settings(context, config)
    key = dqs_key(configured)
    if key is None:
        raise ConfigError(f"dqs.key_file: no DQS key: put yours into {configured.dqs.key_file} (mode 0640)")
    traps = TrapFiles(configured.traps)
    try:  # pymilter is an extra: a host with the reporter alone has none
        from trapline.milter.server import serve
    except ModuleNotFoundError as error:
        raise ConfigError(f"the milter needs pymilter ({error}): pip install 'trapline[milter]'") from None
    from trapline.dnsbl.zones import zones
    from trapline.spool.maildir import Maildir

    spool = Maildir(configured.spool.directory)
    spool.create()
    logs.to_standard_error()
    raise typer.Exit(serve(configured, zones(configured.dqs, key), traps, spool))
