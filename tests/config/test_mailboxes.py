"""A mailbox's table is right, or the error names key and value."""

import re
from pathlib import Path

import pytest

from tests.config.closed import somebody_else
from trapline.config import mailbox_secrets
from trapline.config.errors import ConfigError
from trapline.config.load import load
from trapline.config.mailbox_secrets import SecretCommandFailed, login
from trapline.config.mailbox_texts import JUNK
from trapline.config.mailboxes import Mailbox

ANNA = {"name": '"anna"', "role": '"junk"', "host": '"imap.harbour-mail.com"', "user": '"anna@harbour-mail.com"'}


def table(**keys: str) -> str:
    return "\n".join(["[[mailboxes]]", *(f"{key} = {value}" for key, value in (ANNA | keys).items())])


def loaded(folder: Path, *tables: str) -> tuple[Mailbox, ...]:
    path = folder / "trapline.toml"
    path.write_text("\n".join(tables))
    return load(path, {}).mailboxes


def test_four_keys_are_enough(tmp_path: Path) -> None:
    (one,) = loaded(tmp_path, table())
    assert (one.port_number, one.tls, one.owners) == (993, "implicit", ("anna@harbour-mail.com",))
    assert one.wanted_folders == (JUNK,)


def test_a_honeypots_inbox_is_read_too(tmp_path: Path) -> None:
    (one,) = loaded(tmp_path, table(role='"honeypot"'))
    assert one.wanted_folders == (JUNK, "INBOX")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"role": '"spam"'}, r"\[\[mailboxes\]\] 'anna': role = 'spam': expected 'junk' or 'honeypot'"),
        ({"host": '"imap example"'}, r"\[\[mailboxes\]\] 'anna': host = 'imap example'"),
        ({"port": "70000"}, r"\[\[mailboxes\]\] 'anna': port = 70000"),
        ({"name": '"../anna"'}, r"\[\[mailboxes\]\] number 1: name = '\.\./anna'"),
        ({"keyword": '"a b"'}, r"\[\[mailboxes\]\] 'anna': keyword = 'a b'"),
        ({"tls": '"none"'}, "'anna': tls = .none. with host = .imap.harbour-mail.com.: only a loopback address"),
        ({"user": '"anna"'}, r'addresses: .* user = "anna" is not a mail address'),
        ({"addresses": '["anna"]'}, 'addresses: "anna" is not a mail address'),
        ({"afterwards": '"move"'}, "move_to"),
        ({"move_to": '"Reported"'}, "move_to"),
        ({"password_file": '"/a"', "token_command": '["/b"]'}, "password_file and token_command: only one"),
        ({"afterwards": '"move"', "move_to": '"Spam"', "folders": '["Spam"]'}, 'move_to = "Spam": this folder is read'),
        ({"protocol": '"pop3"', "afterwards": '"delete"'}, 'afterwards = "delete": over POP3'),
        ({"protocol": '"pop3"', "folders": '["Spam"]'}, "folders: not possible with POP3"),
        ({"trust": '"gmial"'}, r"\[\[mailboxes\]\] 'anna': trust = 'gmial': expected one of the presets \(gmail, "),
        ({"trust": '"dovecot-postfix"'}, "needs your host's name"),
        ({"trust": '{ method = "received", servers = [] }'}, r"\[\[mailboxes\]\] 'anna': trust: servers"),
        ({"password": '"x"'}, r"\[\[mailboxes\]\] 'anna': password: no such setting"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, keys: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        loaded(tmp_path, table(**keys))


def test_two_mailboxes_of_one_name_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='two mailboxes have the name "anna"'):
        loaded(tmp_path, table(), table(user='"anna.b@harbour-mail.com"', name='"Anna"'))


def test_one_account_is_not_two_witnesses(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='"anna" and "again" are the same account: one person') as found:
        loaded(tmp_path, table(), table(name='"again"', user='"Anna@harbour-mail.com"'))
    assert "harbour-mail.com" not in str(found.value), "a honeypot's user is a trap"


def test_a_mailbox_that_is_only_scanned_has_no_role(tmp_path: Path) -> None:
    without_role = table().replace('role = "junk"\n', "")
    (one,) = loaded(tmp_path, without_role, "[mailboxes.scan]")
    assert one.role is None
    with pytest.raises(ConfigError, match='role: set "junk" or "honeypot"'):
        loaded(tmp_path, without_role)


