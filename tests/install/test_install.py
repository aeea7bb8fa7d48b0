"""`trapline install --root DIR`: what it makes, what it leaves alone, what it takes back."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from tests.servers.processes import program
from tests.servers.trapline_process import Run, run
from trapline.install import reach

UNIT = "etc/systemd/system/trapline-milter.service"
CONFIG = "etc/trapline/trapline.toml"
SHARE = "usr/local/share"
KEY = "etc/trapline/dqs.key"
PASSWD = "root:x:0:0::/:\ntrapline-milter:x:71:71::/:\ntrapline-reporter:x:72:72::/:\ntrapline-mailboxes:x:73:73::/:\n"
GROUP = "root:x:0:\ntrapline:x:74:\npostfix:x:75:\n"


def install(root: Path, *options: str) -> Run:
    done = run("install", "--root", str(root), *options)
    assert "Traceback" not in done.output
    return done


def everything(root: Path) -> dict[str, tuple[int, bytes | None]]:
    return {
        str(path.relative_to(root)): (path.stat().st_mode, path.read_bytes() if path.is_file() else None)
        for path in root.rglob("*")
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An installed system in a folder."""
    folder = tmp_path / "root"
    folder.mkdir()
    assert install(folder).code == 0
    return folder


def test_it_makes_units_folders_configuration_traps_and_empty_secrets(root: Path) -> None:
    modes = {name: mode & 0o7777 for name, (mode, _) in everything(root).items()}
    assert modes[UNIT] == 0o644
    assert modes[CONFIG] == modes[KEY] == modes["etc/trapline/traps"] == 0o640
    assert modes["etc/trapline/spamhaus.token"] == 0o400
    assert modes["etc/trapline"] == 0o750
    assert modes["var/spool/trapline/new"] == 0o2770
    assert modes["var/spool/postfix/trapline"] == 0o2750
    assert (root / KEY).read_bytes() == b""


def test_man_and_the_shells_find_what_is_for_them(root: Path) -> None:
    pages = {f"man/man{page[-1]}/{page}" for page in ("trapline.1", "trapline.toml.5", "trapline-traps.5")}
    bash, zsh = f"{SHARE}/bash-completion/completions/trapline", f"{SHARE}/zsh/site-functions/_trapline"
    there = everything(root)
    assert {f"{SHARE}/{page}" for page in pages} | {bash, zsh} <= set(there)
    assert all(mode & 0o7777 == 0o644 for name, (mode, content) in there.items() if SHARE in name and content)
    assert (root / SHARE / "man/man1/trapline.1").read_text().startswith(".TH TRAPLINE 1 ")
    assert "complete_bash" in (root / bash).read_text()
    assert (root / zsh).read_text().startswith("#compdef trapline\n")
    assert "complete_fish" in (root / "etc/fish/completions/trapline.fish").read_text()


def test_everybody_reaches_what_is_for_everybody_whatever_the_umask_is(tmp_path: Path) -> None:
    """Hardened systems have 027 or 077 for root; the folders may serve other programs too, from then on."""
    before = os.umask(0o077)
    try:
        install(tmp_path)
    finally:
        os.umask(before)
    modes = {name: mode & 0o7777 for name, (mode, _) in everything(tmp_path).items()}
    shared = [f"{SHARE}/man/man1", SHARE, "etc", "etc/fish/completions", "etc/systemd/system", "var/spool"]
    assert {name: modes[name] for name in shared} == dict.fromkeys(shared, 0o755)


def test_what_it_writes_is_a_good_configuration_without_a_trap(root: Path) -> None:
    config = root / CONFIG
    config.write_text(config.read_text().replace("/etc/trapline/", f"{root}/etc/trapline/"))
    assert run("config", "check", config=config).code == 0
    assert run("traps", "check", config=config).code == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_owners_are_those_of_the_system_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text(PASSWD)
    (tmp_path / "etc/group").write_text(GROUP)
    install(tmp_path)

    def owner(name: str) -> tuple[int, int]:
        status = (tmp_path / name).stat()
        return status.st_uid, status.st_gid

    assert owner(KEY) == (0, 74)
    assert owner("etc/trapline/spamhaus.token") == (72, 74)
    assert owner("var/spool/postfix/trapline") == (71, 75)
    assert (tmp_path / "var/spool/postfix/trapline").stat().st_mode & 0o7777 == 0o2750
    assert owner("var/lib/trapline-mailboxes") == (73, 74)


