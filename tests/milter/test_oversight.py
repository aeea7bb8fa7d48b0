"""What the milter tells systemd while it turns, and what its workers show it."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.servers.service_manager import ServiceManager
from trapline.config.settings import Settings
from trapline.dnsbl.zones import zones
from trapline.milter import beats
from trapline.milter.beats import Beats
from trapline.milter.metrics import Metrics
from trapline.milter.oversight import OfMilter, OfWorker
from trapline.milter.service import Service
from trapline.milter.watch import Watch
from trapline.spool.maildir import Maildir
from trapline.systemd.notify import Manager
from trapline.traps.watch import TrapFiles


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[ServiceManager]:
    with ServiceManager(tmp_path, watchdog_seconds=0.001) as running:
        yield running


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    (tmp_path / "traps").write_text("trap@quayside-mail.com  web page\n", encoding="utf-8")
    settings = Settings.model_validate(
        {"traps": {"files": [str(tmp_path / "traps")]}, "dqs": {"nameservers": ["127.0.0.1:9"]}}
    )
    made = Service(settings, zones(settings.dqs, "KEY"), TrapFiles(settings.traps), Maildir(tmp_path), Metrics())
    with closing(made.engine):
        yield made


def of_milter(service: Service, systemd: ServiceManager, workers: Beats | None = None) -> OfMilter:
    return OfMilter(service, Watch(service.engine, service.settings.dqs), Manager(systemd.environ), workers)


def test_it_is_ready_once_it_serves_and_then_gives_signs_of_life(service: Service, systemd: ServiceManager) -> None:
    oversight = of_milter(service, systemd)
    for _ in range(3):
        oversight.turned()
        time.sleep(0.001)
    status, *told = systemd.told()
    assert status.startswith("STATUS=On unix:/var/spool/postfix/trapline/milter.sock; asks zen, dbl, zrd;")
    assert told == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]


def test_a_reload_is_told_from_its_beginning_to_its_end(service: Service, systemd: ServiceManager) -> None:
    oversight = of_milter(service, systemd)
    oversight.turned()
    systemd.forget()
    oversight.reloading()
    assert systemd.told() == ["RELOADING=1"]
    oversight.turned()
    assert systemd.told()[1] == "READY=1"


def test_with_several_workers_it_is_ready_once_all_of_them_serve(service: Service, systemd: ServiceManager) -> None:
    workers = Beats(2)
    oversight = of_milter(service, systemd, workers)
    for place in (0, 1):
        oversight.turned()
        assert "READY=1" not in systemd.told()
        OfWorker(workers, place).turned()
    oversight.turned()
    assert systemd.told()[-2:] == ["READY=1", "WATCHDOG=1"]


def test_a_worker_that_hangs_ends_the_signs_of_life(
    service: Service, systemd: ServiceManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = Beats(2)
    oversight = of_milter(service, systemd, workers)
    for place in (0, 1):
        OfWorker(workers, place).turned()
    oversight.turned()
    systemd.forget()
    monkeypatch.setattr(beats, "SILENT_SECONDS", 0.01)
    time.sleep(0.02)
    OfWorker(workers, 1).turned()
    oversight.turned()
    assert systemd.told() == []
