"""`trapline config check`: is the configuration right?"""

import typer

from trapline.cli.options import ConfigOption, settings
from trapline.config.secrets import dqs_key, spamhaus_token, store_url
from trapline.traps.watch import TrapFiles

app = typer.Typer(help="Look at the configuration.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `check` a sub-command."""


@app.command()
def check(context: typer.Context, config: ConfigOption = None) -> None:
    """Check the configuration file, the environment, the secrets and the trap files. Ends with 78 if one is wrong."""
    configured = settings(context, config)
    key = dqs_key(configured)
    token = spamhaus_token(configured)
    store_url(configured)
    traps = len(TrapFiles(configured.traps, needed=False).current)
    typer.echo(f"DQS key:         {'set' if key else 'not set: the milter will not start'}")
    typer.echo(f"Spamhaus token:  {'set' if token else 'not set: nothing is submitted (as with dry_run)'}")
    typer.echo(f"trap lines:      {traps or 'none yet: nothing is caught'}")
    typer.echo("The configuration is right.")
