"""The milter as a service of a real systemd-journald: what `journalctl` finds, by field.

Skipped where no journald of our own can be started: without root, or without systemd's programs.
"""

import grp
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.documentation.snippets import snippet
from tests.servers.journald import Journald
from tests.servers.milter_client import MilterClient
from tests.servers.processes import ServerError, stop, until
from tests.servers.rbldnsd import Rbldnsd
from tests.servers.trapline_process import COMMAND, accepts, write_config
from trapline.reporter.storage.store import Store

DOMAIN = "quayside-mail.com"
TRAP, ANNA = f"info-2019@{DOMAIN}", f"anna@{DOMAIN}"
STRANGER, LISTED = "11.0.1.7", "11.0.0.77"
MESSAGE = b"From: news@harbour-news.com\r\nSubject: An offer\r\nX-Spamhaus: none\r\n\r\nBuy now.\r\n"


class Service:
    """`trapline milter` with its standard error connected to the journal, as systemd connects it."""

    def __init__(self, folder: Path, journal: Journald, dns: Rbldnsd, **milter: object) -> None:
        self.journal = journal
        self.socket = folder / "milter.sock"
        self.traps = folder / "traps"
        self.traps.write_text(f"{TRAP}  web page, footer\n", encoding="utf-8")
        (folder / "spool").mkdir(mode=0o2770)
        self.config = folder / "trapline.toml"
        group = grp.getgrgid(os.getegid()).gr_name
        self.settings = {
            "milter": {"listen": f"unix:{self.socket}", "socket_group": group, **milter},
            "traps": {"files": [str(self.traps)]},
            "dqs": {"key": dns.key, "nameservers": [dns.nameserver], "dbl": {"action": "tag"}},
            "spool": {"directory": str(folder / "spool")},
        }

    def start(self) -> None:
        write_config(self.config, self.settings)
        command = self.journal.command(str(COMMAND), "milter", "--config", str(self.config))
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        until("the milter to listen", lambda: accepts(self.socket))

    def send(
        self, client: str, *recipients: str, sender: str = "news@harbour-news.com", queue_id: str = "4bXyZ1"
    ) -> None:
        with MilterClient(self.socket, {"i": queue_id}) as session:
            session.connect(client)
            session.helo("mail.harbour-news.com")
            session.mail(sender)
            answers = [session.rcpt(recipient) for recipient in recipients]
            if any(answer.verdict == "continue" for answer in answers) and session.data().verdict == "continue":
                session.message(MESSAGE)


@pytest.fixture(scope="module")
def dns() -> Iterator[Rbldnsd]:
    with Rbldnsd() as running:
        running.add("zen", LISTED, "127.0.0.2")
        running.add("dbl", "tagged-news.com", "127.0.1.2")
        yield running


@pytest.fixture(scope="module")
def journal() -> Iterator[Journald]:
    try:
        with Journald() as running:
            yield running
    except ServerError as error:
        pytest.skip(str(error))


@pytest.fixture
def service(tmp_path: Path, journal: Journald, dns: Rbldnsd) -> Iterator[Service]:
    made = Service(tmp_path, journal, dns)
    made.start()
    yield made
    stop(made.process)


def test_journalctl_finds_a_caught_message_by_event_client_queue_id_and_label(service: Service) -> None:
    service.send(STRANGER, TRAP, queue_id="4bTRAP")
    (entry,) = service.journal.wait_for("TRAPLINE_EVENT=trapped", "QUEUE_ID=4bTRAP")
    assert entry["CLIENT_ADDRESS"] == STRANGER
    assert entry["TRAP_LABEL"] == "web page, footer"
    assert entry["PEOPLE"] == "0"
    assert entry["PRIORITY"] == "6"
    assert entry["SYSLOG_IDENTIFIER"] == "trapline"
    assert entry["_TRANSPORT"] == "journal"
    assert str(entry["MESSAGE"]).startswith(f"4bTRAP: trapped client=unknown[{STRANGER}], id={entry['TRAPLINE_ID']}, ")
    assert TRAP not in str(entry)
    assert service.journal.entries("TRAP_LABEL=web page, footer", "QUEUE_ID=4bTRAP") == [entry]


def test_a_refused_and_a_tagged_message_are_found_by_zone(service: Service) -> None:
    service.send(LISTED, ANNA, queue_id="4bREFUSED")
    service.send(STRANGER, ANNA, sender="x@tagged-news.com", queue_id="4bTAGGED")
    (refused,) = service.journal.wait_for("TRAPLINE_EVENT=refused", "ZONE=zen", "QUEUE_ID=4bREFUSED")
    assert (refused["OBJECT"], refused["RETURN_CODE"], refused["STAGE"]) == (LISTED, "127.0.0.2", "RCPT")
    (tagged,) = service.journal.wait_for("TRAPLINE_EVENT=tagged", "ZONE=dbl", "QUEUE_ID=4bTAGGED")
    assert (tagged["OBJECT"], tagged["FORGED"]) == ("tagged-news.com", "1")


