"""The Debian package in a booted Debian: it installs, works, upgrades and purges. `make container` runs this."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.container import shells
from tests.container.container import ROOT, Container
from tests.container.mail_server import DAEMONS, check, set_up, start
from tests.container.world import World

FOLDERS = ("etc/trapline", "var/lib/trapline", "var/spool/trapline", "var/mail/trapline", "usr/lib/trapline")


@pytest.fixture(scope="module")
def package() -> Path:
    """The newest of dist/: `make container` has built it."""
    return max((ROOT / "dist").glob("trapline_*.deb"), key=lambda path: path.stat().st_mtime)


@pytest.fixture(scope="module")
def newer(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same package, as the next release would be: another version, a unit that differs, a setting more."""
    folder = tmp_path_factory.mktemp("newer")
    subprocess.run(["dpkg-deb", "--raw-extract", package, folder / "tree"], check=True)
    control = folder / "tree/DEBIAN/control"
    control.write_text(control.read_text().replace("Version: ", "Version: 9."))
    config = folder / "tree/etc/trapline/trapline.toml"
    config.write_text(config.read_text() + "# of a new release\n")
    subprocess.run(["dpkg-deb", "--build", "-Znone", folder / "tree", folder / "newer.deb"], check=True)
    return folder / "newer.deb"


@pytest.fixture(scope="module")
def container(package: Path, newer: Path) -> Iterator[Container]:
    with Container("deb") as running:
        shutil.copyfile(package, running.root / "root/trapline.deb")
        shutil.copyfile(newer, running.root / "root/newer.deb")
        yield running


def test_it_installs_and_starts_what_can_run(container: Container) -> None:
    said = container.run("dpkg", "-i", "/root/trapline.deb")
    assert "/etc/trapline/dqs.key" in said, "it says which file to fill"
    for unit in ("trapline-milter", "trapline-reporter"):
        assert container.run("systemctl", "is-enabled", unit).strip() == "enabled"
    assert container.active("trapline-reporter"), container.journal("-u", "trapline-reporter")
    assert "no token: nothing is submitted" in container.property("trapline-reporter", "StatusText")
    assert not container.active("trapline-milter")
    assert container.property("trapline-milter", "ConditionResult") == "no"
    assert container.run("systemctl", "--failed", "--no-legend") == ""


def test_owners_and_modes_are_right(container: Container) -> None:
    wanted = {
        "/etc/trapline": "750 root:trapline",
        "/etc/trapline/trapline.toml": "640 root:trapline",
        "/etc/trapline/traps": "640 root:trapline",
        "/etc/trapline/dqs.key": "640 root:trapline",
        "/etc/trapline/spamhaus.token": "400 trapline-reporter:trapline",
        "/etc/trapline/mailboxes": "700 root:root",
        "/var/spool/trapline/new": "2770 root:trapline",
        "/var/spool/postfix/trapline": "2750 trapline-milter:postfix",
        "/var/mail/trapline/new": "700 trapline-reporter:trapline",
        "/var/lib/trapline-mailboxes": "700 trapline-mailboxes:trapline",
    }
    there = {path: container.run("stat", "-c", "%a %U:%G", path).strip() for path in wanted}
    assert there == wanted


def test_man_and_the_shells_find_what_is_for_them(container: Container) -> None:
    shells.check(container)


def test_install_refuses_since_dpkg_owns_the_files(container: Container) -> None:
    done = container.outcome("trapline", "install")
    assert done.returncode == 1
    assert "the Debian package trapline owns" in done.stderr


def test_each_daemon_runs_under_its_unit_while_mail_is_caught_and_reported(container: Container) -> None:
    with World(container) as world:
        set_up(container, world, "/usr/share/trapline/postfix/install")
        start(container)
        check(container, world)


def test_an_upgrade_keeps_configuration_and_data_and_starts_the_new_ones(container: Container) -> None:
    etc = container.root / "etc/trapline"
    before = {path.name: path.read_bytes() for path in etc.iterdir() if path.is_file()}
    processes = {unit: container.property(unit, "MainPID") for unit in DAEMONS}
    container.run("dpkg", "-i", "--force-confold", "/root/newer.deb")
    after = {path.name: path.read_bytes() for path in etc.iterdir() if path.is_file()}
    assert {name: after[name] for name in before} == before
    for unit in DAEMONS:
        assert container.active(unit), container.journal("-u", unit)
        assert container.property(unit, "MainPID") != processes[unit]
    assert container.run("systemctl", "list-units", "--state=failed", "--no-legend", "trapline*") == ""
    assert (container.root / "var/lib/trapline/trapline.db").exists()


def test_purging_leaves_nothing_but_the_users(container: Container) -> None:
    container.run("systemctl", "stop", "trapline-scan@anna.timer")
    container.run("dpkg", "--purge", "trapline")
    assert [name for name in FOLDERS if (container.root / name).exists()] == []
    assert (
        container.run(
            "find",
            "/etc/systemd",
            "/usr/lib/systemd",
            "/usr/lib/tmpfiles.d",
            "-name",
            "trapline*",
            "!",
            "-name",
            "trapline-scan@anna*",
        )
        == ""
    )
    assert not any(container.active(unit) for unit in DAEMONS)


def test_it_installs_again_after_that(container: Container) -> None:
    container.run("dpkg", "-i", "/root/trapline.deb")
    assert container.active("trapline-reporter")
    container.run("dpkg", "--purge", "trapline")
