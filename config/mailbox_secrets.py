"""How a mailbox is logged in to: a password or an access token, and where it comes from.

A systemd credential `mailboxes_NAME` (a file of /etc/trapline/mailboxes, which the unit loads) or `mailboxes.NAME`
comes before the table's keys; then `password_file`, `password_command` (its first line of output), or `token_command`
for XOAUTH2; then that file itself, for root at a shell. A command is run without a shell, and neither its output nor a
secret stands in any error.
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trapline.config.errors import ConfigError, TraplineError
from trapline.config.mailboxes import Mailbox
from trapline.config.missing import is_missing
from trapline.config.secrets import MAX_SECRET_BYTES, credential, secret_file

FOLDER = Path("/etc/trapline/mailboxes")  #: of root's: a file is the password of the mailbox that it is named after

COMMAND_SECONDS = 60.0  #: a token may have to be renewed over the network


class SecretCommandFailed(TraplineError):
    """A command that gives a secret did not; it is run again at the next try."""


@dataclass(frozen=True, slots=True)
class Login:
    """What a server is told, and nobody else."""

    user: str
    secret: str = field(repr=False)
    token: bool = False  #: `secret` is an access token for XOAUTH2, not a password


def login(mailbox: Mailbox, environ: Mapping[str, str] | None = None) -> Login:
    """How to log in to `mailbox`.

    Raises ConfigError: no secret is configured, or its file is missing, open to everybody, or empty.
    Raises SecretCommandFailed: the command can't be run, takes too long, or says nothing.
    """
    name = f"mailboxes.{mailbox.name}"
    given = credential(f"mailboxes_{mailbox.name}", environ) or credential(name, environ)
    if given is not None:
        return Login(mailbox.user, given, token=mailbox.token_command is not None)
    if mailbox.password_file is not None:
        given = secret_file(name, mailbox.password_file)
        if given is None:
            raise ConfigError(f"{name}: {mailbox.password_file} is empty: put the mailbox's password into it")
        return Login(mailbox.user, given)
    if mailbox.password_command is not None:
        return Login(mailbox.user, _output(name, "password_command", mailbox.password_command))
    if mailbox.token_command is not None:
        return Login(mailbox.user, _output(name, "token_command", mailbox.token_command), token=True)
    return Login(mailbox.user, _of_the_folder(name, FOLDER / mailbox.name))


def check(mailbox: Mailbox, environ: Mapping[str, str] | None = None) -> None:
    """As `login`, but no command is run. Raises ConfigError."""
    if mailbox.password_command is None and mailbox.token_command is None:
        login(mailbox, environ)


def _of_the_folder(name: str, file: Path) -> str:
    """What is in the `file` that the systemd units load, for root at a shell. Raises ConfigError."""
    may_look = os.access(file, os.R_OK, effective_ids=True)
    if may_look and (given := secret_file(name, file)) is not None:
        return given
    hidden = not may_look and not is_missing(file)
    raise ConfigError(
        f"{name}: no password: put it into {file}, which the systemd units load when they start, or set "
        "password_file, password_command or token_command"
        + (". Is it there already? This user may not look: run this as root, or restart the unit" if hidden else "")
    )


def _output(name: str, key: str, command: tuple[str, ...]) -> str:
    """The first line that the command prints."""
    try:
        done = subprocess.run(  # noqa: S603  the administrator's own command, without a shell
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_SECONDS, check=False
        )
    except OSError as error:
        raise SecretCommandFailed(f"{name}: {key}: cannot run {command[0]}: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise SecretCommandFailed(f"{name}: {key}: {command[0]} took longer than {COMMAND_SECONDS:g} s") from None
    first = done.stdout[:MAX_SECRET_BYTES].decode("utf-8", "replace").strip().partition("\n")[0].strip()
    if done.returncode or not first:
        what = f"ended with {done.returncode}" if done.returncode else "printed nothing"
        raise SecretCommandFailed(f"{name}: {key}: {command[0]} {what}")
    return first
