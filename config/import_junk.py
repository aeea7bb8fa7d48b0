"""The settings of a reporter of Junk folders as our configuration: its environment variables, or its JSON of accounts.

Each setting becomes one that does the same, or a comment that says why there is none. Passwords and the token are no
part of the text: they go into files of their own, which the text names. Files are read and written by others.

Source: Sageth/spamhaus-reporting, README.md and accounts.example.json, for what the settings mean, and their defaults.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from trapline.config.environment_file import Variable
from trapline.config.errors import ConfigError
from trapline.config.mailbox_texts import JUNK
from trapline.config.mailboxes import Mailbox
from trapline.config.toml_text import Note, Setting, array_table, shown, text
from trapline.config.wrong_value import why, why_of_variable

TOKEN_FILE = "spamhaus.token"  # noqa: S105  a file's name
MAX_ACCOUNTS = 1_000

_HEAD = """\
# Made from {source} by `trapline config import-env`. Settings that are not here keep their defaults.
# What differs from the old reporter: a Junk folder is one person's opinion, so a client's address is reported only once
# another mailbox or a trap has seen it, too; and only the server that `trust` names (see the example configuration) is
# believed about that address, not any Received-SPF on top. Messages with $SpamhausProcessed are left alone.

"""
_PRESETS = {
    "imap.gmail.com": "gmail",
    "imap.mail.me.com": "icloud",
    "imap-mail.outlook.com": "outlook",
    "outlook.office365.com": "microsoft365",
    "imap.fastmail.com": "fastmail",
    "imap.gmx.net": "gmx",
}
_KEYS = {"server": "IMAP_SERVER", "port": "IMAP_PORT", "user": "IMAP_USER", "folder": "IMAP_FOLDER"}
_PASSWORD, _TOKEN = "IMAP_PASSWORD", "SPAMHAUS_TOKEN"
_FLAGS = ("DRY_RUN", "DELAY", "VERBOSE_LIST", "ACCOUNTS_CONFIG")
NAMES = frozenset({*_KEYS.values(), _PASSWORD, _TOKEN, *_FLAGS})  #: the variables that we understand


@dataclass(frozen=True, slots=True)
class Secret:
    """What goes into a file of its own."""

    file: Path
    value: str = field(repr=False)
    where: str  #: where it stands now


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of the old settings."""

    toml: str  #: without a secret
    secrets: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class _Account:
    where: str  #: `accounts[0]`, or nothing for variables
    table: dict[str, Any]  #: server, port, user, folder: as far as they are given
    password: str | None = field(repr=False)
    password_at: str
    more_folders: tuple[Any, ...] = ()  #: of further accounts that are the same but for it


def from_variables(path: Path, variables: Sequence[Variable], folder: Path) -> Imported:
    """What `variables` told the old reporter; secrets go into `folder`.

    Raises ConfigError: values that can't be taken over, with file, line, variable and value (never a secret's).
    """
    given = {one.name: one for one in variables if one.name in NAMES and one.value}
    table = {key: given[name].value for key, name in _KEYS.items() if name in given}
    password = given.get(_PASSWORD)
    accounts = []
    if table or password is not None:
        at = "" if password is None else f"line {password.line} of {path}"
        accounts = [_Account("", table, None if password is None else password.value, at)]
    token = given.get(_TOKEN)
    secret = None if token is None else Secret(folder / TOKEN_FILE, token.value, f"line {token.line} of {path}")
    return _imported(path, accounts, secret, [*_flags(path, given)], folder)


def from_json(path: Path, raw: bytes, folder: Path) -> Imported:
    """What a JSON of accounts told the old reporter; likewise."""
    try:
        table = json.loads(raw)
    except (ValueError, RecursionError):
        raise ConfigError(f"{path}: not valid JSON") from None  # its text may quote a password
    listed = table.get("accounts") if isinstance(table, dict) else None
    if not isinstance(listed, list) or not listed or len(listed) > MAX_ACCOUNTS:
        raise ConfigError(f'{path}: expected {{"accounts": […], "spamhaus_token": "…"}} with at least one account')
    accounts = _one_each([_account(path, number, one) for number, one in enumerate(listed)])
    token = table.get("spamhaus_token", table.get("token"))
    if token is not None and not isinstance(token, str):
        raise ConfigError(f"{path}: spamhaus_token: expected a text")
    secret = Secret(folder / TOKEN_FILE, token, f"spamhaus_token in {path}") if token else None
    return _imported(path, accounts, secret, [], folder)


def _account(path: Path, number: int, one: object) -> _Account:
    where = f"accounts[{number}]"
    if not isinstance(one, dict):
        raise ConfigError(f"{path}: {where}: expected an object")
    plain = {key.removeprefix("imap_"): value for key, value in one.items()}
    password = plain.get("password")
    if password is not None and not isinstance(password, str):
        raise ConfigError(f"{path}: {where}: imap_password: expected a text")
    unknown = sorted(set(plain) - {*_KEYS, "password"})
    if unknown:
        raise ConfigError(f"{path}: {where}: {', '.join(unknown)}: not a key of an account")
    table = {key: plain[key] for key in _KEYS if plain.get(key) not in (None, "")}
    return _Account(where, table, password or None, f"imap_password of {where} in {path}")