def test_a_reload_a_bad_one_and_the_stop_are_entries_too(service: Service) -> None:
    pid = f"_PID={service.process.pid}"
    (started,) = service.journal.wait_for("TRAPLINE_EVENT=started", pid)
    assert (started["MODE"], started["TRAPS"]) == ("enforce", "1")
    service.process.send_signal(signal.SIGHUP)
    (reload,) = service.journal.wait_for("TRAPLINE_EVENT=reload", pid)
    assert reload["TRAPS"] == "1"
    service.traps.write_text("canary@mx.com\n", encoding="utf-8")
    service.process.send_signal(signal.SIGHUP)
    bad = service.journal.wait_for("TRAPLINE_EVENT=reload-error", pid)[0]
    assert bad["PRIORITY"] == "3"
    assert "canary" not in str(bad)
    service.process.terminate()
    assert service.journal.wait_for("TRAPLINE_EVENT=stopped", pid)


def test_a_trap_is_named_in_full_where_the_configuration_asks_for_it(
    tmp_path: Path, journal: Journald, dns: Rbldnsd
) -> None:
    service = Service(tmp_path, journal, dns, log_trap_addresses=True)
    service.start()
    try:
        service.send(STRANGER, TRAP, queue_id="4bFULL")
        (entry,) = journal.wait_for("TRAPLINE_EVENT=trapped", "QUEUE_ID=4bFULL")
    finally:
        stop(service.process)
    assert entry["TRAP_ADDRESS"] == TRAP


def test_mail_is_served_while_the_journal_takes_nothing(service: Service) -> None:
    service.journal.suspend()
    try:
        for number in range(20):
            service.send(STRANGER, TRAP, queue_id=f"4bSTUCK{number}")  # each answer within the client's own timeout
    finally:
        service.journal.resume()
    until("all lines, with fields or as text", lambda: len(caught_while_stuck(service.journal)) == 20)


def caught_while_stuck(journal: Journald) -> set[str]:
    lines = [str(entry["MESSAGE"]) for entry in journal.entries("SYSLOG_IDENTIFIER=trapline")]
    return {line.partition(":")[0] for line in lines if line.startswith("4bSTUCK") and ": trapped " in line}


def test_the_report_counts_in_the_journal_who_was_refused(service: Service, tmp_path: Path) -> None:
    service.send(LISTED, ANNA, queue_id="4bCOUNTED")
    service.journal.wait_for("TRAPLINE_EVENT=refused", "QUEUE_ID=4bCOUNTED")
    refused = reported(service.journal, tmp_path)
    lines = service.journal.entries("TRAPLINE_EVENT=refused", "TRAPLINE_EVENT=deferred", "_UID=0")
    assert sum(one["recipients"] for one in refused) == len(lines) > 0
    assert "zen" in {one["zone"] for one in refused}


def test_the_report_does_not_believe_what_another_user_wrote_there(journal: Journald, tmp_path: Path) -> None:
    journal.shell("printf 'TRAPLINE_EVENT=refused\\nZONE=forged\\n' | runuser -u nobody -- logger --journald")
    (forged,) = journal.wait_for("TRAPLINE_EVENT=refused", "ZONE=forged")
    assert forged["_UID"] != "0"
    assert "forged" not in {one["zone"] for one in reported(journal, tmp_path)}


def reported(journal: Journald, folder: Path) -> list[dict[str, Any]]:
    """Who was refused, as `trapline report` tells it."""
    config = folder / "report.toml"
    write_config(config, {"store": {"url": f"sqlite:///{folder}/trapline.db"}})
    Store.open(f"sqlite:///{folder}/trapline.db").close()
    arguments = ("report", "--json", "--journal", "--days", "2", "--config", str(config))
    done = subprocess.run(journal.command(str(COMMAND), *arguments), capture_output=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)["refused"]
    return found


def test_the_questions_of_the_documentation_can_be_asked(service: Service) -> None:
    service.send(STRANGER, TRAP, queue_id="4bASKED")
    service.journal.wait_for("TRAPLINE_EVENT=trapped", "QUEUE_ID=4bASKED")
    page = snippet("docs/log.md", "journalctl -f TRAPLINE_EVENT=trapped")
    questions = re.findall(r"^(journalctl .*?)(?:  +#.*)?$", page, re.MULTILINE)
    assert len(questions) >= 10
    answers = {}
    for question in questions:
        command = service.journal.command("/bin/bash", "-o", "pipefail", "-c", question.replace(" -f ", " "))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, question
        answers[question] = done.stdout
    (which,) = (answer for question, answer in answers.items() if "TRAP_LABEL" in question)
    assert re.fullmatch(r" *\d+ web page, footer\n", which)
