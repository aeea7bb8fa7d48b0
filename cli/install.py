"""`trapline install`: users, folders, units, configuration, manual pages and completion, made and taken back."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trapline.cli import completion
from trapline.cli.output import say
from trapline.config.errors import TraplineError
from trapline.config.missing import is_folder
from trapline.config.shipped import shipped

if TYPE_CHECKING:
    from trapline.install.owners import Owners
    from trapline.install.record import Record

_KEY, _TOKEN = Path("/etc/trapline/dqs.key"), Path("/etc/trapline/spamhaus.token")


class NeedsRoot(TraplineError):
    """Only root may do it."""


def install(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")] = False,
    root: Annotated[
        Path, typer.Option("--root", metavar="DIR", help="Install into this folder instead: no users, nothing started.")
    ] = Path("/"),
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove what was installed, except what was changed or holds data.")
    ] = False,
) -> None:
    """Set trapline up on this system.

    Makes users, folders, units and configuration, manual pages and completion for the shells.
    Needs root. Asks nothing, overwrites nothing, starts nothing. Says what it did, and what is left to do.
    """
    from trapline.install import packaged, plan, reach

    root = root.resolve()
    here = root == Path("/")
    if here and os.geteuid() != 0 and not dry_run:
        raise NeedsRoot("only root can do this: run it as root, or use --dry-run to see what it would do")
    if not is_folder(root):
        raise typer.BadParameter(f"there is no folder {root} that this user can look into", param_hint="--root")
    command = reach.this_command()
    packaged.refuse((*plan.for_systemd(command), *plan.for_trapline()), root)
    if remove:
        _remove(root, dry_run=dry_run)
        return
    if here and not dry_run:
        reach.check(command)
    _install(root, command, dry_run=dry_run)
    if here:
        _say_what_is_next(command)
        reach.check(command)


def _install(root: Path, command: Path, *, dry_run: bool) -> None:
    from trapline.cli.manual.pages import pages
    from trapline.install import plan, record, system
    from trapline.install.make import Maker
    from trapline.install.owners import Owners

    here = root == Path("/")
    made = record.read(root)
    try:
        maker = Maker(root, Owners(root), made, dry_run=dry_run)
        for item in plan.for_systemd(command):
            say(maker.make(item))
        if here:
            _make_accounts(made, Owners(root), dry_run=dry_run)
        for item in plan.for_trapline():
            say(maker.make(item))
        for item in plan.for_people(pages(), completion.scripts()):
            say(maker.make_if_possible(item))
        if not here and (unknown := _missing_accounts(Owners(root))):
            names = ", ".join(account.replace(":", " ") for account in unknown)
            say(f"not known in {root}, so nothing there belongs to them: {names}")
    finally:  # whatever failed, what was made is known
        if not dry_run and record.below(root, record.RECORD).parent.is_dir():
            record.write(root, made)
    if here and not dry_run:
        system.reload_units()


def _make_accounts(made: "Record", owners: "Owners", *, dry_run: bool) -> None:
    """The users and groups that are missing on this system; `made` names them, once each."""
    from trapline.install import system

    for account in _missing_accounts(owners):
        say(f"{'would make a ' if dry_run else ''}{account.replace(':', ': ')}")
        if account not in made.accounts:  # made before, and removed by hand since
            made.accounts.append(account)
    if not dry_run:
        system.make_users()


def _missing_accounts(owners: "Owners") -> list[str]:
    from trapline.install import plan

    users = [f"user:{name}" for name in plan.users() if owners.user(name) is None]
    return users + [f"group:{name}" for name in plan.groups() if owners.group(name) is None]


def _remove(root: Path, *, dry_run: bool) -> None:
    from trapline.install import plan, record, system
    from trapline.install import remove as removing

    made = record.read(root)
    if made == record.Record():
        say("nothing here was made by `trapline install`")
        return
    here = root == Path("/")
    if here and not dry_run:
        system.stop(plan.unit_names())
    lines = [*removing.files(root, made, dry_run=dry_run)]
    if not dry_run:
        record.below(root, record.RECORD).unlink()
    lines += removing.folders(root, made, dry_run=dry_run)
    for line in lines:
        say(line)
    if not here:
        return
    _remove_accounts(made.accounts, left=any(line.startswith("stays") for line in lines), dry_run=dry_run)
    if not dry_run:
        system.reload_units()
    ours = f"{shipped('postfix', 'main.cf')}, and from master.cf the service trapline (postconf -MX trapline/unix)"
    say(f"Postfix still names the milter, and mail flows without it: remove from main.cf what is in {ours}")


def _remove_accounts(made: list[str], *, left: bool, dry_run: bool) -> None:
    """Users and groups go, unless something was `left` that may be theirs."""
    from trapline.install import system

    names = ", ".join(account.replace(":", " ") for account in made)
    if left:
        say(f"stays: {names}, since files of theirs may be left")
    elif not dry_run:
        for line in system.remove_accounts(made):
            say(line)
    elif names:
        say(f"would be removed: {names}")


def _say_what_is_next(command: Path) -> None:
    """What install can't know: secrets, traps, Postfix; and how to start."""
    say("")
    say("What is left to do:")
    if not _filled(_KEY):
        say(f"- put your DQS key into {_KEY}; without it trapline-milter does not start")
    say('- to see what it would refuse before it does: set mode = "shadow" below [dqs] in /etc/trapline/trapline.toml')
    if find_spec("milter") is None:
        say(f"- the milter needs pymilter; in the clone: {command.parent}/pip install '.[milter]'")
    say("- add your traps: trapline traps add ADDRESS --label 'where it is planted'; or trapline traps generate")
    say(f"- put it behind Postfix: sh {shipped('postfix', 'install')}")
    say("- trapline config check && systemctl enable --now trapline-milter trapline-reporter && postfix reload")
    if not _filled(_TOKEN):
        say(f"- when you agree with what would be reported, put your token for the Submission Portal into {_TOKEN};")
        say("  until then nothing is submitted. Then, and after changing a secret: systemctl restart trapline-reporter")


def _filled(path: Path) -> bool:
    """Whether there is something in a secret's file, which nobody but root may even see."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
