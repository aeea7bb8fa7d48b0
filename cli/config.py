"""`trapline config`: is the configuration right? And one made from another milter's."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from trapline.cli.command import App
from trapline.cli.options import ConfigOption, named, settings
from trapline.config import import_junk, mailbox_secrets
from trapline.config.dqs import Dqs
from trapline.config.durable import NewFile, NotWritten, create_all
from trapline.config.environment_file import Variable, read, read_bytes
from trapline.config.errors import ConfigError
from trapline.config.import_env import PREFIX, translate
from trapline.config.load import which_file
from trapline.config.missing import is_missing
from trapline.config.secrets import dqs_key, rspamd_password, spamhaus_token, store_url
from trapline.config.settings import DEFAULT_CONFIG
from trapline.traps.watch import TrapFiles

SECRET_MODE = 0o600

_MODES = {"enforce": "enforce: listed clients are refused", "shadow": "shadow: asks and logs, refuses nothing"}

app = App(help="Look at the configuration, or make one.", no_args_is_help=True)


@app.command()
def check(context: typer.Context, config: ConfigOption = None) -> None:
    """Check the configuration, secrets and trap files.

    Reads the configuration file, the environment, the files that hold secrets, the traps and the database's URL. Ends
    with 78 if one is wrong.

    A host with the reporter alone needs neither DQS key nor trap files: where they are missing, it says so and ends
    with 0.
    """
    from trapline.reporter.storage.store import Store

    configured = settings(context, config)
    file, _ = which_file(named(context, config), os.environ)
    key = dqs_key(configured)
    token = spamhaus_token(configured)
    Store.check_url(store_url(configured))
    rspamd_password(configured)
    for mailbox in configured.mailboxes:
        mailbox_secrets.check(mailbox)
    traps = len(TrapFiles(configured.traps, needed=False).current)
    there = " (does not exist: every setting has its default)" if is_missing(file) else ""
    typer.echo(f"file:            {file}{there}")
    typer.echo(f"mode:            {_MODES[configured.dqs.mode]}")
    typer.echo(f"DQS key:         {'set' if key else 'not set: the milter will not start'}")
    typer.echo(f"Spamhaus token:  {'set' if token else 'not set: nothing is submitted (as with dry_run)'}")
    absent = [str(file) for file in configured.traps.files if is_missing(file)]  # the default's: nobody named them
    if absent:
        typer.echo(f"trap lines:      none: there is no {', '.join(absent)}: the milter will not start")
    else:
        typer.echo(f"trap lines:      {traps or 'none yet: nothing is caught'}")
    if configured.mailboxes:
        typer.echo(f"mailboxes:       {', '.join(mailbox.name for mailbox in configured.mailboxes)}")
    alone = key is None or absent
    typer.echo(f"The configuration is right{', for the reporter alone' if alone else ''}.")


@app.command("import-env")
def import_env(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="An environment file of a DQS milter or of a Junk reporter, or the latter's accounts.json.",
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write the TOML to this new file, mode 0640.")
    ] = None,
    key_output: Annotated[
        Path | None, typer.Option("--key-output", metavar="FILE", help="Write the DQS key to this new file, mode 0640.")
    ] = None,
    secrets: Annotated[
        Path | None,
        typer.Option(
            "--secrets", metavar="DIR", help="Write passwords and token to new files in this folder, mode 0600."
        ),
    ] = None,
) -> None:
    """Make a configuration from another program's.

    From a DQS milter's environment file, or a Junk reporter's. Secrets are kept separate, and are never printed.
    """
    key_file = key_output.absolute() if key_output is not None else Path(str(Dqs.model_fields["key_file"].default))
    imported = _imported(file, key_file, (secrets or DEFAULT_CONFIG.parent).absolute())
    create_all(_new_files(imported, output, key_output, secrets))
    if output is None:
        typer.echo(imported.toml, nl=False)
    else:
        typer.echo(f"Wrote {output}. Look at it, then run: trapline config check --config {output}", err=True)
    if imported.milter:
        typer.echo(_about_key(file, imported.key, key_file, written=key_output is not None), err=True)
    if imported.milter and secrets is not None:
        typer.echo("--secrets has nothing to write: a DQS milter's only secret is its key (--key-output).", err=True)
    if not imported.milter and key_output is not None:
        typer.echo(
            "--key-output has nothing to write: a Junk reporter has no DQS key (--secrets is for its own).", err=True
        )
    for one in imported.secrets:
        typer.echo(_about_secret(one, written=secrets is not None), err=True)


@dataclass(frozen=True, slots=True)
class _Imported:
    toml: str
    milter: bool  #: the file was a DQS milter's
    key: Variable | None
    secrets: tuple[import_junk.Secret, ...]


def _imported(file: Path, key_file: Path, folder: Path) -> _Imported:
    """What `file` becomes, of whichever kind it is. Raises ConfigError."""
    if file.suffix == ".json":
        junk = import_junk.from_json(file, read_bytes(file), folder)
        return _Imported(junk.toml, milter=False, key=None, secrets=junk.secrets)
    variables = read(file)
    theirs = [one for one in variables if one.name in import_junk.NAMES]
    ours = [one for one in variables if one.name not in import_junk.NAMES]
    if not theirs:
        imported = translate(file, ours, key_file)
        return _Imported(imported.toml, milter=True, key=imported.key, secrets=())
    if any(one.name.startswith(PREFIX) for one in ours):
        raise ConfigError(
            f"{file}: holds the variables of a DQS milter and of a Junk reporter: split it into two files"
        )
    junk = import_junk.from_variables(file, variables, folder)
    return _Imported(junk.toml, milter=False, key=None, secrets=junk.secrets)


def _new_files(
    imported: _Imported, output: Path | None, key_output: Path | None, folder: Path | None
) -> Iterator[NewFile]:
    """What is to be written; `folder` is made before the first secret in it. Raises NotWritten: that can't be done."""
    if output is not None:
        yield NewFile(output, imported.toml.encode())
    if key_output is not None and imported.key is not None:
        yield NewFile(key_output, _line(imported.key.value))
    if folder is not None and imported.secrets:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise NotWritten(f"{folder}: cannot be made: {error.strerror}") from None
        for one in imported.secrets:
            yield NewFile(one.file, _line(one.value), SECRET_MODE)


def _line(secret: str) -> bytes:
    return f"{secret}\n".encode()


def _about_key(file: Path, key: Variable | None, key_file: Path, *, written: bool) -> str:
    if key is None:
        return f"There is no SPAMHAUS_DQS_API_KEY in {file}: put your key into {key_file}, mode 0640."
    if written:
        return f"Wrote the DQS key to {key_file}."
    return (
        f"The DQS key is in line {key.line} of {file}, and is not repeated here: put the key alone into {key_file}, "
        f"mode 0640, or let --key-output {key_file} do that."
    )


def _about_secret(secret: import_junk.Secret, *, written: bool) -> str:
    if written:
        return f"Wrote {secret.file}."
    return f"Put the value of {secret.where} alone into {secret.file}, mode 0600, or let --secrets DIR do that."
