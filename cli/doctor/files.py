"""Could each daemon, as its user, do with its files and folders what it has to? And can nobody read who should not?

Told from owners and modes (config/access.py), so that root finds out without becoming that user.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from trapline.cli.doctor.result import Result, failed, ok, skipped, warning
from trapline.cli.doctor.site import AS_ROOT, Site
from trapline.config import mailbox_secrets
from trapline.config.access import Account, Status, Want, account, obstacle, owner, way_to
from trapline.config.mailboxes import Mailbox
from trapline.config.missing import is_missing
from trapline.config.secrets import store_url
from trapline.config.values import UnixListen
from trapline.traps.postfix import TABLES

_TMPFILES = "systemd-tmpfiles --create"
# What that makes (systemd/trapline.tmpfiles.conf); of other folders it knows nothing.
_ITS_FOLDERS = frozenset(
    map(
        Path,
        (
            "/var/lib/trapline", "/var/lib/trapline/blocklist", "/var/lib/trapline-mailboxes", "/var/mail/trapline",
            "/var/spool/postfix/trapline", "/var/spool/trapline",
        ),
    )
)  # fmt: skip
_READ: tuple[Want, ...] = ("read",)
_LOOK: tuple[Want, ...] = ("read", "enter")
_KEEP: tuple[Want, ...] = ("read", "write", "enter")
_PUT: tuple[Want, ...] = ("write", "enter")
_VERBS = {_READ: "read", _LOOK: "look into", _KEEP: "use", _PUT: "write into"}


@dataclass(frozen=True, slots=True)
class Need:
    """What some users have to be able to do with some paths."""

    name: str  #: for the table
    paths: tuple[Path, ...]
    users: tuple[str, ...]
    wants: tuple[Want, ...]
    hint: str  #: what makes it right
    private: bool = True  #: what lies there is nobody else's business
    may_be_missing: str = ""  #: why it is no failure that it is not there
    to_make: str = ""  #: what makes it where it is not there, unless `hint` does


def check(site: Site) -> Iterator[Result]:
    """A line for each path that a daemon needs."""
    accounts = {}
    for name in (*site.users, "root"):
        try:
            accounts[name] = account(name)
        except KeyError:
            continue  # `users.py` says so
    for need in needs(site):
        yield judge(need, [accounts[name] for name in need.users if name in accounts], way_to)


def needs(site: Site) -> Iterator[Need]:
    """What the daemons need on this host."""
    yield from _settings(site)
    yield from _caught_mail(site)
    yield from _socket(site)
    yield from _mailboxes(site)
    yield from _blocklist(site)
    yield from _store(site)
    for table in map(Path, TABLES):
        if not is_missing(table):
            yield Need(f"Postfix's {table}", (table,), ("root",), _READ, f"chmod 0640 {table}")


def _settings(site: Site) -> Iterator[Need]:
    """The configuration, and the trap files; a trap file that nobody named may be missing."""
    traps = site.settings.traps
    owned = f"chown root:trapline FILE && chmod 0640 FILE; for a folder above it: {_TMPFILES}"
    if not is_missing(site.config):
        hint = owned.replace("FILE", str(site.config))
        yield Need(f"{site.config}", (site.config,), site.users, _READ, hint, private=False)
    for file in traps.files:
        absent = "" if "files" in traps.model_fields_set else "there are no traps yet"
        add = "trapline traps add ADDRESS --label 'where it is planted'" + (
            f" --file {file}" if len(traps.files) > 1 else ""
        )
        hint = owned.replace("FILE", str(file))
        yield Need(
            f"{file}", (file,), site.know_traps, _READ, hint, may_be_missing=absent, to_make=f"{add}, which makes it"
        )


def _caught_mail(site: Site) -> Iterator[Need]:
    """The spool, which the daemons share, and the fallback Maildir, which is the reporter's."""
    spool, fallback = site.settings.spool.directory, site.settings.traps.fallback
    hint = _made(spool, "install -d -m 2770 -g trapline", _maildir(spool))
    yield Need(f"spool {spool}", _maildir(spool), site.users, _KEEP, hint)
    hint = _made(fallback, f"install -d -m 0700 -o {site.reporter}", _maildir(fallback))
    named = "fallback" in site.settings.traps.model_fields_set
    lost = "" if named else "trap mail that comes while the milter is away can't be delivered"
    yield Need(f"fallback {fallback}", _maildir(fallback), (site.reporter,), _KEEP, hint, may_be_missing=lost)


def _made(folder: Path, command: str, folders: tuple[Path, ...]) -> str:
    """What makes `folder` and puts its owner and mode right: `command` for each of `folders`."""
    by_hand = " ".join([command, *map(str, folders)])
    return f"{_TMPFILES}, or: {by_hand}" if folder in _ITS_FOLDERS else by_hand


def _maildir(path: Path) -> tuple[Path, ...]:
    return (path, *(path / name for name in ("tmp", "new", "cur")))


def _socket(site: Site) -> Iterator[Need]:
    """The folder in which the milter makes its socket."""
    settings, milter = site.settings.milter, site.milter
    if site.no_milter is None and isinstance(settings.listen, UnixListen):
        folder = settings.listen.path.parent
        hint = _made(folder, f"install -d -m 2750 -o {milter} -g {settings.socket_group}", (folder,))
        yield Need(f"socket's folder {folder}", (folder,), (milter,), _PUT, hint, private=False)


