"""What a filter put around a message is taken off before it is learned from."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.filters.messages import HAM, SPAM
from tests.servers.spamd import Spamd
from trapline.filters.spamd_protocol import answer, request
from trapline.filters.wrapping import unwrapped


def wrapped(spamd: Spamd, message: bytes) -> bytes:
    """As SpamAssassin hands it back: spam is put into a report (report_safe), ham has header fields added."""
    with socket.create_connection(("127.0.0.1", spamd.port), 20) as connection:
        connection.sendall(request("PROCESS", message, {}))
        connection.shutdown(socket.SHUT_WR)
        return answer(connection.makefile("rb").read()).body


@pytest.mark.parametrize("message", [SPAM, HAM, SPAM.replace(b"\r\n", b"\n")])
def test_what_spamassassin_wrapped_or_marked_comes_out_byte_for_byte(spamd: Spamd, message: bytes) -> None:
    given_back = wrapped(spamd, message)
    assert b"X-Spam-Checker-Version" in given_back
    assert given_back != message
    assert unwrapped(given_back) == message


def test_a_server_may_have_changed_the_line_ends_since(spamd: Spamd) -> None:
    lines = wrapped(spamd, SPAM).replace(b"\r\n", b"\n")
    assert unwrapped(lines) == SPAM.replace(b"\r\n", b"\n")
    assert unwrapped(lines.replace(b"\n", b"\r\n")) == SPAM


def test_fields_of_both_filters_go_and_the_subject_that_was_there_before_comes_back() -> None:
    marked = (
        b"X-Spam: Yes\nX-Rspamd-Server: mx\nX-Spamd-Result: default: False [1.0];\n\tRBL(1.0)[x]\nFrom: a@notes.com\n"
        b"X-Spam-Prev-Subject: boat\nSubject: [SPAM] boat\nX-Spam-Status: Yes\n\nbody\n"
    )
    assert unwrapped(marked) == b"From: a@notes.com\nSubject: boat\n\nbody\n"


def test_the_subject_comes_back_wherever_it_was_kept() -> None:
    marked = b"Subject: [SPAM] boat\r\nFrom: a@notes.com\r\nX-Spam-Prev-Subject: boat\r\n\r\nbody\r\n"
    assert unwrapped(marked) == b"Subject: boat\r\nFrom: a@notes.com\r\n\r\nbody\r\n"


def test_one_subject_comes_back_however_many_a_sender_wrote() -> None:
    """Else a message of a megabyte, with a long one to come back in a thousand places, would fill the memory."""
    marked = b"X-Spam-Prev-Subject: boat\nSubject: [SPAM] boat\nSubject: ship\nFrom: a@notes.com\n\nbody\n"
    assert unwrapped(marked) == b"Subject: boat\nSubject: ship\nFrom: a@notes.com\n\nbody\n"


def test_a_senders_own_multipart_is_no_wrapping_whatever_its_parts_are_called() -> None:
    forged = (
        b'From: a@pills.com\nContent-Type: multipart/mixed; boundary="----------=_1"\n\n'
        b"------------=_1\n\nbuy now\n------------=_1\nContent-Type: message/rfc822; x-spam-type=original\n\n"
        b"Subject: kind words\n\n------------=_1--\n"
    )
    assert unwrapped(forged) == forged


@pytest.mark.parametrize(("more", "inside"), [(b"", True), (b"------------=_1\nmore\n", False)])
def test_a_report_with_more_parts_than_spamassassin_makes_is_left_whole(more: bytes, inside: bool) -> None:
    report = (
        b"X-Spam-Checker-Version: SpamAssassin\n"
        b'Content-Type: multipart/mixed; boundary="----------=_1"\n\n'
        b"------------=_1\nreport\n------------=_1\nContent-Type: message/rfc822; x-spam-type=original\n\n"
        b"Subject: kind words\n\n" + more + b"------------=_1--\n"
    )
    assert (b"report" not in unwrapped(report)) is inside


@given(st.binary(max_size=200))
def test_any_bytes_can_be_unwrapped_and_only_once(message: bytes) -> None:
    assert unwrapped(unwrapped(message)) == unwrapped(message)
