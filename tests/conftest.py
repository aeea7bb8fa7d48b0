"""Fixtures that several rooms' tests share: the real servers, started once for all tests that need them."""

from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings

from tests.servers.mail_exchanger import MailExchanger
from tests.servers.portal import Portal
from tests.servers.postgresql import PostgreSQL
from tests.servers.rspamd import Rspamd
from tests.servers.spamd import Spamd

# An example's time is the machine's as much as ours: on a busy one hypothesis's 200 ms fail a test by chance. What must
# be fast is held to its processor time, in tests of its own.
settings.register_profile("trapline", deadline=None)
settings.load_profile("trapline")


@pytest.fixture
def portal() -> Iterator[Portal]:
    """The Submission Portal's stand-in."""
    with Portal() as running:
        yield running


@pytest.fixture(scope="session")
def _mail_exchanger() -> Iterator[MailExchanger]:
    with MailExchanger() as running:
        yield running


@pytest.fixture
def mx(_mail_exchanger: MailExchanger) -> Iterator[MailExchanger]:
    """The whole mail server, as if just installed: no mail, no submissions, default configuration, milter up."""
    _mail_exchanger.restore()
    start = len(_mail_exchanger.milter_log())
    yield _mail_exchanger
    log = _mail_exchanger.milter_log()[start:]
    assert "Traceback" not in log, log
    assert "defect in" not in log, log


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server."""
    with PostgreSQL() as running:
        yield running


@pytest.fixture(scope="session")
def spamd() -> Iterator[Spamd]:
    """The real spamd; what a test teaches it, the next one finds."""
    with Spamd() as running:
        yield running


@pytest.fixture(scope="session")
def rspamd() -> Iterator[Rspamd]:
    """The real rspamd with its Redis; what a test teaches it, the next one finds."""
    with Rspamd() as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what milter and Postfix logged last where a test of theirs failed."""
    report = yield
    mx = getattr(item, "funcargs", {}).get("mx")
    if report.failed and isinstance(mx, MailExchanger):
        for name, text in (("milter", mx.milter_log()), ("Postfix", mx.postfix.log())):
            report.sections.append((f"the end of {name}'s log", "\n".join(text.splitlines()[-30:])))
    return report
