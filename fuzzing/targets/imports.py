"""Another program's settings: refused without showing a secret, or a configuration that trapline takes."""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from fuzzing.target import Target
from tests.config.old_milter import KEY, VARIABLES
from trapline.config import import_junk
from trapline.config.environment_file import Variable, parse
from trapline.config.errors import ConfigError
from trapline.config.import_env import PREFIX, translate
from trapline.config.settings import Settings

_FILE = Path("old.env")
_FOLDER = Path("/etc/trapline")


def check(data: bytes) -> None:
    """Only ConfigError; what comes out is TOML and valid settings, once a person has filled in what the old ones can't
    tell (whose a mailbox is); the DQS key stands in neither.
    """
    with suppress(ConfigError, UnicodeDecodeError):  # the second as `read` refuses it
        variables = parse(_FILE, data.decode("utf-8"))
        _check_junk(partial(import_junk.from_variables, _FILE, variables, _FOLDER))
        _check_milters(variables, once=data.count(KEY.encode()) == 1)
    _check_junk(partial(import_junk.from_json, _FILE, data, _FOLDER))


def _check_milters(variables: Sequence[Variable], *, once: bool) -> None:
    """Where the key stands `once`, it is no name in a list as well."""
    secret = any(one.name == f"{PREFIX}API_KEY" and one.value == KEY for one in variables)
    try:
        imported = translate(_FILE, variables, _FOLDER / "dqs.key")
    except ConfigError as error:
        assert not secret or KEY not in str(error), "the error shows the key"
        return
    _check_toml(imported.toml)
    assert not (secret and once) or KEY not in imported.toml, "the key is in the configuration"


def _check_junk(read: Callable[[], import_junk.Imported]) -> None:
    try:
        imported = read()
    except ConfigError:
        return
    _check_toml(imported.toml)


def _check_toml(text: str) -> None:
    table = tomllib.loads(text)
    for number, mailbox in enumerate(table.get("mailboxes", ())):
        if mailbox.get("addresses") == []:
            mailbox["addresses"] = [f"owner{number}@mx.example"]
    Settings.model_validate(table)


def seeds() -> Iterator[bytes]:
    """Every variable of the one, every key of the other."""
    lines = [f"SPAMHAUS_DQS_{name}={value}" for name, value in VARIABLES.items()]
    yield "\n".join(lines).encode()
    yield from (f"# old\nexport {line}\n".encode() for line in lines)
    junk = "IMAP_SERVER=imap.gmail.com\nIMAP_PORT=993\nIMAP_USER=anna\nIMAP_FOLDER=Junk\nIMAP_PASSWORD=x"
    yield f"{junk}\nSPAMHAUS_TOKEN=y\nDRY_RUN=1\nDELAY=2\n".encode()
    account = '{"imap_server": "imap.x.com", "imap_port": 993, "imap_user": "anna", "imap_password": "x"}'
    yield f'{{"accounts": [{account}], "spamhaus_token": "y"}}'.encode()


TARGET = Target(
    "imports",
    check,
    seeds,
    words=(
        b"SPAMHAUS_DQS_",
        b"unix:",
        b"inet6:",
        b"accounts",
        b"imap_folder",
        b'"',
        b"'",
        b"\\",
        b"\x85",
        b"[]",
        b"{}",
    ),
)
