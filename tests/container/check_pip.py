"""`pip install` and `trapline install` in a booted Debian, and taking it back. `make container` runs this."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.container import shells
from tests.container.container import BUILD, ROOT, Container
from tests.container.mail_server import DAEMONS, check, set_up, start
from tests.container.world import World

PIP = "/opt/trapline/bin/pip"


@pytest.fixture(scope="module")
def wheels() -> Path:
    """Wheels of trapline and all that it needs: in the container nothing can be fetched."""
    folder = BUILD / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("trapline-*.whl"):
        old.unlink()
    environment = BUILD / "pip"
    if not environment.is_dir():
        subprocess.run(["/usr/bin/python3", "-m", "venv", environment], check=True)
    pip: list[str | Path] = [environment / "bin/pip", "wheel", "--quiet", "--use-pep517", "--wheel-dir", folder]
    subprocess.run([*pip, "--require-hashes", "-r", ROOT / "requirements/run.txt"], check=True)
    command = f"from setuptools import build_meta; build_meta.build_wheel({str(folder)!r})"
    source = BUILD / "source"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(
        ROOT, source, ignore=shutil.ignore_patterns(".git", ".venv", "build", "dist", "__pycache__", ".*_cache")
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", command], cwd=source, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def container(wheels: Path) -> Iterator[Container]:
    with Container("pip") as running:
        shutil.copytree(wheels, running.root / "root/wheels")
        yield running


def test_a_venv_below_root_is_refused_with_what_to_do(container: Container) -> None:
    container.shell(
        "python3 -m venv /root/v && /root/v/bin/pip install -q --no-index --find-links /root/wheels 'trapline[milter]'"
    )
    done = container.outcome("/root/v/bin/trapline", "install")
    assert done.returncode == 1
    assert "is below /root, which services don't see" in done.stderr
    assert "python3 -m venv /opt/trapline" in done.stderr
    assert not (container.root / "etc/trapline").exists()


def test_it_installs_and_says_what_is_next(container: Container) -> None:
    container.shell(
        f"python3 -m venv /opt/trapline && {PIP} install -q --no-index --find-links /root/wheels 'trapline[milter]' && "
        "ln -s /opt/trapline/bin/trapline /usr/local/bin/"
    )
    said = container.run("trapline", "install")
    for words in ("put your DQS key into /etc/trapline/dqs.key", "systemctl enable --now trapline-milter"):
        assert words in said
    unit = (container.root / "etc/systemd/system/trapline-milter.service").read_text()
    assert "\nExecStart=/opt/trapline/bin/trapline milter\n" in unit
    assert container.run("stat", "-c", "%a %U:%G", "/etc/trapline/spamhaus.token") == "400 trapline-reporter:trapline\n"
    assert container.run("stat", "-c", "%a %U:%G", "/var/spool/postfix/trapline") == "2750 trapline-milter:postfix\n"


def test_man_and_the_shells_find_what_is_for_them(container: Container) -> None:
    shells.check(container)


def test_remove_right_after_that_takes_all_of_it_back(container: Container) -> None:
    container.run("trapline", "install", "--remove")
    assert not (container.root / "etc/trapline").exists()
    assert container.run("find", "/etc", "/usr/local/share", "/var", "-name", "*trapline*") == ""
    assert "trapline" not in container.run("cat", "/etc/passwd", "/etc/group")
    container.run("trapline", "install")


def test_systemd_would_change_nothing_of_what_it_made(container: Container) -> None:
    """tmpfiles.d says the same as `trapline install` did."""
    before = container.run("find", "/etc/trapline", "/var/spool", "/var/lib", "/var/mail", "-path", "*trapline*", "-ls")
    container.run("systemd-tmpfiles", "--create", "trapline.conf")
    after = container.run("find", "/etc/trapline", "/var/spool", "/var/lib", "/var/mail", "-path", "*trapline*", "-ls")
    assert after == before


def test_without_a_key_the_milter_is_skipped_and_without_a_token_the_reporter_runs(container: Container) -> None:
    container.run("systemctl", "start", "trapline-milter", "trapline-reporter")
    assert not container.active("trapline-milter")
    assert container.property("trapline-milter", "ConditionResult") == "no"
    assert "no token: nothing is submitted" in container.property("trapline-reporter", "StatusText")
    assert container.run("systemctl", "--failed", "--no-legend") == ""


def test_each_daemon_runs_under_its_unit_while_mail_is_caught_and_reported(container: Container) -> None:
    site = container.shell("ls -d /opt/trapline/lib/python3.*/site-packages").strip()
    with World(container) as world:
        set_up(container, world, f"{site}/trapline/config/postfix/install")
        start(container)
        check(container, world)


def test_a_daemon_that_hangs_is_started_again(container: Container) -> None:
    container.shell(
        "mkdir -p /run/systemd/system/trapline-milter.service.d && "
        "printf '[Service]\\nWatchdogSec=2\\n' >/run/systemd/system/trapline-milter.service.d/x.conf && "
        "systemctl daemon-reload && systemctl restart trapline-milter"
    )
    before = container.property("trapline-milter", "MainPID")
    container.shell(f"kill -STOP {before}")
    container.shell(f"for i in $(seq 100); do kill -0 {before} 2>/dev/null || exit 0; sleep 0.2; done; exit 1")
    container.shell("for i in $(seq 100); do systemctl -q is-active trapline-milter && exit 0; sleep 0.2; done; exit 1")
    assert container.property("trapline-milter", "NRestarts") == "1"


def test_installing_again_changes_nothing(container: Container) -> None:
    said = container.run("trapline", "install")
    assert {line.partition(":")[0] for line in said.partition("\n\n")[0].splitlines()} <= {"is there", "left alone"}


def test_remove_takes_back_what_nobody_changed_and_keeps_secrets_and_mail(container: Container) -> None:
    container.run("systemctl", "disable", "--now", "--quiet", "trapline-scan@anna.timer")
    said = container.run("trapline", "install", "--remove")
    assert not any(container.active(unit) for unit in DAEMONS)
    assert container.run("find", "/etc/systemd", "-name", "trapline*") == ""
    for name in ("/etc/trapline/dqs.key", "/etc/trapline/spamhaus.token", "/etc/trapline/trapline.toml"):
        assert f"stays: {name}, which you have changed" in said
    assert "stays: /var/lib/trapline, which is not empty" in said
    assert "stays: user trapline-milter" in said
