"""Signs of answering machines and of forwarders."""

import pytest

from trapline.reporter.evidence.signs import automatic, forwarded, generated, is_rewritten
from trapline.reporter.message import parse

REPORT = (
    b"Content-Type: multipart/report; boundary=b\n\n--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\nx\n"
)


@pytest.mark.parametrize(
    "data",
    [REPORT, b"Auto-Submitted: auto-replied (vacation)\n\n", b"X-Autoreply: yes\n\n", b"Precedence: auto_reply\n\n"],
)
def test_an_automatic_reply_is_known_by_its_form(data: bytes) -> None:
    assert automatic(parse(data), "a@b.com", ("a@b.com",)) is not None


def test_the_null_sender_and_mailer_daemons_are_automatic() -> None:
    assert automatic(parse(b"\n"), "", ()) == "null sender"
    assert automatic(parse(b"\n"), None, ("mailer-daemon@b.com",)) is not None


@pytest.mark.parametrize(
    "data",
    [
        b"Auto-Submitted: no\n\n",
        b"Content-Type: multipart/report; boundary=b\n\n--b\n\nBuy!\n",
        b"Precedence: bulk\n\n",
    ],
)
def test_spam_that_borrows_a_form_is_not(data: bytes) -> None:
    assert automatic(parse(data), "a@b.com", ("a@b.com",)) is None


def test_a_programs_notice_says_so() -> None:
    assert generated(parse(b"Auto-Submitted: auto-generated\n\n"))
    assert not generated(parse(b"Auto-Submitted: no\n\n"))


@pytest.mark.parametrize("sender", ["SRS0=hash=tt=a.com=b@fwd.com", "srs1=x=y@fwd.com", "bounces+srs=a=b@fwd.com"])
def test_a_rewritten_sender_is_a_sign_of_forwarding(sender: str) -> None:
    assert is_rewritten(sender)
    assert forwarded(parse(b"\n"), sender) is not None


def test_other_signs_of_forwarding() -> None:
    assert forwarded(parse(b"\n"), "anna+caf_=trap=ours.com@gmail.com") is not None
    assert forwarded(parse(b"ARC-Seal: i=1\n\n"), "a@b.com") == "ARC"
    assert forwarded(parse(b"Subject: x\n\n"), "a@b.com") is None
