"""The metrics as Prometheus reads them: over HTTP, after real sessions."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.dialogue import send
from tests.e2e.messages import SPAMMER, ordinary, spam
from tests.e2e.test_zone_health import listing_the_world
from tests.servers.mail_exchanger import ANNA, TRAP, MailExchanger
from tests.servers.milter_client import MilterClient
from tests.servers.postfix import DOMAIN
from tests.servers.processes import free_port, until
from tests.servers.promtool import promtool

CARLA = "carla@harbour-letters.com"
STRANGER, LISTED = "11.0.1.7", "11.0.0.2"
HELO = "mail.canary-helo.com"


class Scraper:
    """Prometheus, at one port."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}/metrics"

    def text(self) -> str:
        with urlopen(self.url, timeout=10) as response:  # noqa: S310  ours, on loopback
            answer: bytes = response.read()
        return answer.decode()

    def answers(self) -> bool:
        try:
            return bool(self.text())
        except URLError:
            return False

    def value(self, name: str, **labels: str) -> float:
        """One sample; 0.0 where there is none."""
        families = text_string_to_metric_families(self.text())
        samples = (sample for family in families for sample in family.samples)
        return next((sample.value for sample in samples if (sample.name, sample.labels) == (name, labels)), 0.0)

    def wait_for(self, wanted: float, name: str, **labels: str) -> None:
        """Numbers are a quarter of a second old."""
        until(f"{name}{labels} = {wanted}", lambda: self.value(name, **labels) == wanted)


@contextmanager
def scraped(mx: MailExchanger, **milter: Any) -> Iterator[Scraper]:
    """The milter of `mx` with metrics."""
    port = free_port()
    with mx.settings({"milter": {"metrics": f"127.0.0.1:{port}"} | milter}):
        metrics = Scraper(port)
        until("the port to be open", metrics.answers)  # killed workers of the last test may still accept as the milter
        yield metrics
        mx.milter_stop()


def mail(mx: MailExchanger, address: str, recipient: str, message: bytes, sender: str = CARLA) -> None:
    with mx.client(address, helo=HELO) as smtp:
        send(smtp, sender, [recipient], message)


def test_a_refused_and_an_ordinary_recipient_are_verdicts_by_zone_and_stage(mx: MailExchanger) -> None:
    with scraped(mx) as metrics:
        mail(mx, LISTED, ANNA, ordinary())
        mail(mx, STRANGER, ANNA, ordinary())
        metrics.wait_for(1, "trapline_verdicts_total", verdict="refused", zone="zen", stage="RCPT")
        metrics.wait_for(1, "trapline_verdicts_total", verdict="accepted", zone="", stage="RCPT")
        metrics.wait_for(1, "trapline_lookups_total", zone="zen", result="listed")
        metrics.wait_for(1, "trapline_lookups_total", zone="zen", result="not_listed")
        assert metrics.value("trapline_lookup_seconds_count", zone="zen") == 2
        assert metrics.value("trapline_traps") == 2
        metrics.wait_for(0, "trapline_sessions_open")
        assert promtool("check", "metrics", stdin=metrics.text()) == (0, "")


def test_open_sessions_are_counted_while_they_are_open(mx: MailExchanger) -> None:
    with scraped(mx) as metrics, mx.client(STRANGER) as smtp:
        smtp.mail(CARLA)
        metrics.wait_for(1, "trapline_sessions_open")


def test_caught_mail_counts_with_its_size(mx: MailExchanger) -> None:
    with scraped(mx) as metrics:
        mail(mx, STRANGER, TRAP, spam(), SPAMMER)
        metrics.wait_for(1, "trapline_captured_messages_total")
        assert metrics.value("trapline_captured_bytes_total") >= len(spam())
        assert metrics.value("trapline_probes_total") == 0


def test_a_trap_refused_like_a_person_is_a_caught_envelope(mx: MailExchanger) -> None:
    with scraped(mx) as metrics, mx.client(LISTED) as smtp:
        smtp.mail(SPAMMER)
        assert smtp.rcpt(ANNA)[0] == smtp.rcpt(TRAP)[0] == 550
        smtp.quit()
        metrics.wait_for(1, "trapline_captured_envelopes_total")
        assert metrics.value("trapline_captured_messages_total") == 0


def test_whoever_names_a_trap_and_leaves_is_a_probe(mx: MailExchanger) -> None:
    with scraped(mx) as metrics:
        with mx.client(STRANGER) as smtp:
            smtp.mail(SPAMMER)
            assert smtp.rcpt(TRAP)[0] == 250
        metrics.wait_for(1, "trapline_probes_total")


