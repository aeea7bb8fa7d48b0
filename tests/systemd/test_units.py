"""The units, as systemd itself judges them; skipped where its programs are not there."""

import shutil
import subprocess
from pathlib import Path

import pytest

from trapline.install import plan

UNITS = [name for name in plan.unit_names() if name.endswith(".service")]
EXPOSURE = "12"  #: tenths, as --threshold takes them: 1.2, where systemd's own scale calls all below 2 "OK"

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the units as `trapline install` writes them, and a command that is there."""
    folder = tmp_path_factory.mktemp("units")
    command = folder / "trapline"
    command.write_text("#!/bin/sh\n", encoding="utf-8")
    command.chmod(0o755)
    for item in plan.for_systemd(command):
        if isinstance(item, plan.File) and item.path.parent == plan.UNITS:
            name = item.path.name.replace("@", "@anna")  # an instance: a template has no name to be started by
            (folder / name).write_bytes(item.content)
    return folder


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_systemd_has_nothing_to_say_about_them(units: Path) -> None:
    files = [str(path) for path in units.iterdir() if path.suffix in {".service", ".timer"}]
    done = analyze("verify", "--man=no", *files)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("name", UNITS)
def test_they_are_hardened(units: Path, name: str) -> None:
    path = units / name.replace("@", "@anna")
    done = analyze("security", "--no-pager", "--offline=true", f"--threshold={EXPOSURE}", str(path))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", UNITS)
def test_a_system_call_that_is_not_allowed_fails_and_ends_nobody(units: Path, name: str) -> None:
    """A unit may be older than the programs that it starts."""
    assert "\nSystemCallErrorNumber=EPERM\n" in (units / name.replace("@", "@anna")).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["trapline-milter", "trapline-reporter", "trapline-mailboxes"])
def test_each_daemon_is_watched_and_reloads_by_sighup(units: Path, name: str) -> None:
    text = (units / f"{name}.service").read_text(encoding="utf-8")
    assert "\nType=notify\n" in text
    assert "\nWatchdogSec=" in text
    assert "\nExecReload=/bin/sh -c 'kill -HUP $MAINPID'\n" in text
    assert f"\nUser={name}\n" in text
    assert "\nLoadCredential=" in text


def test_the_milter_is_up_before_postfix_and_skipped_without_a_key(units: Path) -> None:
    """Debian 12 starts Postfix by postfix@-.service, which itself is only before postfix.service."""
    text = (units / "trapline-milter.service").read_text(encoding="utf-8")
    assert "\nBefore=postfix.service postfix@-.service\n" in text
    assert "\nConditionFileNotEmpty=/etc/trapline/dqs.key\n" in text


def test_systemd_never_gives_the_milter_up(units: Path) -> None:
    """It starts again after a second, and five starts in ten seconds are all that systemd allows by default."""
    assert "\nStartLimitIntervalSec=0\n" in (units / "trapline-milter.service").read_text(encoding="utf-8")


def test_what_systemd_hands_to_a_service_is_made_by_tmpfiles() -> None:
    """A credential's file that is missing keeps the service from starting."""
    made = {str(item.path) for item in plan.for_trapline()}
    wanted = {
        line.partition(":")[2]
        for item in plan.for_systemd(Path("/opt/trapline/bin/trapline"))
        if isinstance(item, plan.File)
        for line in item.content.decode().splitlines()
        if line.startswith("LoadCredential=")
    }
    assert wanted
    assert wanted <= made
