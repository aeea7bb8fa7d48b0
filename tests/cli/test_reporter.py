"""`trapline reporter`, the daemon, as systemd runs it."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reporter.caught import CLIENT, TOKEN, Place, RealClock, campaign
from tests.servers.portal import Answer, Portal
from tests.servers.processes import until
from tests.servers.rbldnsd import Rbldnsd
from tests.servers.trapline_process import Daemon, run, write_config
from trapline.reporter.storage.store import Store


@pytest.fixture
def place(tmp_path: Path, portal: Portal) -> Place:
    return Place(tmp_path, portal.url, clock=RealClock())


@pytest.fixture
def daemon(place: Place) -> Iterator[Daemon]:
    """Not started yet. Its token stands in the file `token`."""
    write_config(
        place.folder / "trapline.toml",
        {
            "spool": {"directory": place.folder / "spool"},
            "store": {"url": place.url},
            "traps": {"files": [str(place.folder / "traps")], "fallback": place.folder / "fallback"},
            "reporter": {"poll_seconds": 0.05},
            "ripe_stat": {"enabled": False},
            "spamhaus": {"api": place.api, "per_minute": 60_000, "token_file": place.folder / "token"},
        },
    )
    write_token(place, TOKEN)
    Store.open(place.url).close()  # to be looked into at once
    daemon = Daemon(["reporter"], place.folder / "trapline.toml", place.folder / "log")
    yield daemon
    daemon.stop()


def write_token(place: Place, token: str) -> None:
    file = place.folder / "token"
    file.write_text(f"{token}\n")
    file.chmod(0o400)


def test_a_refused_token_is_said_mail_is_taken_in_as_ever_and_sighup_reads_a_new_one(
    place: Place, portal: Portal, daemon: Daemon
) -> None:
    write_token(place, "wrong")
    place.catch()
    daemon.start()
    daemon.wait_for_output("refuses the token")
    place.catch(campaign(1), client="11.0.0.77")
    until("the second message to be taken in", lambda: len(list(place.spool.cur())) == 2)
    assert portal.submissions == []
    assert set(place.rows("SELECT DISTINCT state FROM submissions")) == {("queued",)}
    (place.folder / "token").unlink()
    write_token(place, TOKEN)
    daemon.signal(signal.SIGHUP)
    until("the queue to be sent", lambda: portal.objects("ip") == [CLIENT, "11.0.0.77"])
    assert "wrong" not in daemon.output()
    assert TOKEN not in daemon.output()


def test_sighup_reads_the_traps_even_where_the_token_can_not_be_read(
    place: Place, portal: Portal, daemon: Daemon
) -> None:
    place.catch()
    daemon.start()
    until("it to work", lambda: bool(portal.accepted()))
    (place.folder / "token").chmod(0o644)
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_output("the old token stays in force")
    daemon.wait_for_output("reload traps=1")


def test_the_help_promises_no_token_to_who_sends_sighup() -> None:
    """Of the token it gets a copy from systemd, made at the start."""
    told = " ".join(run("reporter", "--help").stdout.split())
    assert "SIGHUP reads the traps again, SIGTERM ends it. A changed token needs a restart." in told


def test_a_back_off_is_kept_over_a_kill(place: Place, portal: Portal, daemon: Daemon) -> None:
    portal.script(Answer.slow_down("600"))
    place.catch()
    daemon.start()
    until("the first answer to be kept", lambda: (1,) in place.rows("SELECT count(*) FROM pace WHERE failures = 1"))
    daemon.kill()
    daemon.start()
    until("it to be up again", lambda: daemon.output().count("sending waits until") >= 1)
    assert len(portal.submissions) == 1


def test_what_was_reported_is_looked_up_with_the_dqs_key_of_the_configuration(place: Place, daemon: Daemon) -> None:
    with Rbldnsd() as dns:
        place.catch(client="11.0.0.3")
        key = place.folder / "key"
        key.write_text(dns.key)
        key.chmod(0o640)
        daemon.start({"TRAPLINE_DQS__KEY_FILE": str(key), "TRAPLINE_DQS__NAMESERVERS": dns.nameserver})
        until("the lookup", lambda: (1,) in place.rows("SELECT count(*) FROM lookups WHERE listed_at IS NOT NULL"))
        assert dns.key not in daemon.output()


def test_a_key_that_it_may_not_use_is_said_and_stops_no_report(place: Place, portal: Portal, daemon: Daemon) -> None:
    place.catch()
    key = place.folder / "key"
    key.write_text("k3y")
    key.chmod(0o644)
    daemon.start({"TRAPLINE_DQS__KEY_FILE": str(key)})
    until("the message to be reported", lambda: portal.objects("ip") == [CLIENT])
    assert "what was reported is not looked up: dqs.key" in daemon.output()


def test_sigterm_ends_it_with_0(daemon: Daemon, place: Place, portal: Portal) -> None:
    daemon.start()
    place.catch()
    until("it to work", lambda: bool(portal.accepted()))
    assert daemon.stop() == 0


def test_what_the_portal_said_of_a_refusal_is_told_by_submissions(place: Place, portal: Portal, daemon: Daemon) -> None:
    portal.invalid[CLIENT] = "Invalid ip: not in use"
    place.catch()
    assert run("reporter", "--once", config=daemon.config).code == 0
    assert "refused: HTTP 400: Invalid ip: not in use" in run("submissions", config=daemon.config).stdout


def test_a_file_that_cannot_be_filed_away_is_told_once_while_that_lasts(place: Place, daemon: Daemon) -> None:
    """Beside others: a folder that may not be written to would fill the log with each look."""
    cur = place.folder / "spool" / "cur"
    cur.rmdir()
    for number in range(2):
        place.catch(campaign(number), client=f"11.0.0.{number}")
    daemon.start()
    for number in range(2, 4):  # in later rounds
        place.catch(campaign(number), client=f"11.0.0.{number}")
        until("one more to be told", lambda: len(set(told(daemon))) > 2)
    until("all to be told", lambda: len(set(told(daemon))) == 4)
    assert len(told(daemon)) == 4
    assert "repeated=" not in daemon.output()
    cur.mkdir()
    until("them to be filed away", lambda: len(list(place.spool.cur())) == 4)
    cur.rename(cur.with_name("away"))
    place.catch(campaign(4), client="11.0.0.4")
    until("the next one to be told", lambda: len(told(daemon)) == 5)


def told(daemon: Daemon) -> list[str]:
    return re.findall(r"(\S+): stays where it is", daemon.output())
