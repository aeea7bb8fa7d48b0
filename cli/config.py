"""`trapline config`: is the configuration right? And one made of another milter's."""

from pathlib import Path
from typing import Annotated

import typer

from trapline.cli.options import ConfigOption, settings
from trapline.config.durable import create, refuse_existing
from trapline.config.environment_file import Variable, read
from trapline.config.import_env import translate
from trapline.config.secrets import dqs_key, spamhaus_token, store_url
from trapline.config.settings import Dqs
from trapline.traps.watch import TrapFiles

app = typer.Typer(help="Look at the configuration, or make one.", no_args_is_help=True)


@app.command()
def check(context: typer.Context, config: ConfigOption = None) -> None:
    """Check configuration file, environment, secrets, trap files, the database's URL. Ends with 78 if one is wrong.

    A host with the reporter alone needs neither DQS key nor trap files: where they are missing, it says so and ends
    with 0.
    """
    from trapline.reporter.store import Store

    configured = settings(context, config)
    key = dqs_key(configured)
    token = spamhaus_token(configured)
    Store.check_url(store_url(configured))
    traps = len(TrapFiles(configured.traps, needed=False).current)
    typer.echo(f"DQS key:         {'set' if key else 'not set: the milter will not start'}")
    typer.echo(f"Spamhaus token:  {'set' if token else 'not set: nothing is submitted (as with dry_run)'}")
    absent = [str(file) for file in configured.traps.files if not file.exists()]  # the default's: nobody named them
    if absent:
        typer.echo(f"trap lines:      none: there is no {', '.join(absent)}: the milter will not start")
    else:
        typer.echo(f"trap lines:      {traps or 'none yet: nothing is caught'}")
    alone = key is None or absent
    typer.echo(f"The configuration is right{', for the reporter alone' if alone else ''}.")


@app.command("import-env")
def import_env(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An environment file with SPAMHAUS_DQS_… variables.")],
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write the TOML here, mode 0640; never overwrites.")
    ] = None,
    key_output: Annotated[
        Path | None, typer.Option("--key-output", metavar="FILE", help="Write the DQS key here; likewise.")
    ] = None,
) -> None:
    """Turn another DQS milter's environment file into trapline's configuration. The DQS key is kept apart."""
    key_file = key_output.absolute() if key_output is not None else Path(str(Dqs.model_fields["key_file"].default))
    imported = translate(file, read(file), key_file)
    for path in (output, key_output):
        if path is not None:
            refuse_existing(path)
    if output is None:
        typer.echo(imported.toml, nl=False)
    else:
        create(output, imported.toml.encode())
        typer.echo(f"Wrote {output}. Look at it, then run: trapline config check --config {output}", err=True)
    if imported.key is None:
        typer.echo(f"There is no SPAMHAUS_DQS_API_KEY in {file}: put your key into {key_file}, mode 0640.", err=True)
    elif key_output is None:
        typer.echo(_hint(file, imported.key, key_file), err=True)
    else:
        create(key_file, f"{imported.key.value}\n".encode())
        typer.echo(f"Wrote the DQS key to {key_output}.", err=True)


def _hint(file: Path, key: Variable, key_file: Path) -> str:
    return (
        f"The DQS key stands in line {key.line} of {file} and is not repeated here: put it alone into {key_file}, "
        f"mode 0640, or let --key-output {key_file} do so."
    )