def _one_each(accounts: Sequence[_Account]) -> list[_Account]:
    """One for each user of a server: the old reporter has an account for each folder, here it is one person."""
    found: dict[tuple[str, ...], _Account] = {}
    for account in accounts:
        who = tuple(str(account.table.get(key)).lower() for key in ("server", "user"))
        first = found.setdefault(who, account)
        folder = account.table.get("folder", JUNK)
        if folder not in (first.table.get("folder", JUNK), *first.more_folders):
            found[who] = replace(first, more_folders=(*first.more_folders, folder))
    return list(found.values())


def _imported(
    path: Path, accounts: Sequence[_Account], token: Secret | None, rest: list[Setting | Note], folder: Path
) -> Imported:
    settings = [each for each in rest if isinstance(each, Setting)]
    notes = [each for each in rest if isinstance(each, Note)]
    secrets = [] if token is None else [token]
    if token is not None:
        settings.append(Setting("spamhaus", "token_file", str(token.file), "holds the token, mode 0600"))
    tables = []
    names: set[str] = set()
    for account in accounts:
        name = _name(account, names)
        file = folder / f"{name}.password"
        tables.append(array_table("mailboxes", _mailbox(path, account, name, file)))
        if account.password is not None:
            secrets.append(Secret(file, account.password, account.password_at))
    return Imported("\n".join([_HEAD.format(source=shown(path)) + text(settings, notes), *tables]), tuple(secrets))


def _mailbox(path: Path, account: _Account, name: str, file: Path) -> list[Setting]:
    """The lines of one mailbox. Raises ConfigError: it could not be read so."""
    table = account.table
    values: dict[str, Any] = {"name": name, "role": "junk", "host": table.get("server"), "user": table.get("user")}
    port = table.get("port")
    if port is not None:
        values["port"] = int(port) if re.fullmatch(r"[0-9]{1,5}", str(port)) else port
    if "folder" in table or account.more_folders:
        values["folders"] = [table.get("folder", JUNK), *account.more_folders]
    preset = _PRESETS.get(str(table.get("server")).lower())
    values |= {"password_file": str(file)} | ({} if preset is None else {"trust": preset})
    no_address = "@" not in str(table.get("user", "@"))
    _check(path, account, values | ({"addresses": ["owner@mx.example"]} if no_address else {}))
    if no_address:
        values["addresses"] = []
    comments = {
        "addresses": "the owner's mail addresses, to be redacted: the user name is not one",
        "role": "as before",
        "password_file": "holds the password, mode 0600",
        "folders": "as before; left out: the one with the special use \\Junk",
        "trust": "whose word counts about the client",
    }
    return [
        Setting("mailboxes", key, tuple(value) if isinstance(value, list) else value, comments.get(key, "as before"))
        for key, value in values.items()
    ]


def _check(path: Path, account: _Account, values: dict[str, Any]) -> None:
    old = {"host": "server", "folders": "folder"}
    try:
        Mailbox.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        name = old.get(key, key)
        where = f"{account.where}: imap_{name}" if account.where else _KEYS.get(name, name)
        value = account.table.get(name)
        said = why(first) if account.where else why_of_variable(first)
        shown_value = "" if value is None else f" = {value!r}"
        raise ConfigError(f"{path}: {where}{shown_value}: {'is missing' if value is None else said}") from None


def _name(account: _Account, taken: set[str]) -> str:
    """A name for the mailbox, made of its user's, that no other has."""
    user = str(account.table.get("user") or "mailbox")
    base = re.sub(r"[^A-Za-z0-9._-]+", "-", user, flags=re.ASCII).strip("-._")[:50] or "mailbox"
    name = next(one for number in range(1, MAX_ACCOUNTS + 2) if (one := _numbered(base, number)).lower() not in taken)
    taken.add(name.lower())
    return name


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}-{number}"


def _flags(path: Path, given: dict[str, Variable]) -> Iterator[Setting | Note]:
    if (variable := given.get("DRY_RUN")) is not None:
        yield Setting("spamhaus", "dry_run", variable.value not in {"0", ""}, "as before, but mail is taken and marked")
    if (variable := given.get("DELAY")) is not None:
        if not re.fullmatch(r"[0-9]{1,5}(?:\.[0-9]{1,5})?", variable.value):
            raise ConfigError(f"{path}:{variable.line}: DELAY = {variable.value!r}: expected a number of seconds")
        seconds = float(variable.value)
        rate = min(60, max(1, int(60 / seconds))) if seconds else 60
        yield Setting("spamhaus", "per_minute", rate, f"was {variable.value} seconds between submissions")
    if "VERBOSE_LIST" in given:
        yield Note("VERBOSE_LIST", "the log has a line for each submission; `trapline submissions` lists them")
    if "ACCOUNTS_CONFIG" in given:
        yield Note("ACCOUNTS_CONFIG", "the accounts are in that file: give it to `trapline config import-env`, too")