def test_a_dry_run_names_it_all_and_makes_nothing(tmp_path: Path) -> None:
    done = install(tmp_path, "--dry-run")
    assert done.code == 0
    assert list(tmp_path.iterdir()) == []
    made = [line for line in install(tmp_path).stdout.splitlines() if line.startswith(("folder: ", "file: "))]
    assert len(made) > 10
    assert [line for line in made if f"would make a {line}\n" not in done.stdout] == []
    assert not done.stdout.startswith(("folder: ", "file: "))


def test_a_second_time_changes_nothing(root: Path) -> None:
    before = everything(root)
    done = install(root)
    assert everything(root) == before
    *lines, last = done.stdout.splitlines()
    assert {line.partition(":")[0] for line in lines} == {"is there"}
    assert last.startswith(f"not known in {root}, so nothing there belongs to them: user trapline-milter")


def test_what_was_there_before_or_was_changed_is_left_alone_and_it_says_where_it_differs(root: Path) -> None:
    (root / KEY).write_text("c4narykey")
    (root / CONFIG).write_text('dqs.mode = "shadow"\n')
    unit = root / UNIT
    unit.write_text(unit.read_text().replace("LimitNOFILE=65536", "LimitNOFILE=131072"))
    (root / "etc/trapline/traps").chmod(0o600)
    before = everything(root)
    done = install(root)
    assert everything(root) == before
    line = unit.read_text().splitlines().index("LimitNOFILE=131072") + 1
    assert f"left alone: /{UNIT} differs from ours in line {line}\n" in done.stdout
    assert f"left alone: /{CONFIG} is yours" in done.stdout
    assert "left alone: /etc/trapline/traps has mode 0600, not 0640\n" in done.stdout
    assert "c4nary" not in done.output


def test_a_unit_that_nobody_changed_is_brought_up_to_date(root: Path) -> None:
    """As after an update: what an older version wrote, and what it remembers of that."""
    unit, record = root / UNIT, root / "etc/trapline/.installed"
    new = unit.read_bytes()
    old = new.replace(b"WatchdogSec=30", b"WatchdogSec=10")
    record.write_text(record.read_text().replace(_digest(new), _digest(old)))
    unit.write_bytes(old)
    assert f"\nwould be updated: /{UNIT}, which nobody had changed\n" in install(root, "--dry-run").stdout
    assert unit.read_bytes() == old
    assert f"\nupdated: /{UNIT}, which nobody had changed\n" in install(root).stdout
    assert unit.read_bytes() == new


def test_remove_takes_all_of_it_back(root: Path) -> None:
    assert install(root, "--remove").code == 0
    assert list(root.iterdir()) == []


def test_remove_leaves_what_was_changed_or_holds_data_and_says_so(root: Path) -> None:
    (root / KEY).write_text("c4narykey")
    (root / UNIT).write_text("[Service]\n")
    mail = root / "var/spool/trapline/new/1.mail"
    mail.write_text("caught")
    done = install(root, "--remove")
    left = {name for name, (_, content) in everything(root).items() if content is not None}
    assert left == {KEY, UNIT, "var/spool/trapline/new/1.mail"}
    for name in (KEY, UNIT):
        assert f"stays: /{name}, which you have changed\n" in done.stdout
    assert "stays: /var/spool/trapline/new, which is not empty\n" in done.stdout


def test_remove_leaves_what_was_there_before(tmp_path: Path) -> None:
    (tmp_path / "etc/trapline").mkdir(parents=True)
    (tmp_path / CONFIG).write_text("")
    install(tmp_path)
    install(tmp_path, "--remove")
    assert set(everything(tmp_path)) == {"etc", "etc/trapline", CONFIG}


def test_a_dry_run_of_remove_says_the_same_and_removes_nothing(root: Path) -> None:
    (root / "var/spool/trapline/new/1.mail").write_text("caught")
    (root / KEY).write_text("c4narykey")
    before = everything(root)
    said = install(root, "--remove", "--dry-run").stdout
    assert everything(root) == before
    assert install(root, "--remove").stdout == said.replace("would be removed: ", "removed: ")
    assert said.count("would be removed: ") > 10
    assert "\nremoved: " not in said


