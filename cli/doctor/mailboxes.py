"""Can the mailboxes that are configured be logged in to, as far as this host can tell? No server is asked."""

from collections.abc import Iterator
from pathlib import Path

from trapline.cli.doctor.result import Result, failed, from_error, ok, skipped
from trapline.cli.doctor.site import AS_ROOT, Site, out_of_reach
from trapline.config import mailbox_secrets
from trapline.config.errors import ConfigError
from trapline.config.mailboxes import Mailbox
from trapline.config.missing import is_missing

NAME = "mailboxes"


def check(site: Site) -> Iterator[Result]:
    """A line for each."""
    if not site.settings.mailboxes:
        yield skipped(NAME, "none is configured")
    yield from map(_look, site.settings.mailboxes)


def _look(mailbox: Mailbox) -> Result:
    name = f"mailbox {mailbox.name}"
    if any(map(out_of_reach, _files(mailbox))):
        return skipped(name, AS_ROOT)
    try:
        mailbox_secrets.check(mailbox)
    except ConfigError as error:
        return from_error(name, error, f"put the password into {_file(mailbox)} (mode 0600)")
    if mailbox.ca_file is not None and is_missing(mailbox.ca_file):
        return failed(
            name,
            f"ca_file: there is no {mailbox.ca_file}",
            "set ca_file to the certificate of the authority that signed the server's",
        )
    if mailbox.password_command or mailbox.token_command:
        return ok(name, "its command is run at each login; to try that: trapline mailboxes --dry-run")
    return ok(name, "it has a password; to try the login: trapline mailboxes --dry-run")


def _files(mailbox: Mailbox) -> Iterator[Path]:
    """What has to be read for it."""
    if mailbox.ca_file is not None:
        yield mailbox.ca_file
    if mailbox.password_command is None and mailbox.token_command is None:
        yield _file(mailbox)


def _file(mailbox: Mailbox) -> Path:
    """Where its password is looked for: the file that it names, else the one of its name."""
    return mailbox.password_file or mailbox_secrets.FOLDER / mailbox.name