def test_a_recipient_that_postfix_rejected_is_neither_probe_nor_verdict(mx: MailExchanger) -> None:
    with scraped(mx) as metrics:
        with MilterClient(mx.socket, {"{rcpt_mailer}": "error", "{rcpt_host}": "5.1.1"}) as session:
            session.connect(STRANGER)
            session.helo(HELO)
            session.mail(SPAMMER)
            session.rcpt(TRAP)
        with MilterClient(mx.socket) as session:  # and what comes after it is counted
            session.connect(STRANGER)
            session.mail(SPAMMER)
            session.rcpt(TRAP)
        metrics.wait_for(1, "trapline_probes_total")
        metrics.wait_for(1, "trapline_verdicts_total", verdict="accepted", zone="", stage="RCPT")


def test_the_second_session_of_a_client_is_answered_from_the_cache(mx: MailExchanger) -> None:
    with scraped(mx) as metrics:
        mail(mx, STRANGER, ANNA, ordinary())
        metrics.wait_for(1, "trapline_verdicts_total", verdict="accepted", zone="", stage="RCPT")
        asked = metrics.value("trapline_cache_misses_total")
        assert asked == metrics.value("trapline_cache_entries") > 0
        assert metrics.value("trapline_cache_hits_total") == 0
        mail(mx, STRANGER, ANNA, ordinary())
        metrics.wait_for(asked, "trapline_cache_hits_total")
        assert metrics.value("trapline_cache_misses_total") == asked


def test_lookups_that_time_out_are_counted_and_so_is_who_had_to_do_without(mx: MailExchanger) -> None:
    with scraped(mx, deadline_seconds=0.5) as metrics:
        mx.dns.pause()
        mail(mx, STRANGER, ANNA, ordinary())
        metrics.wait_for(1, "trapline_lookups_total", zone="zen", result="timeout")
        assert metrics.value("trapline_errors_total", kind="lookup") >= 1


def test_a_key_that_is_not_ours_has_a_name_of_its_own(mx: MailExchanger) -> None:
    mx.dns.add("zen", "11.0.7.9", "127.255.255.251")
    with scraped(mx) as metrics:
        mail(mx, "11.0.7.9", ANNA, ordinary())
        metrics.wait_for(1, "trapline_lookups_total", zone="zen", result="bad_key")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_zone_that_is_left_out_is_shown_as_long_as_it_is(mx: MailExchanger, workers: int) -> None:
    with scraped(mx, workers=workers) as metrics:
        with listing_the_world(mx):
            mx.milter.signal(signal.SIGHUP)
            metrics.wait_for(1, "trapline_zone_left_out", zone="zen")
            assert metrics.value("trapline_zone_left_out", zone="dbl") == 0
        mx.milter.signal(signal.SIGHUP)
        metrics.wait_for(0, "trapline_zone_left_out", zone="zen")


def test_a_bad_trap_file_is_an_error(mx: MailExchanger) -> None:
    with scraped(mx) as metrics:
        (mx.folder / "traps").write_text("canary@mx.com\n", encoding="utf-8")
        mx.milter.signal(signal.SIGHUP)
        metrics.wait_for(1, "trapline_errors_total", kind="reload")
        assert metrics.value("trapline_traps") == 2
    mx.write_traps(mx.traps)


def test_mail_that_can_not_be_stored_is_an_error(mx: MailExchanger) -> None:
    with scraped(mx) as metrics:
        new = mx.spool_folder / "new"
        aside = new.rename(mx.spool_folder / "aside")
        try:
            mail(mx, STRANGER, TRAP, spam(), SPAMMER)
        finally:
            aside.rename(new)
        metrics.wait_for(1, "trapline_errors_total", kind="capture")
        assert metrics.value("trapline_captured_messages_total") == 0


def test_two_workers_add_up_and_nothing_is_lost_when_one_dies(mx: MailExchanger) -> None:
    with scraped(mx, workers=2) as metrics:
        before = until("all processes", lambda: _all_three(mx))
        sent = 0

        def both_have_counted() -> bool:
            nonlocal sent
            sent += 1
            with MilterClient(mx.socket) as session:
                session.connect(STRANGER)
            return len(_counting(mx)) == 2

        until("sessions of both workers", both_have_counted)  # the kernel says which one has the next
        metrics.wait_for(sent, "trapline_sessions_total")
        metrics.wait_for(0, "trapline_sessions_open")
        assert metrics.value("trapline_traps") == 2
        with MilterClient(mx.socket) as held:
            held.connect(STRANGER)
            metrics.wait_for(1, "trapline_sessions_open")
            for worker in before[:2]:
                os.kill(worker, signal.SIGKILL)
            until("new workers", lambda: len(_workers(mx)) == 3 and not set(before[:2]) & set(_workers(mx)))
            metrics.wait_for(0, "trapline_sessions_open")
        with MilterClient(mx.socket) as session:
            session.connect(STRANGER)
        metrics.wait_for(sent + 2, "trapline_sessions_total")
        folder = _folder(mx)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert len(list(folder.glob("counter_*.db"))) == 3, "a file for each worker and the parent, dead ones or not"
        assert mx.milter_stop() == 0
        assert not folder.exists()


