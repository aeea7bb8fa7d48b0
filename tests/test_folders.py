"""The folders that systemd makes for us, and who gets where in them: by the real tmpfiles, below a root of our own."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.processes import program, require_root
from trapline.reporter.storage.store import Store

SYSTEMD = Path(__file__).parents[1] / "systemd"


@dataclass(frozen=True, slots=True)
class Machine:
    """A root folder as an installation leaves it, and the numbers of its users."""

    root: Path
    users: dict[str, int]
    group: int  #: trapline's

    def may(self, user: str, command: str, path: str) -> bool:
        """Whether `user` can run `command` on `path`."""
        groups = [f"--regid={self.group}" if user.startswith("trapline") else "--regid=3999", "--clear-groups"]
        become = [program("setpriv"), f"--reuid={self.users[user]}", *groups]
        done = subprocess.run([*become, command, f"{self.root}{path}"], capture_output=True, check=False)
        return done.returncode == 0

    def put(self, path: str, mode: int) -> None:
        """A file that the reporter has written, with the group of its process."""
        file = Path(f"{self.root}{path}")
        file.write_text("x")
        os.chown(file, self.users["trapline-reporter"], self.group)
        file.chmod(mode)


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    require_root("making folders for other users")
    root = Path(tempfile.mkdtemp(prefix="trapline-root-", dir="/tmp"))
    try:
        root.chmod(0o755)
        (root / "etc").mkdir()
        (root / "etc/group").write_text("root:x:0:\npostfix:x:3999:\n")
        (root / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\npostfix:x:3999:3999::/:/bin/false\n")
        for tool, option in (("sysusers", ()), ("tmpfiles", ("--create",))):
            command = [f"systemd-{tool}", f"--root={root}", *option, str(SYSTEMD / f"trapline.{tool}.conf")]
            subprocess.run(command, check=True, capture_output=True, timeout=30)
        users = {row[0]: int(row[2]) for row in _rows(root / "etc/passwd")}
        (group,) = (int(row[2]) for row in _rows(root / "etc/group") if row[0] == "trapline")
        yield Machine(root, users, group)
    finally:
        shutil.rmtree(root)


def _rows(table: Path) -> list[list[str]]:
    return [line.split(":") for line in table.read_text().splitlines()]


def test_the_milter_reads_the_blocklist_and_nothing_else_of_what_the_reporter_keeps(machine: Machine) -> None:
    machine.put("/var/lib/trapline/blocklist/milter.bl", 0o640)
    Store.open(f"sqlite:///{machine.root}/var/lib/trapline/trapline.db").close()
    assert machine.may("trapline-milter", "cat", "/var/lib/trapline/blocklist/milter.bl")
    assert not machine.may("trapline-milter", "cat", "/var/lib/trapline/trapline.db")
    assert not machine.may("trapline-milter", "ls", "/var/lib/trapline")
    assert not machine.may("trapline-milter", "touch", "/var/lib/trapline/blocklist/another")
    assert machine.may("trapline-reporter", "cat", "/var/lib/trapline/trapline.db")
    assert machine.may("trapline-reporter", "touch", "/var/lib/trapline/blocklist/another")


def test_a_store_of_an_earlier_version_is_closed_to_the_group_too(machine: Machine) -> None:
    machine.put("/var/lib/trapline/trapline.db-wal", 0o640)
    tmpfiles = ["systemd-tmpfiles", f"--root={machine.root}", "--create", str(SYSTEMD / "trapline.tmpfiles.conf")]
    subprocess.run(tmpfiles, check=True, capture_output=True, timeout=30)
    assert not machine.may("trapline-milter", "cat", "/var/lib/trapline/trapline.db-wal")


def test_whoever_serves_the_list_reads_its_files_and_nothing_else(machine: Machine) -> None:
    machine.put("/var/lib/trapline/blocklist/list.rbldnsd", 0o644)
    machine.put("/var/lib/trapline/blocklist/milter.bl", 0o640)
    assert machine.may("postfix", "cat", "/var/lib/trapline/blocklist/list.rbldnsd")
    assert not machine.may("postfix", "cat", "/var/lib/trapline/blocklist/milter.bl")
    assert not machine.may("postfix", "ls", "/var/lib/trapline")


def test_what_root_writes_for_the_milter_is_the_groups(machine: Machine) -> None:
    """`trapline reporter --once` by hand, as root."""
    file = machine.root / "var/lib/trapline/blocklist/by-root"
    file.write_text("x")
    assert file.stat().st_gid == machine.group


def test_the_reporters_unit_leaves_the_folder_as_it_was_made() -> None:
    unit = (SYSTEMD / "trapline-reporter.service").read_text()
    made = (SYSTEMD / "trapline.tmpfiles.conf").read_text()
    assert "\nStateDirectory=trapline\nStateDirectoryMode=0711\n" in re.sub(r"\n#.*", "", unit)
    assert re.search(r"^d /var/lib/trapline +0711 ", made, re.MULTILINE)
