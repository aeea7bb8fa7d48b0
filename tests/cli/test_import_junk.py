"""`trapline config import-env` moves the user of a Junk reporter in one command, and never spreads a secret."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.servers.trapline_process import Run, run
from trapline.config.errors import ConfigError
from trapline.config.load import load
from trapline.config.mailbox_secrets import login
from trapline.config.secrets import spamhaus_token
from trapline.config.settings import Settings

PASSWORD = "c4nary pass"
TOKEN = "c4nary-token"
VARIABLES = {
    "IMAP_SERVER": "imap.harbour-mail.com",
    "IMAP_PORT": "1993",
    "IMAP_USER": "anna@harbour-mail.com",
    "IMAP_PASSWORD": PASSWORD,
    "IMAP_FOLDER": "Spam",
    "SPAMHAUS_TOKEN": TOKEN,
    "DRY_RUN": "1",
    "DELAY": "4",
    "VERBOSE_LIST": "1",
}
ACCOUNT = {"imap_server": "imap.gmail.com", "imap_user": "you@gmail.com", "imap_password": PASSWORD}


class Move:
    """A move of an old file to a new configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.toml = folder / "trapline.toml"
        self.secrets = folder / "secrets"

    def variables(self, **changes: str) -> Run:
        old = self.folder / "old.env"
        old.write_text("".join(f"{name}={value}\n" for name, value in (VARIABLES | changes).items()))
        return self._run(old)

    def accounts(self, *accounts: dict[str, Any], **more: Any) -> Run:
        old = self.folder / "accounts.json"
        old.write_text(json.dumps({"accounts": list(accounts), **more}))
        return self._run(old)

    def _run(self, old: Path) -> Run:
        done = run("config", "import-env", str(old), "--output", str(self.toml), "--secrets", str(self.secrets))
        assert PASSWORD not in done.output
        assert TOKEN not in done.output
        return done

    @property
    def settings(self) -> Settings:
        return load(self.toml, {})


@pytest.fixture
def move(tmp_path: Path) -> Move:
    return Move(tmp_path)


def test_the_variables_become_a_mailbox_that_reads_the_same_folder(move: Move) -> None:
    assert move.variables().code == 0
    (mailbox,) = move.settings.mailboxes
    assert (mailbox.host, mailbox.port, mailbox.user, mailbox.folders) == (
        "imap.harbour-mail.com",
        1993,
        "anna@harbour-mail.com",
        ("Spam",),
    )
    assert (mailbox.role, mailbox.name) == ("junk", "anna-harbour-mail.com")
    assert (move.settings.spamhaus.dry_run, move.settings.spamhaus.per_minute) == (True, 15)
    assert "VERBOSE_LIST" in move.toml.read_text()


def test_secrets_stand_in_files_for_their_owner_alone_and_trapline_uses_them(move: Move) -> None:
    move.variables()
    (mailbox,) = move.settings.mailboxes
    assert login(mailbox, {}).secret == PASSWORD
    assert spamhaus_token(move.settings, {}) == TOKEN
    assert {stat.S_IMODE(path.stat().st_mode) for path in move.secrets.iterdir()} == {0o600}
    assert PASSWORD not in move.toml.read_text()
    assert TOKEN not in move.toml.read_text()


def test_a_file_for_a_key_that_there_is_none_of_is_not_ignored_in_silence(move: Move) -> None:
    move.variables()
    done = run("config", "import-env", str(move.folder / "old.env"), "--key-output", str(move.folder / "dqs.key"))
    assert "--key-output has nothing to write" in done.stderr
    assert not (move.folder / "dqs.key").exists()


def test_a_json_of_accounts_becomes_a_mailbox_each(move: Move) -> None:
    other = {"server": "mail.harbour-mail.com", "user": "you@gmail.com", "password": "x", "port": 993, "folder": "Junk"}
    assert move.accounts(ACCOUNT, other, spamhaus_token=TOKEN).code == 0
    first, second = move.settings.mailboxes
    assert (first.name, second.name) == ("you-gmail.com", "you-gmail.com-2")
    assert first.trust is not None
    assert (second.trust, second.folders) == (None, ("Junk",))
    assert [login(one, {}).secret for one in (first, second)] == [PASSWORD, "x"]
    assert spamhaus_token(move.settings, {}) == TOKEN


