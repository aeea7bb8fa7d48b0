"""What happens when something is broken: mail flows, and a trap's mail is not lost."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import pytest

from tests.e2e.dialogue import data, send
from tests.e2e.messages import SPAMMER, ordinary, spam
from tests.servers.mail_exchanger import ANNA, OTHER_TRAP, TRAP, MailExchanger
from tests.servers.processes import no_more_files, until

CARLA = "carla@harbour-letters.com"
STRANGER = "11.0.1.7"


def test_a_milter_killed_in_mid_transaction_leaves_the_trap_mail_to_the_fallback(mx: MailExchanger) -> None:
    with mx.client(STRANGER, helo="mail.summit-pills-direct.com") as smtp:
        smtp.mail(SPAMMER)
        assert smtp.rcpt(TRAP)[0] == 250
        mx.milter_kill()
        assert data(smtp, spam()).code == 250
    (fallen,) = mx.postfix.fallen_back()
    assert fallen.endswith(spam())
    assert mx.spool() == mx.spool("tmp") == []


def test_what_fell_back_is_reported_from_there_once(mx: MailExchanger) -> None:
    mx.milter_kill()
    with mx.client(STRANGER, helo="mail.summit-pills-direct.com") as smtp:
        assert send(smtp, SPAMMER, [TRAP], spam()).accepted
    for _ in range(2):
        run = mx.report()
        assert run.code == 0, run.output
    assert mx.portal.objects("ip") == [STRANGER]
    assert len(mx.portal.accepted("email")) == 1
    assert mx.postfix.fallen_back() == []  # taken: it is in cur/ or filed away


def test_an_authenticated_client_in_the_fallback_is_never_reported(mx: MailExchanger) -> None:
    mx.milter_kill()
    with mx.client("11.0.1.9", login="anna") as smtp:
        assert send(smtp, ANNA, [TRAP], spam()).accepted
    assert mx.report().code == 0
    assert mx.portal.submissions == []


def test_an_exempt_client_in_the_fallback_is_never_reported(mx: MailExchanger) -> None:
    mx.milter_kill()
    with mx.client("192.168.7.8") as smtp:
        assert send(smtp, ANNA, [TRAP], spam()).accepted
    assert mx.report().code == 0
    assert mx.portal.submissions == []


def test_a_milter_killed_during_the_message_leaves_nothing_half_written(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        smtp.mail(SPAMMER)
        smtp.rcpt(TRAP)
        smtp.docmd("DATA")
        smtp.send(spam().replace(b"\n", b"\r\n") + (b"A" * 76 + b"\r\n") * 40_000)
        mx.milter_kill()
        smtp.send(b".\r\n")
        assert smtp.getreply()[0] == 250
    assert len(mx.postfix.fallen_back()) == 1
    assert mx.spool() == mx.spool("tmp") == []


def test_mail_to_people_flows_while_the_milter_is_away(mx: MailExchanger) -> None:
    mx.milter_kill()
    with mx.client("11.0.0.2") as smtp:
        assert send(smtp, CARLA, [ANNA], ordinary()).accepted
    assert len(mx.mailbox(ANNA)) == 1


def test_the_milter_is_used_again_once_it_is_back(mx: MailExchanger) -> None:
    mx.milter_kill()
    with mx.client("11.0.0.2") as smtp:
        assert send(smtp, CARLA, [ANNA], ordinary()).accepted
    mx.milter_start()
    with mx.client("11.0.0.2") as smtp:
        assert send(smtp, CARLA, [ANNA], ordinary()).rcpt.code == 550


def test_the_milter_ends_cleanly_on_sigterm(mx: MailExchanger) -> None:
    start = time.monotonic()
    assert mx.milter_stop() == 0
    assert time.monotonic() - start < 8


@contextmanager
def unwritable_spool(mx: MailExchanger) -> Iterator[None]:
    """Root can write anywhere, so the folder for new files is moved away and a file put in its place."""
    tmp, away = mx.spool_folder / "tmp", mx.spool_folder / "tmp.away"
    tmp.rename(away)
    tmp.touch()
    try:
        yield
    finally:
        tmp.unlink()
        away.rename(tmp)


def test_trap_mail_that_cannot_be_stored_is_asked_to_come_back(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp, unwritable_spool(mx):
        seen = send(smtp, SPAMMER, [TRAP, OTHER_TRAP], spam())
    assert [reply.code for reply in seen.rcpts] == [250, 250]
    assert seen.data is not None
    assert seen.data.code == 451
    assert "trap" not in seen.data.text.lower()
    assert mx.spool() == []
    with mx.client(STRANGER) as smtp:  # the sender's retry
        assert send(smtp, SPAMMER, [TRAP, OTHER_TRAP], spam()).accepted
    assert len(mx.spool()) == 1


def test_a_large_message_that_cannot_be_stored_is_asked_to_come_back(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp, unwritable_spool(mx):
        seen = send(smtp, SPAMMER, [TRAP], spam() + (b"A" * 76 + b"\n") * 40_000)
    assert seen.data is not None
    assert seen.data.code == 451


def test_mixed_mail_that_cannot_be_stored_is_accepted_and_the_traps_copy_falls_back(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp, unwritable_spool(mx):
        assert send(smtp, SPAMMER, [TRAP, ANNA], spam()).accepted
    assert len(mx.mailbox(ANNA)) == 1
    assert len(mx.postfix.fallen_back()) == 1


def test_mail_flows_within_the_deadline_while_the_dns_is_silent(mx: MailExchanger) -> None:
    with mx.settings({"milter": {"deadline_seconds": 1.0}}):
        mx.dns.pause()
        with mx.client("11.0.0.3") as smtp:
            start = time.monotonic()
            assert send(smtp, CARLA, [ANNA], ordinary()).accepted
            assert send(smtp, SPAMMER, [TRAP], spam()).accepted
            took = time.monotonic() - start
        mx.dns.resume()
    assert took < 4.0  # two transactions, a second each, and the time that a busy machine takes
    (envelope,) = mx.envelopes()
    assert "zen" in envelope["unanswered"]
    assert envelope["listings"] == []


def test_silence_is_not_remembered_as_not_listed(mx: MailExchanger) -> None:
    with mx.settings({"milter": {"deadline_seconds": 0.5}}):
        mx.dns.pause()
        with mx.client("11.0.0.4") as smtp:
            assert send(smtp, CARLA, [ANNA], ordinary()).accepted
        mx.dns.resume()
        with mx.client("11.0.0.4") as smtp:
            assert send(smtp, CARLA, [ANNA], ordinary()).rcpt.code == 550


def test_mail_flows_within_the_deadline_while_no_dns_server_is_there(mx: MailExchanger) -> None:
    mx.dns.stop()
    try:
        with mx.settings({"milter": {"deadline_seconds": 1.0}}), mx.client("11.0.0.30") as smtp:
            start = time.monotonic()
            assert send(smtp, "carla@away-from-dns.com", [ANNA], ordinary()).accepted
            assert time.monotonic() - start < 3.0
    finally:
        mx.dns.start()


def test_an_error_answer_is_no_listing(mx: MailExchanger) -> None:
    mx.dns.add("zen", "11.0.5.5", "127.255.255.254")
    with mx.client("11.0.5.5") as smtp:
        assert send(smtp, CARLA, [ANNA], ordinary()).accepted


@contextmanager
def full_disk(mx: MailExchanger) -> Iterator[None]:
    """The spool lies on a file system of its own, with no room left."""
    spool = mx.spool_folder
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=2770", "tmpfs", spool], check=True)
    try:
        for name in ("tmp", "new", "cur"):
            (spool / name).mkdir()
        with suppress(OSError), (spool / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(b"x" * 4096)
        yield
        assert [path.name for path in spool.rglob("*") if path.is_file()] == ["filler"]
    finally:
        subprocess.run(["umount", spool], check=True)


@contextmanager
def too_many_files(mx: MailExchanger) -> Iterator[None]:
    """The milter may open no file more than it has open."""
    with no_more_files(mx.milter.pid):
        yield


@pytest.mark.parametrize("trouble", [full_disk, too_many_files])
@pytest.mark.parametrize("kilobytes", [1, 3000])
def test_a_full_disk_or_too_many_files_cost_nobody_mail_and_leave_no_trace(
    mx: MailExchanger, trouble: Callable[[MailExchanger], AbstractContextManager[None]], kilobytes: int
) -> None:
    message = spam() + (b"A" * 76 + b"\n") * (kilobytes * 13)
    with mx.client(STRANGER) as smtp, mx.client(STRANGER) as other:
        assert send(smtp, CARLA, [ANNA], ordinary()).accepted
        other.noop()
        with trouble(mx):
            seen = send(smtp, SPAMMER, [TRAP], message)
            assert seen.data is not None
            assert str(seen.data) == "451 4.3.0 Error: queue file write error"
            assert send(smtp, CARLA, [ANNA], ordinary()).accepted
            assert send(other, SPAMMER, [TRAP, ANNA], message).accepted
        assert send(smtp, SPAMMER, [TRAP], message).accepted
    assert len(mx.mailbox(ANNA)) == 3
    assert len(mx.postfix.fallen_back()) == 1
    assert len(mx.spool()) == 1
    assert mx.spool("tmp") == []
    with mx.client(STRANGER) as smtp:
        assert send(smtp, SPAMMER, [TRAP], message).accepted
    assert len(mx.spool()) == 2


@pytest.mark.parametrize(
    ("options", "said"), [("ro", "the file system of {} is read-only"), ("nr_inodes=1", "No space left on device")]
)
def test_a_reporter_whose_disk_takes_nothing_ends_so_that_systemd_starts_it_again(
    mx: MailExchanger, options: str, said: str
) -> None:
    """A disk that an error made read-only, say: 78 would be for good (RestartPreventExitStatus), and nobody sees it."""
    disk = mx.folder / "disk"
    disk.mkdir(exist_ok=True)
    mx.configure({"store": {"url": f"sqlite:///{disk}/trapline.db"}})
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk], check=True)
    try:
        run = mx.report()
    finally:
        subprocess.run(["umount", disk], check=True)
    assert (run.code, said.format(disk) in run.output) == (1, True), run.output


def test_sigterm_lets_a_message_under_way_be_caught(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        smtp.mail(SPAMMER)
        smtp.rcpt(TRAP)
        assert smtp.docmd("DATA")[0] == 354
        mx.milter.signal(signal.SIGTERM)
        until("the socket to be gone", lambda: not mx.socket.exists())
        smtp.send(spam().replace(b"\n", b"\r\n") + b".\r\n")
        assert smtp.getreply()[0] == 250
        until("the milter to end", lambda: not mx.milter.running)
    assert mx.milter_stop() == 0
    assert len(mx.spool()) == 1
    assert mx.postfix.fallen_back() == []


def test_a_message_without_end_does_not_keep_the_milter_from_ending(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        smtp.mail(SPAMMER)
        smtp.rcpt(TRAP)
        smtp.docmd("DATA")
        start = time.monotonic()
        assert mx.milter_stop() == 0
        assert time.monotonic() - start < 8
        smtp.send(spam().replace(b"\n", b"\r\n") + b".\r\n")
        assert smtp.getreply()[0] == 250
    assert len(mx.postfix.fallen_back()) == 1
    assert mx.spool() == []
