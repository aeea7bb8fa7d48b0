"""What a process serves with, and what a reload leaves of it."""

import weakref
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from trapline.config.settings import Settings
from trapline.dnsbl.zones import zones
from trapline.milter.metrics import Metrics
from trapline.milter.service import Service
from trapline.spool.maildir import Maildir
from trapline.traps.watch import TrapFiles


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    traps = tmp_path / "traps"
    traps.write_text("trap@quayside-mail.com  web page\n", encoding="utf-8")
    settings = Settings.model_validate({"traps": {"files": [str(traps)]}})
    made = Service(settings, zones(settings.dqs, "KEY"), TrapFiles(settings.traps), Maildir(tmp_path), Metrics())
    with closing(made.engine):
        yield made


def test_a_reload_leaves_nothing_of_the_old_traps_in_memory(service: Service) -> None:
    conversation = service.converse(None, None, "smtpd", "mx.quayside-mail.com")
    old = weakref.ref(conversation.connection.rules)
    del conversation
    assert old() is not None
    service.refresh(force=True)
    assert old() is None
