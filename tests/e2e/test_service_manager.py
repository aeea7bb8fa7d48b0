"""Milter and reporter as systemd sees them: a real process, a real socket, and what it is told there."""

import signal
from pathlib import Path

import pytest

from tests.servers.mail_exchanger import MailExchanger
from tests.servers.processes import until
from tests.servers.service_manager import ServiceManager
from tests.servers.trapline_process import Daemon, accepts


@pytest.mark.parametrize("workers", [1, 2])
def test_the_milter_is_ready_when_it_accepts_and_lives_until_it_stops(
    mx: MailExchanger, tmp_path: Path, workers: int
) -> None:
    mx.milter_kill()
    mx.configure({"milter": {"workers": workers}})
    with ServiceManager(tmp_path, watchdog_seconds=0.4) as systemd:
        mx.milter.start(systemd.environ)
        systemd.wait_for("READY=1")
        assert accepts(mx.socket)
        until("signs of life", lambda: systemd.told().count("WATCHDOG=1") > 2)
        systemd.forget()
        mx.milter.signal(signal.SIGHUP)
        systemd.wait_for("READY=1")
        assert "RELOADING=1" in systemd.told()
        assert mx.milter_stop() == 0
        assert systemd.told()[-1] == "STOPPING=1"


def test_the_reporter_says_that_it_serves_reloads_and_what_it_may_not_do(mx: MailExchanger, tmp_path: Path) -> None:
    mx.configure({"spamhaus": {"dry_run": True}, "reporter": {"poll_seconds": 0.1}})
    reporter = Daemon(["reporter"], mx.config, tmp_path / "log")
    with ServiceManager(tmp_path, watchdog_seconds=0.4) as systemd:
        reporter.start(systemd.environ)
        try:
            systemd.wait_for("READY=1")
            assert "STATUS=0 submissions wait; dry_run: nothing is submitted" in systemd.told()
            until("signs of life", lambda: systemd.told().count("WATCHDOG=1") > 1)
            systemd.forget()
            reporter.signal(signal.SIGHUP)
            systemd.wait_for("READY=1")
            assert "RELOADING=1" in systemd.told()
        finally:
            assert reporter.stop() == 0
        assert systemd.told()[-1] == "STOPPING=1"
