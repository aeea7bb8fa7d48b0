"""The doctor's word on files and folders: each daemon's needs, and who else may read."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from trapline.cli.doctor import files
from trapline.cli.doctor.files import Need, judge, needs
from trapline.cli.doctor.site import Site
from trapline.config import mailbox_secrets
from trapline.config.access import Account, Status, way_to
from trapline.config.settings import Settings

MILTER = Account("trapline-milter", 901, frozenset({900}))
REPORTER = Account("trapline-reporter", 902, frozenset({900}))
NEED = Need("spool", (Path("/s"), Path("/s/new")), ("trapline-milter",), ("read", "write", "enter"), "chmod 2770 /s")


def modes(**by_path: int) -> Callable[[Path], tuple[Status, ...]]:
    """Folders of root and the group 900; below / all are entered through those above."""

    def way(path: Path) -> tuple[Status, ...]:
        found = [Status(Path("/"), 0o755, 0, 0)]
        for one in (*reversed(path.parents), path):
            found += [Status(one, by_path[one.name], 0, 900)] if one.name in by_path else []
        return tuple(found)

    return way


def test_who_is_in_the_way_of_whom_is_said() -> None:
    found = judge(NEED, [MILTER, REPORTER], modes(s=0o2770, new=0o2750))
    assert (found.state, found.hint) == ("failed", "chmod 2770 /s")
    assert found.seen.startswith("trapline-milter can't use /s/new: not permitted by /s/new (root:")
    assert "2750" in found.seen or "0750" in found.seen


def test_what_is_right_says_for_whom() -> None:
    found = judge(NEED, [MILTER, REPORTER], modes(s=0o2770, new=0o2770))
    assert found.state == "ok"
    assert found.seen.startswith("trapline-milter and trapline-reporter can use it (root:")


def test_caught_mail_that_everybody_can_read_is_a_warning() -> None:
    found = judge(NEED, [MILTER], modes(s=0o2775, new=0o2775))
    assert (found.state, found.hint) == ("warning", "chmod o= /s")


def test_a_folder_that_others_may_only_pass_through_shows_them_nothing() -> None:
    """As the store's, on the way to the blocklist."""
    folder = stat.S_IFDIR | 0o711
    assert judge(NEED, [Account("root", 0, frozenset())], modes(s=folder, new=folder)).state == "ok"


def test_behind_a_closed_folder_nobody_reads_whatever_the_mode() -> None:
    found = judge(NEED, [MILTER], modes(s=0o2770, new=0o2775))
    assert found.state == "ok"


def test_without_the_user_nothing_can_be_told() -> None:
    assert judge(NEED, [], modes(s=0o2770, new=0o2770)).state == "skipped"


def test_what_may_be_missing_is_a_warning() -> None:
    def missing(path: Path) -> tuple[Status, ...]:
        raise FileNotFoundError(2, "No such file", str(path))

    fallback = Need("fallback", (Path("/f"),), ("x",), ("read",), "make it", may_be_missing="mail is lost")
    assert judge(fallback, [MILTER], missing).state == "warning"
    assert judge(NEED, [MILTER], missing).state == "failed"


def test_what_this_user_may_not_see_is_skipped() -> None:
    def closed(path: Path) -> tuple[Status, ...]:
        raise PermissionError(13, "Permission denied", str(path))

    assert judge(NEED, [MILTER], closed).state == "skipped"


def test_each_daemon_has_what_it_needs_on_the_list(tmp_path: Path) -> None:
    config = tmp_path / "trapline.toml"
    config.touch()
    found = {need.name: (need.users, need.wants) for need in needs(Site(Settings(), config))}
    both = ("trapline-milter", "trapline-reporter")
    assert found[str(config)] == (both, ("read",))
    assert found["/etc/trapline/traps"] == (both, ("read",))
    assert found["spool /var/spool/trapline"] == (both, ("read", "write", "enter"))
    assert found["fallback /var/mail/trapline"] == (("trapline-reporter",), ("read", "write", "enter"))
    assert not [name for name in found if "mailboxes" in name]
    assert found["socket's folder /var/spool/postfix/trapline"] == (("trapline-milter",), ("write", "enter"))
    assert found["store's folder /var/lib/trapline"] == (("trapline-reporter",), ("read", "write", "enter"))


def test_who_reads_mailboxes_needs_the_spool_and_no_traps(tmp_path: Path) -> None:
    config = tmp_path / "trapline.toml"
    config.touch()
    settings = Settings.model_validate(
        {"mailboxes": [{"name": "anna", "role": "junk", "host": "h", "user": "anna@mx.example"}]}
    )
    site = Site(settings, config)
    found = {need.name: need.users for need in needs(site)}
    assert site.users == ("trapline-milter", "trapline-reporter", "trapline-mailboxes")
    assert found[str(config)] == found["spool /var/spool/trapline"] == site.users
    assert found["mailboxes' state /var/lib/trapline-mailboxes"] == ("trapline-mailboxes",)
    assert "trapline-mailboxes" not in found["/etc/trapline/traps"]