def test_the_owner_is_known_by_user_and_addresses(tmp_path: Path) -> None:
    (one,) = loaded(tmp_path, table(addresses='["a.berg@harbour-mail.com"]'))
    assert one.owners == ("a.berg@harbour-mail.com", "anna@harbour-mail.com")


def test_mailboxes_are_not_set_by_environment(tmp_path: Path) -> None:
    path = tmp_path / "trapline.toml"
    path.write_text(table())
    with pytest.raises(ConfigError, match="TRAPLINE_MAILBOXES__0__HOST: no such setting"):
        load(path, {"TRAPLINE_MAILBOXES__0__HOST": "x"})


def test_plain_text_to_this_host_is_allowed(tmp_path: Path) -> None:
    (one,) = loaded(tmp_path, table(host='"127.0.0.1"', tls='"none"'))
    assert one.port_number == 143


def mailbox(**keys: object) -> Mailbox:
    plain = {key: value.strip('"') for key, value in ANNA.items()}
    return Mailbox.model_validate(plain | keys)


def test_a_password_comes_from_its_file(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("c4nary pass\n")
    secret.chmod(0o600)
    assert login(mailbox(password_file=secret), {}).secret == "c4nary pass"


def test_a_password_that_everybody_can_read_is_an_error(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("c4nary")
    secret.chmod(0o604)
    with pytest.raises(ConfigError, match=rf"{re.escape(str(secret))} can be read by everybody") as error:
        login(mailbox(password_file=secret), {})
    assert "c4nary" not in str(error.value)


def test_a_credential_of_systemd_comes_first(tmp_path: Path) -> None:
    (tmp_path / "mailboxes.anna").write_text("from-systemd")
    found = login(mailbox(password_file=tmp_path / "missing"), {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert found.secret == "from-systemd"


def test_so_does_a_file_of_the_folder_that_the_unit_loads(tmp_path: Path) -> None:
    """`LoadCredential=mailboxes:/etc/trapline/mailboxes` names them so (systemd.exec(5))."""
    (tmp_path / "mailboxes_anna").write_text("from-the-folder")
    assert login(mailbox(), {"CREDENTIALS_DIRECTORY": str(tmp_path)}).secret == "from-the-folder"


def test_at_a_shell_root_has_that_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_secrets, "FOLDER", tmp_path)
    (tmp_path / "anna").write_text("from-the-folder")
    (tmp_path / "anna").chmod(0o600)
    assert login(mailbox(), {}).secret == "from-the-folder"


def test_a_command_gives_a_password_or_a_token() -> None:
    password = login(mailbox(password_command=["/bin/echo", "c4nary"]), {})
    token = login(mailbox(token_command=["/bin/echo", "t0ken"]), {})
    assert (password.secret, password.token, token.secret, token.token) == ("c4nary", False, "t0ken", True)
    assert "c4nary" not in repr(password)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["/bin/sh", "-c", "echo c4nary; exit 3"], "ended with 3"),
        (["/bin/true"], "printed nothing"),
        (["/nowhere/token"], "cannot run /nowhere/token"),
    ],
)
def test_a_command_that_gives_none_is_named_and_its_output_is_not(command: list[str], said: str) -> None:
    with pytest.raises(SecretCommandFailed, match=said) as error:
        login(mailbox(token_command=command), {})
    assert "c4nary" not in str(error.value)


def test_who_may_not_look_whether_one_is_there_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody at a shell, and a daemon that started before the file was put there."""
    monkeypatch.setattr(mailbox_secrets, "FOLDER", tmp_path)
    (tmp_path / "anna").touch(0o600)
    doubt = "This user may not look: run this as root, or restart the unit"
    with somebody_else(tmp_path), pytest.raises(ConfigError, match=doubt):
        login(mailbox(), {})
    with pytest.raises(ConfigError) as empty:
        login(mailbox(), {})
    assert doubt not in str(empty.value)


def test_no_secret_at_all_says_what_to_set() -> None:
    with pytest.raises(ConfigError, match=r"mailboxes\.anna: no password: put it into "):
        login(mailbox(), {})
