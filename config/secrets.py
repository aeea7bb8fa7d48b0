"""Where secrets come from: a systemd credential, then the `*_file` key, then the value in the configuration.

A secret is read by the command that needs it, when it needs it, so that `extract` runs without any. An empty file means
"not set"; a default file that is missing, too; a file that was named and is missing is an error. What the world can
read is no secret, and an error. No value ever stands in an error's text.
"""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from pydantic import SecretStr

from trapline.config.dqs import Dqs
from trapline.config.errors import ConfigError, why_unread
from trapline.config.filters import Rspamd
from trapline.config.missing import is_missing
from trapline.config.settings import Settings, Spamhaus, Store

MAX_SECRET_BYTES = 4096
CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"  #: set by systemd for LoadCredential= (systemd.exec(5))

KEY = re.compile(r"[A-Za-z0-9_-]{1,63}", re.ASCII)  #: a DQS key: it becomes one label of a DNS name
_PASSWORD = re.compile(r"[\w+]+://[^:/]*:[^@]+@")  # as SQLAlchemy reads it: brackets, / and ? may stand in one
_TOKEN = re.compile(r"[\x21-\x7e]+", re.ASCII)  # it becomes one word of an HTTP header


def dqs_key(settings: Settings, environ: Mapping[str, str] | None = None) -> str | None:
    """The DQS key, or None where none is set.

    Raises ConfigError: a named file is missing, can't be read, is open to the world, or holds no key.
    """
    dqs = settings.dqs
    named = dqs.key_file if "key_file" in dqs.model_fields_set else None
    key = _secret("dqs.key", named, Dqs.model_fields["key_file"].default, dqs.key, environ)
    if key is not None and not KEY.fullmatch(key):
        raise ConfigError("dqs.key: a DQS key has letters and digits only; the one configured has something else in it")
    return key


def spamhaus_token(settings: Settings, environ: Mapping[str, str] | None = None) -> str | None:
    """The Submission Portal's token, or None where none is set: then nothing is submitted.

    Raises ConfigError: as `dqs_key`.
    """
    spamhaus = settings.spamhaus
    named = spamhaus.token_file if "token_file" in spamhaus.model_fields_set else None
    default = Spamhaus.model_fields["token_file"].default
    token = _secret("spamhaus.token", named, default, spamhaus.token, environ)
    if token is not None and not _TOKEN.fullmatch(token):
        raise ConfigError("spamhaus.token: a token is one word of ASCII characters; the one configured is not")
    return token


def store_url(settings: Settings, environ: Mapping[str, str] | None = None) -> str:
    """The URL of the reporter's database.

    Raises ConfigError: as `dqs_key`.
    """
    store = settings.store
    url = _secret("store.url", store.url_file, None, store.url, environ)
    return url or str(Store.model_fields["url"].default.get_secret_value())


def rspamd_password(settings: Settings, environ: Mapping[str, str] | None = None) -> str | None:
    """The password of rspamd's controller, or None where none is set: then rspamd has to trust our address.

    Raises ConfigError: as `dqs_key`.
    """
    rspamd = settings.filters.rspamd
    named = rspamd.password_file if "password_file" in rspamd.model_fields_set else None
    default = Rspamd.model_fields["password_file"].default
    password = _secret("filters.rspamd.password", named, default, None, environ)
    if password is not None and not _TOKEN.fullmatch(password):
        raise ConfigError("filters.rspamd.password: a password is one word of ASCII characters here; this one is not")
    return password


def credential(name: str, environ: Mapping[str, str] | None = None) -> str | None:
    """What systemd gave us as the credential `name`, or None; its mode and owner are systemd's. Raises ConfigError."""
    directory = (os.environ if environ is None else environ).get(CREDENTIALS_VARIABLE)
    path = Path(directory) / name if directory else None
    return _read(name, path) if path is not None and path.exists() else None


def secret_file(name: str, path: Path) -> str | None:
    """What is in the file at `path`, or None where it is empty; `name` is the setting.

    Raises ConfigError: it is missing, can't be read, or is open to everybody.
    """
    _refuse_open(name, path)
    return _read(name, path)


def check_config_mode(path: Path, table: Mapping[str, Any]) -> None:
    """Refuse a configuration file with a secret in it that the world can read.

    Raises ConfigError: with what to do.
    """
    inline = [
        f"{section}.{key}" for section, key in (("dqs", "key"), ("spamhaus", "token")) if _has(table, section, key)
    ]
    if _has(table, "store", "url") and _has_password(str(table["store"]["url"])):
        inline.append("store.url")
    if inline and path.stat().st_mode & 0o007:
        raise ConfigError(
            f"{path}: holds a secret ({', '.join(inline)}) and can be read by everybody (mode {_mode(path)}). "
            f"Run: chmod 0640 {path}, or move the secret to a file of its own"
        )


def _has_password(url: str) -> bool:
    """Whether a database's URL holds one: before the host, or as an option after it (libpq's way)."""
    return _PASSWORD.match(url) is not None or "password" in parse_qs(url.partition("?")[2])


def _has(table: Mapping[str, Any], section: str, key: str) -> bool:
    return isinstance(table.get(section), Mapping) and bool(table[section].get(key))


def _secret(
    name: str, named: Path | None, default: Path | None, inline: SecretStr | None, environ: Mapping[str, str] | None
) -> str | None:
    if (secret := credential(name, environ)) is not None:
        return secret  # an empty one hides no file: that may have been filled since the start
    path = named if named is not None else default if default is not None and not is_missing(default) else None
    if path is not None and (secret := secret_file(name, path)) is not None:
        return secret
    return (inline.get_secret_value().strip() or None) if inline is not None else None


def _read(name: str, path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{name}: cannot read {path}: {why_unread(error)}") from None
    if len(raw) > MAX_SECRET_BYTES:
        raise ConfigError(f"{name}: {path} is larger than {MAX_SECRET_BYTES} bytes; is this the right file?")
    return raw.decode("utf-8", errors="replace").strip() or None


def _refuse_open(name: str, path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        missing = ". Create it, or remove the setting" if isinstance(error, FileNotFoundError) else ""
        raise ConfigError(f"{name}: cannot read {path}: {why_unread(error)}{missing}") from None
    if mode & 0o007:
        raise ConfigError(f"{name}: {path} can be read by everybody (mode {_mode(path)}). Run: chmod 0640 {path}")


def _mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"