def test_what_lies_in_the_mailboxes_folder_has_to_be_usable_too(tmp_path: Path) -> None:
    (tmp_path / "state" / "scan").mkdir(parents=True)
    (tmp_path / "state" / "scan" / "anna.lock").touch()
    mailbox = {"name": "anna", "role": "junk", "host": "h", "user": "anna@mx.example"}
    settings = Settings.model_validate(
        {"mailboxes": [mailbox], "mailbox_state": {"directory": str(tmp_path / "state")}}
    )
    found = {need.name: need for need in needs(Site(settings, tmp_path / "trapline.toml"))}
    files = found[f"mailboxes' files in {tmp_path / 'state'}"]
    assert files.paths == (tmp_path / "state" / "scan" / "anna.lock",)
    assert files.hint == f"chown -R trapline-mailboxes {tmp_path / 'state'}"


def test_who_reads_mailboxes_has_to_read_the_files_that_their_tables_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No unit hands them over, and root, who asks, could read them anyway."""
    monkeypatch.setattr(mailbox_secrets, "FOLDER", tmp_path / "mailboxes")
    password, authority = tmp_path / "password", tmp_path / "authority.pem"
    for file in (password, authority):
        file.touch(0o600)
    mailbox = {"name": "anna", "role": "junk", "host": "h", "user": "anna@mx.example"}
    mailbox |= {"password_file": str(password), "ca_file": str(authority)}
    site = Site(Settings.model_validate({"mailboxes": [mailbox]}), tmp_path / "trapline.toml")
    found = {need.name: need for need in needs(site)}
    reader = [Account("trapline-mailboxes", 903, frozenset({900}))]
    told = judge(found["mailbox anna's password_file"], reader, way_to)
    assert (told.state, told.hint) == ("failed", f"chown trapline-mailboxes {password} && chmod 0400 {password}")
    assert judge(found["mailbox anna's ca_file"], reader, way_to).hint == f"chmod 0644 {authority}"
    (tmp_path / "mailboxes").mkdir()
    (tmp_path / "mailboxes" / "anna").touch()
    assert "mailbox anna's password_file" not in {need.name for need in needs(site)}, "systemd hands over the other one"


def test_postfixs_own_tables_name_the_traps_and_are_nobody_elses_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "trapline"
    table.touch()
    monkeypatch.setattr(files, "TABLES", (str(table), str(tmp_path / "trapline.db")))
    (need,) = [need for need in needs(Site(Settings(), tmp_path / "x")) if need.name.startswith("Postfix's")]
    root = Account("root", 0, frozenset())
    found = judge(need, [root], modes(trapline=0o100644))
    assert (found.state, found.hint) == ("warning", f"chmod o= {table}")
    assert judge(need, [root], modes(trapline=0o100640)).state == "ok"


def test_only_for_folders_that_systemd_tmpfiles_knows_is_it_the_advice(tmp_path: Path) -> None:
    conf = (Path(__file__).parents[3] / "systemd" / "trapline.tmpfiles.conf").read_text(encoding="utf-8")
    known = {line.split()[1] for line in conf.splitlines() if line.startswith("d ")}
    by_default = [need for need in needs(Site(Settings(), tmp_path / "x")) if "systemd-tmpfiles" in need.hint]
    assert {str(need.paths[0]) for need in by_default if need.wants != ("read",)} <= known
    assert {"spool", "fallback", "socket's", "store's"} <= {need.name.split()[0] for need in by_default}
    elsewhere = Settings.model_validate({"spool": {"directory": str(tmp_path / "spool")}})
    (spool,) = [need for need in needs(Site(elsewhere, tmp_path / "x")) if need.name.startswith("spool")]
    assert spool.hint.startswith(f"install -d -m 2770 -g trapline {tmp_path}/spool {tmp_path}/spool/tmp ")


def test_a_trap_file_that_is_not_there_is_to_be_made_and_not_given_away(tmp_path: Path) -> None:
    missing = tmp_path / "traps"
    settings = Settings.model_validate({"traps": {"files": [str(missing)]}})
    (need,) = [need for need in needs(Site(settings, tmp_path / "x")) if need.name == str(missing)]
    found = judge(need, [MILTER], way_to)
    assert (found.state, "trapline traps add" in found.hint, "chown" in found.hint) == ("failed", True, False)
    missing.touch(0o600)
    assert f"chown root:trapline {missing}" in judge(need, [MILTER], way_to).hint