def test_accounts_of_one_person_become_one_mailbox_that_reads_all_their_folders(move: Move) -> None:
    again = ACCOUNT | {"imap_user": "You@gmail.com"}
    assert move.accounts(ACCOUNT, again | {"imap_folder": "Scam"}, again).code == 0
    (mailbox,) = move.settings.mailboxes
    assert mailbox.wanted_folders == ("\\Junk", "Scam")
    assert [file.name for file in move.secrets.iterdir()] == ["you-gmail.com.password"]


def test_a_user_that_is_no_address_is_taken_over_and_its_owners_are_asked_for(move: Move) -> None:
    assert move.variables(IMAP_USER="anna").code == 0
    with pytest.raises(ConfigError, match="addresses: name those of its owner"):
        load(move.toml, {})
    move.toml.write_text(move.toml.read_text().replace("addresses = []", 'addresses = ["anna@harbour-mail.com"]'))
    (mailbox,) = move.settings.mailboxes
    assert (mailbox.user, mailbox.owners) == ("anna", ("anna@harbour-mail.com",))


def test_without_a_folder_for_secrets_it_says_where_each_belongs(move: Move) -> None:
    old = move.folder / "old.env"
    old.write_text(f"IMAP_SERVER=imap.gmail.com\nIMAP_USER=a@gmail.com\nIMAP_PASSWORD={PASSWORD}\n")
    done = run("config", "import-env", str(old))
    assert done.code == 0
    assert f"Put the value of line 3 of {old} alone into /etc/trapline/a-gmail.com.password" in done.stderr
    assert PASSWORD not in done.output


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"IMAP_PORT": "many"}, "IMAP_PORT = 'many': expected a whole number\n"),
        ({"IMAP_SERVER": "imap mail"}, "IMAP_SERVER = 'imap mail'"),
        ({"IMAP_USER": ""}, "IMAP_USER: is missing"),
        ({"DELAY": "soon"}, "DELAY = 'soon': expected a number of seconds"),
    ],
)
def test_a_bad_variable_is_named_and_nothing_is_written(move: Move, changes: dict[str, str], said: str) -> None:
    done = move.variables(**changes)
    assert done.code == 78
    assert said in done.stderr
    assert not move.toml.exists()
    assert not move.secrets.exists()


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ({"imap_port": 700_000}, "accounts[0]: imap_port = 700000"),
        ({"imap_server": 3}, "accounts[0]: imap_server = 3"),
        ({"imap_server": []}, "accounts[0]: imap_server = []"),
        ({"imap_password": 3}, "accounts[0]: imap_password: expected a text"),
        ({"pasword": "c4nary pass"}, "accounts[0]: pasword: not a key"),
    ],
)
def test_a_bad_account_is_named_and_nothing_is_written(move: Move, account: dict[str, Any], said: str) -> None:
    done = move.accounts(ACCOUNT | account)
    assert done.code == 78
    assert said in done.stderr
    assert not move.toml.exists()


def test_a_secret_file_that_is_there_is_kept(move: Move) -> None:
    move.secrets.mkdir()
    (move.secrets / "spamhaus.token").write_text("mine")
    assert move.variables().code == 1
    assert not move.toml.exists()
    assert (move.secrets / "spamhaus.token").read_text() == "mine"


def test_where_the_folder_of_secrets_can_not_be_made_nothing_is_written(move: Move) -> None:
    move.secrets.write_text("mine")
    done = move.variables()
    assert done.code == 1
    assert f"trapline: {move.secrets}: cannot be made: File exists" in done.stderr
    assert not move.toml.exists()


def test_a_file_that_is_there_keeps_the_folder_of_secrets_from_being_made(move: Move) -> None:
    move.toml.write_text("mine")
    assert move.variables().code == 1
    assert not move.secrets.exists()
    assert move.toml.read_text() == "mine"


def test_a_file_that_is_no_json_is_not_quoted(move: Move) -> None:
    (move.folder / "accounts.json").write_text(f'{{"password": "{PASSWORD}"')
    done = run("config", "import-env", str(move.folder / "accounts.json"))
    assert (done.code, PASSWORD in done.output) == (78, False)
