"""trapline(1): every command with its arguments and options, in the words of `--help`.

typer carries its own click, which the usual makers of manual pages do not know: so its parameters are asked here.
"""

from collections.abc import Iterator
from typing import Any

import typer

from trapline.cli.command import record
from trapline.cli.manual.roff import Page

SUMMARY = "guard Postfix with Spamhaus DQS and spam traps, and report what the traps catch"

_EVERYWHERE = {"--help", "--config"}  # described once

_EXIT = (
    ("0", "All is well."),
    ("1", "The answer is no, or something failed."),
    ("2", "The command line is wrong."),
    ("74", "The output could not be written."),
    ("78", "The configuration or a trap file is wrong."),
)
_ENVIRONMENT = (
    ("TRAPLINE_CONFIG", "The configuration file, if `--config` names none."),
    (
        "TRAPLINE_SECTION__KEY",
        "Overrides the file's setting, as `TRAPLINE_DQS__MODE=shadow` does: see trapline.toml(5).",
    ),
    ("CREDENTIALS_DIRECTORY", "Where systemd puts secrets (LoadCredential); they take precedence over the files."),
    ("MAIL_CONFIG", "Postfix's configuration folder, for `trapline doctor`, if it is not the default one."),
)
_FILES = (
    ("/etc/trapline/trapline.toml", "The configuration: trapline.toml(5)."),
    ("/etc/trapline/traps", "The traps: trapline-traps(5)."),
    ("/etc/trapline/dqs.key, /etc/trapline/spamhaus.token", "The secrets."),
    ("/var/spool/trapline", "Caught mail, a Maildir."),
    ("/var/mail/trapline", "Trap mail that Postfix delivered while the milter was away."),
    ("/var/lib/trapline/trapline.db", "What the reporter remembers."),
)


def page(app: typer.Typer, version: str) -> Page:
    """The page of the command `app`."""
    made = Page("trapline", 1, SUMMARY, version)
    root = typer.main.get_command(app)
    context = _context(root, None, "trapline")
    made.heading("Synopsis")
    made.prose("`trapline` [`--config` FILE] COMMAND [OPTIONS] [ARGUMENTS]")
    made.heading("Description")
    made.prose(root.help or "")
    made.heading("Options")
    made.prose("`--config` goes before or after the command; `install` and `config import-env` read none.")
    for term, text in _records(root, context, frozenset()):
        made.item(term, text)
    made.heading("Commands")
    for command, its in commands(root, context):
        made.subheading(" ".join([its.command_path, *command.collect_usage_pieces(its)]))
        made.prose((command.help or "").replace("\b\n", ""))
        for term, text in _records(command, its, frozenset(_EVERYWHERE)):
            made.item(term, text)
    for title, items in (("Exit status", _EXIT), ("Environment", _ENVIRONMENT), ("Files", _FILES)):
        made.heading(title)
        for term, text in items:
            made.item(term, text)
    made.heading("See also")
    made.prose("trapline.toml(5), trapline-traps(5), postconf(5), systemd.exec(5)")
    return made


def commands(group: Any, context: Any) -> Iterator[tuple[Any, Any]]:
    """Each command below `group` that does something, with its context, in the order of `--help`."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        its = _context(command, context, name)
        if command.hidden:
            continue
        if hasattr(command, "list_commands"):
            yield from commands(command, its)
        else:
            yield command, its


def _context(command: Any, parent: Any, name: str) -> Any:
    return command.context_class(command, info_name=name, parent=parent, **command.context_settings)


def _records(command: Any, context: Any, without: frozenset[str]) -> Iterator[tuple[str, str]]:
    """What `--help` says of each argument and option."""
    for parameter in command.get_params(context):
        row = record(parameter, context)
        if row is not None and not without.intersection(parameter.opts):
            yield row
