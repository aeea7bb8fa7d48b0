"""What systemd is told, over a real socket."""

import os
from pathlib import Path

from tests.servers.service_manager import ServiceManager
from trapline.systemd.notify import Manager


def test_a_service_says_that_it_serves_reloads_and_ends(tmp_path: Path) -> None:
    with ServiceManager(tmp_path) as systemd:
        manager = Manager(systemd.environ)
        manager.ready()
        manager.reloading()
        manager.ready()
        manager.stopping()
        assert systemd.told() == ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"]


def test_a_reload_says_when_it_began_as_systemd_wants_it(tmp_path: Path) -> None:
    with ServiceManager(tmp_path) as systemd:
        Manager(systemd.environ).reloading()
        assert b"RELOADING=1\nMONOTONIC_USEC=" in systemd._socket.recv(4096)


def test_a_status_is_told_once_until_it_changes(tmp_path: Path) -> None:
    with ServiceManager(tmp_path) as systemd:
        manager = Manager(systemd.environ)
        for text in ("asks zen", "asks zen", "asks nothing"):
            manager.status(text)
        assert systemd.told() == ["STATUS=asks zen", "STATUS=asks nothing"]


def test_a_sign_of_life_is_given_four_times_in_the_watchdogs_time(tmp_path: Path) -> None:
    seconds = 0.0
    with ServiceManager(tmp_path, watchdog_seconds=40) as systemd:
        manager = Manager(systemd.environ, lambda: seconds)
        for _ in range(40):
            manager.alive()
            seconds += 1.0
        assert systemd.told() == ["WATCHDOG=1"] * 4


def test_without_a_watchdog_or_with_another_processs_there_is_no_sign_of_life(tmp_path: Path) -> None:
    with ServiceManager(tmp_path, watchdog_seconds=1) as systemd:
        Manager(systemd.environ | {"WATCHDOG_PID": str(os.getpid() + 1)}).alive()
        Manager({"NOTIFY_SOCKET": systemd.environ["NOTIFY_SOCKET"]}).alive()
        assert systemd.told() == []


def test_without_systemd_nobody_is_told_anything() -> None:
    manager = Manager({})
    manager.ready()
    manager.alive()


def test_a_systemd_that_is_gone_ends_no_service(tmp_path: Path) -> None:
    manager = Manager({"NOTIFY_SOCKET": str(tmp_path / "gone")})
    manager.ready()
    manager.stopping()