def test_the_process_that_serves_is_replaced_too(mx: MailExchanger) -> None:
    with scraped(mx, workers=2) as metrics:
        with MilterClient(mx.socket) as session:
            session.connect(STRANGER)
        metrics.wait_for(1, "trapline_sessions_total")
        server = until("all processes", lambda: _all_three(mx))[-1]
        os.kill(server, signal.SIGKILL)
        until("a new one", lambda: len(_workers(mx)) == 3 and server not in _workers(mx))
        assert metrics.value("trapline_sessions_total") == 1


def test_a_parent_that_was_killed_leaves_no_folder(mx: MailExchanger) -> None:
    with scraped(mx, workers=2):
        until("all processes", lambda: _all_three(mx))
        folder = _folder(mx)
        os.kill(mx.milter.pid, signal.SIGKILL)
        until("the folder to go", lambda: not folder.exists())


@pytest.mark.parametrize("workers", [1, 2])
def test_neither_key_nor_trap_nor_what_a_client_wrote_is_in_it(mx: MailExchanger, workers: int) -> None:
    with scraped(mx, workers=workers, deadline_seconds=0.5) as metrics:
        mail(mx, STRANGER, TRAP, spam(), SPAMMER)
        mail(mx, LISTED, ANNA, ordinary())
        mx.dns.pause()
        mail(mx, "11.0.1.8", ANNA, ordinary(), "x@canary-sender.com")
        metrics.wait_for(1, "trapline_lookups_total", zone="zen", result="timeout")
        metrics.wait_for(1, "trapline_captured_messages_total")
        text = metrics.text()
        for secret in (mx.dns.key, TRAP, TRAP.partition("@")[0], DOMAIN, "web page", "canary", "spamhaus", STRANGER):
            assert secret not in text
        assert len(text.splitlines()) < 400, "as many series as zones and results allow"


def test_off_opens_no_port(mx: MailExchanger) -> None:
    assert not _tcp_listeners(mx.milter.pid)
    with scraped(mx):
        assert len(_tcp_listeners(mx.milter.pid)) == 1, "so one would have been found"


def test_off_does_not_even_import_the_library() -> None:
    code = """
import sys
from trapline.config.settings import Milter
from trapline.milter.exporter import open_exporter
import trapline.milter.server
with open_exporter(Milter(), ["zen"]):
    print([name for name in sys.modules if name.startswith(("prometheus_client", "http.server"))])
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_a_port_that_is_taken_is_a_configuration_error_and_leaves_no_socket(mx: MailExchanger) -> None:
    with scraped(mx) as metrics:
        elsewhere = mx.folder / "other.sock"
        second = mx.command(
            "milter",
            environ={
                "TRAPLINE_MILTER__LISTEN": f"unix:{elsewhere}",
                "TRAPLINE_MILTER__METRICS": f"127.0.0.1:{metrics.port}",
            },
        )
        assert second.code == 78
        assert f"milter.metrics: cannot listen on 127.0.0.1:{metrics.port}: Address already in use" in second.stderr
        assert not elsewhere.exists()


def test_the_port_is_closed_when_the_milter_has_stopped(mx: MailExchanger) -> None:
    with scraped(mx, workers=2) as metrics:
        metrics.wait_for(2, "trapline_traps")
        assert mx.milter_stop() == 0
        with pytest.raises(URLError):
            metrics.text()


def test_every_metric_is_in_the_documentation(mx: MailExchanger) -> None:
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
    told = page.partition("## The reporter")[0]  # the reporter's: test_monitoring.py
    with scraped(mx) as metrics:
        families = text_string_to_metric_families(metrics.text())
        names = {family.name for family in families}
    assert names == set(re.findall(r"`(trapline_\w+?)(?:\{[^}`]*\})?`", told))


def _workers(mx: MailExchanger) -> list[int]:
    """The children, in the order of their start."""
    pid = mx.milter.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def _all_three(mx: MailExchanger) -> list[int]:
    """Two workers, then the one that serves."""
    return children if len(children := _workers(mx)) == 3 else []


def _folder(mx: MailExchanger) -> Path:
    """Where the workers' numbers are."""
    maps = Path(f"/proc/{mx.milter.pid}/maps").read_text(encoding="utf-8")
    found = re.search(r"(/\S*/trapline-metrics-\w+)/", maps)
    assert found is not None
    return Path(found[1])


def _counting(mx: MailExchanger) -> list[Path]:
    """The files of the workers that have counted a session."""
    counted = []
    for path in _folder(mx).glob("counter_[0-9]*.db"):
        values = MmapedDict.read_all_values_from_file(str(path))  # type: ignore[no-untyped-call]
        counted += [path for key, value, *_ in values if "trapline_sessions_total" in key and value > 0]
    return counted


def _tcp_listeners(pid: int) -> set[str]:
    """The listening TCP sockets of a process, as the kernel lists them (proc(5); state 0A is listening)."""
    tables = (Path(f"/proc/{pid}/net/{name}").read_text(encoding="ascii") for name in ("tcp", "tcp6"))
    rows = [line.split() for table in tables for line in table.splitlines()]
    listening = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A"}
    return listening & {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}