def test_nothing_installed_is_nothing_to_remove(tmp_path: Path) -> None:
    assert "nothing here was made" in install(tmp_path, "--remove").stdout


@pytest.mark.parametrize("owned", ["etc/trapline/trapline.toml", "lib/systemd/system/trapline-milter.service"])
def test_it_refuses_where_dpkg_owns_the_files(tmp_path: Path, owned: str) -> None:
    info = tmp_path / "var/lib/dpkg/info"
    info.mkdir(parents=True)
    (info / "trapline.list").write_text(f"/.\n/{owned}\n")
    (info.parent / "status").write_text(
        "Package: trapline\nStatus: install ok installed\nMaintainer: X <x@mx.example>\nArchitecture: all\n"
        "Version: 1\nDescription: x\n"
    )
    program("dpkg-query")
    done = install(tmp_path)
    assert done.code == 1
    assert "the Debian package trapline owns" in done.stderr
    assert not (tmp_path / "etc").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's link")
def test_a_link_of_somebody_elses_is_not_followed(tmp_path: Path) -> None:
    """A service that was broken into may put one where root makes folders."""
    elsewhere = tmp_path / "root/elsewhere"
    elsewhere.mkdir(parents=True)
    spool = tmp_path / "root/var/spool/trapline"
    spool.mkdir(parents=True)
    (spool / ".failed").symlink_to(elsewhere)
    os.lchown(spool / ".failed", 72, 74)
    done = install(tmp_path / "root")
    assert done.code == 1
    assert "is a symbolic link that does not belong to root" in done.stderr
    assert list(elsewhere.iterdir()) == []


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """As an absolute one does that is right on the system itself."""
    outside, root = tmp_path / "systemd", tmp_path / "root"
    (outside / "system").mkdir(parents=True)
    (root / "etc").mkdir(parents=True)
    (root / "etc/systemd").symlink_to(outside)
    done = install(root)
    assert done.code == 1
    assert f"leads out of {root}" in done.stderr
    assert list((outside / "system").iterdir()) == []


def test_what_is_no_file_where_one_belongs_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "etc/trapline").mkdir(parents=True)
    os.mkfifo(tmp_path / "etc/trapline/traps")
    assert "left alone: /etc/trapline/traps is no plain file\n" in install(tmp_path).stdout


def test_a_manual_that_can_not_be_written_does_not_keep_the_services_from_being_installed(tmp_path: Path) -> None:
    """/usr/local may be read-only, or another machine's."""
    (tmp_path / "usr").mkdir()
    (tmp_path / "usr/local").touch()
    done = install(tmp_path)
    assert done.code == 0
    assert f"left out: {tmp_path}/{SHARE}/man/man1/trapline.1: cannot be made: Not a directory\n" in done.stdout
    assert (tmp_path / "etc/fish/completions/trapline.fish").is_file()


def test_a_record_that_was_damaged_is_named(root: Path) -> None:
    (root / "etc/trapline/.installed").write_text('{"files": {}, "folders": 3}')
    done = install(root, "--remove")
    assert done.code == 1
    assert f"{root}/etc/trapline/.installed: cannot be read as what `trapline install` writes there" in done.stderr


def test_a_command_below_a_home_or_tmp_is_out_of_the_services_reach() -> None:
    done = subprocess.run(["sh", "-c", "command -v sh"], capture_output=True, text=True, check=True)
    assert reach.obstacle(Path(done.stdout.strip())) is None
    assert "which services don't see" in str(reach.obstacle(Path("/root")))


def test_a_closed_folder_is_out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "HIDDEN", ())
    command = tmp_path / "trapline"
    command.write_text("")
    command.chmod(0o755)
    tmp_path.chmod(0o700)
    assert f"{tmp_path} is closed to other users (mode 0700)" in str(reach.obstacle(command))


def test_the_advice_is_to_install_from_the_clone_and_not_what_an_index_has_by_that_name(tmp_path: Path) -> None:
    command = tmp_path / "trapline"
    command.touch()
    with pytest.raises(reach.OutOfReach, match=r"in the clone: .*/pip install '\.\[milter\]'") as found:
        reach.check(command)
    assert "install 'trapline" not in str(found.value)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
