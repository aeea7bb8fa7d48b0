import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.postfix import DOMAIN, MESSAGE_SIZE_LIMIT, Postfix

ANNA = f"anna@{DOMAIN}"
TRAP = f"info-2019@{DOMAIN}"


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    with Postfix(traps=[TRAP], trap_uid=64301) as running:
        yield running


@pytest.fixture(autouse=True)
def _empty(postfix: Postfix) -> Iterator[None]:
    yield
    postfix.forget()


def test_a_message_reaches_a_persons_maildir(postfix: Postfix) -> None:
    with postfix.client("11.0.1.1", helo="mail.sender.com") as smtp:
        smtp.sendmail("news@sender.com", [ANNA], b"Subject: hello\r\n\r\nworld\r\n")
    (message,) = postfix.mailbox(ANNA)
    assert message.endswith(b"Subject: hello\n\nworld\n")
    assert b"from mail.sender.com (unknown [11.0.1.1])" in message


def test_nothing_is_added_to_a_clients_headers(postfix: Postfix) -> None:
    with postfix.client("11.0.1.1") as smtp:
        smtp.sendmail("news@sender.com", [ANNA], b"To: anna\r\n\r\nno date\r\n")
    (message,) = postfix.mailbox(ANNA)
    assert b"\nTo: anna\n\n" in message
    assert b"\nDate:" not in message


def test_traps_are_delivered_to_the_fallback_as_its_owner(postfix: Postfix) -> None:
    with postfix.client("11.0.1.1") as smtp:
        smtp.sendmail("news@sender.com", [TRAP.upper()], b"Subject: pills\r\n\r\nbuy\r\n")
    (message,) = postfix.fallen_back()
    assert f"Delivered-To: {TRAP.upper()}".encode() in message
    (path,) = (postfix.fallback / "new").iterdir()
    assert (path.stat().st_uid, path.stat().st_mode & 0o777) == (64301, 0o600)


def test_an_ipv6_client_and_an_authenticated_one(postfix: Postfix) -> None:
    for address, login in (("2e00::25", None), ("11.0.0.10", "anna")):
        with postfix.client(address, login=login) as smtp:
            smtp.sendmail("news@sender.com", [ANNA], b"Subject: x\r\n\r\n")
    first, second = postfix.mailbox(ANNA)
    assert b"[IPv6:2e00::25]" in first
    assert b"with ESMTP id" in first
    assert b"with ESMTPA id" in second


def test_an_unknown_recipient_and_a_foreign_one_are_refused(postfix: Postfix) -> None:
    with postfix.client("11.0.1.1") as smtp:
        smtp.mail("news@sender.com")
        assert smtp.rcpt(f"nobody@{DOMAIN}")[0] == 550
        assert smtp.rcpt("someone@elsewhere.com")[0] == 554


def test_the_size_limit_is_raised(postfix: Postfix) -> None:
    with postfix.client() as smtp:
        assert smtp.esmtp_features["size"] == str(MESSAGE_SIZE_LIMIT)


def test_the_submission_port_answers(postfix: Postfix) -> None:
    with postfix.client(port=postfix.submission) as smtp:
        assert smtp.noop()[0] == 250


def test_the_log_can_be_waited_for_and_the_queue_read(postfix: Postfix) -> None:
    with postfix.client("11.0.1.1") as smtp:
        smtp.sendmail("queue-reader@sender.com", [ANNA], b"Subject: x\r\n\r\n")
    assert "queue-reader" in postfix.wait_for_log(r"from=<queue-reader@sender\.com>, size=.*")[0]
    postfix.settle()
    assert postfix.postqueue() == []


def test_nothing_is_left_behind() -> None:
    with Postfix() as running:
        folder, port = running.folder, running.port
        master = Path("/proc") / (folder / "queue/pid/master.pid").read_text().strip() / "cmdline"
        assert b"master" in master.read_bytes()
    assert not folder.exists()
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP("127.0.0.1", port)
    assert not master.exists() or not master.read_bytes()  # gone, or a zombie that nobody has reaped yet