def _mailboxes(site: Site) -> Iterator[Need]:
    """The folder, and what is in it already: of each mailbox, and of its scans."""
    if not site.settings.mailboxes:
        return
    folder = site.settings.mailbox_state.directory
    hint = f"chown -R {site.mailboxes} {folder}"
    made = _made(folder, f"install -d -m 0700 -o {site.mailboxes}", (folder,))
    yield Need(f"mailboxes' state {folder}", (folder,), (site.mailboxes,), _KEEP, made)
    files = tuple(sorted(path for path in folder.rglob("*") if path.is_file()))
    if files:
        yield Need(f"mailboxes' files in {folder}", files, (site.mailboxes,), ("read", "write"), hint)
    for mailbox in site.settings.mailboxes:
        yield from _login(site, mailbox)


def _login(site: Site, mailbox: Mailbox) -> Iterator[Need]:
    """The files that its table names, where they are there: `mailboxes.py` says what is missing."""
    password, authority = mailbox.password_file, mailbox.ca_file
    handed_over = not is_missing(mailbox_secrets.FOLDER / mailbox.name)  # by systemd, and it comes first
    if password is not None and not handed_over and not is_missing(password):
        hint = f"chown {site.mailboxes} {password} && chmod 0400 {password}"
        yield Need(f"mailbox {mailbox.name}'s password_file", (password,), (site.mailboxes,), _READ, hint)
    if authority is not None and not is_missing(authority):
        name, hint = f"mailbox {mailbox.name}'s ca_file", f"chmod 0644 {authority}"
        yield Need(name, (authority,), (site.mailboxes,), _READ, hint, private=False)


def _blocklist(site: Site) -> Iterator[Need]:
    """The milter reads what the reporter writes; where its folder is not there, nobody has asked for it."""
    blocklist = site.settings.blocklist
    path = blocklist.files.milter
    if not blocklist.enabled or path is None or (is_missing(path.parent) and "milter" in blocklist.files.by_default):
        return
    folder = path.parent
    hint = _made(folder, f"install -d -m 2755 -o {site.reporter} -g trapline", (folder,))
    yield Need(f"blocklist's folder {folder}", (folder,), (site.reporter,), _PUT, hint, private=False)
    if site.no_milter is None and not is_missing(path):
        yield Need(f"blocklist {path}", (path,), (site.milter,), _READ, hint, private=False)


def _store(site: Site) -> Iterator[Need]:
    """The folder, and the files that are there already."""
    from trapline.config.errors import ConfigError
    from trapline.reporter.storage.inspection import sqlite_file

    try:
        file = sqlite_file(store_url(site.settings))
    except ConfigError:
        return  # `secrets.py` or `database.py` says so
    if file is None:
        return
    made = _made(file.parent, f"install -d -m 0711 -o {site.reporter}", (file.parent,))
    yield Need(f"store's folder {file.parent}", (file.parent,), (site.reporter,), _KEEP, made)
    files = tuple(one for one in (file, Path(f"{file}-wal"), Path(f"{file}-shm")) if not is_missing(one))
    if files:
        hint = f"chown -R {site.reporter} {file.parent}"
        yield Need(f"store {file}", files, (site.reporter,), ("read", "write"), hint)


def judge(need: Need, users: list[Account], look: Callable[[Path], tuple[Status, ...]]) -> Result:
    """What is to be said about `need`; `look` gives the way to a path, and raises as `way_to`."""
    try:
        ways = tuple(map(look, need.paths))
    except FileNotFoundError as error:
        missing, hint = f"{error.filename} does not exist", need.to_make or need.hint
        if need.may_be_missing:
            return warning(need.name, f"{missing}: {need.may_be_missing}", hint)
        return failed(need.name, missing, hint)
    except PermissionError:
        return skipped(need.name, AS_ROOT)
    except OSError as error:
        return failed(need.name, f"{error.filename}: {error.strerror}", need.hint)
    return _judge(need, users, ways)


def _judge(need: Need, users: list[Account], ways: Sequence[tuple[Status, ...]]) -> Result:
    for way, user in product(ways, users):
        if (found := obstacle(user, way, need.wants)) is not None:
            seen = f"{user.name} can't {_verb(need.wants)} {way[-1].path}: not permitted by {found}"
            return failed(need.name, seen, need.hint)
    if need.private and (shown := [way[-1] for way in ways if _shown(way)]):
        return warning(need.name, f"every user of this host can get at {shown[0]}", f"chmod o= {shown[0].path}")
    if not users:
        return skipped(need.name, f"there is no user {' or '.join(need.users)}")
    who = " and ".join(dict.fromkeys(user.name for user in users))
    return ok(need.name, f"{who} can {_verb(need.wants)} it ({owner(ways[0][-1])}, {ways[0][-1].permissions})")


def _shown(way: tuple[Status, ...]) -> bool:
    """Whether a stranger gets there, and has a right to it."""
    stranger = Account("a stranger", -1, frozenset())
    return way[-1].open_to_all and obstacle(stranger, way, ()) is None


def _verb(wants: tuple[Want, ...]) -> str:
    return _VERBS.get(wants, "read and write")
