"""Really signed messages: which signatures prove who sent them, and which prove nothing."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.cpu_time import within
from tests.reporter.caught import an_envelope
from tests.reporter.verification.checking import KEY, PUBLISHED, SPF, a_verifier, checked, served
from tests.reporter.verification.signing import MAIL, key_record, signed


@pytest.mark.parametrize("header", [b"simple", b"relaxed"])
@pytest.mark.parametrize("body", [b"simple", b"relaxed"])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_a_signature_fits_however_it_was_made_and_the_message_was_kept(header: bytes, body: bytes, ends: bytes) -> None:
    message = signed(canonicalize=(header, body)).replace(b"\n", ends)
    assert checked(b"Received: from us\n\tby us\n".replace(b"\n", ends) + message).dkim == "pass"


def test_a_text_without_lines_and_a_text_that_is_missing_fit_too() -> None:
    head = MAIL.partition(b"\n\n")[0]
    for mail in (head + b"\n\n", head + b"\n\n\n\n", head + b"\n\nno line end"):
        assert checked(signed(mail, canonicalize=(b"relaxed", b"simple"))).dkim == "pass"


@pytest.mark.parametrize(
    "changed",
    [
        lambda mail: mail.replace(b"Buy them", b"Buy it"),
        lambda mail: mail.replace(b"Subject:  Cheap", b"Subject:  Dear"),
        lambda mail: b"From: Bank <service@bank.com>\n" + mail,
    ],
    ids=["text", "subject", "a second From"],
)
def test_what_was_changed_since_it_was_signed_proves_nothing(changed: Callable[[bytes], bytes]) -> None:
    found = checked(changed(signed()), {SPF: []})
    assert found.dkim == "fail"
    assert found.proven == ()


@pytest.mark.parametrize(
    ("message", "key"),
    [
        (lambda: signed(length=True), key_record),
        (lambda: signed(length=True) + b"and more, by somebody else\n", key_record),
        (lambda: signed(bits=768), lambda: key_record(768)),
        (lambda: signed(signature_algorithm=b"rsa-sha1"), key_record),
        (lambda: signed(without_from=True), key_record),
        (signed, lambda: key_record(2048, "t=y")),
        (signed, lambda: key_record(2048, "t=s : y")),
    ],
    ids=["l=", "l= and more text", "short key", "SHA-1", "without From", "testing", "testing among others"],
)
def test_a_signature_that_fits_and_proves_nothing_is_named_so(
    message: Callable[[], bytes], key: Callable[[], str]
) -> None:
    found = checked(message(), {SPF: [], KEY: [key()]})
    assert (found.dkim, found.dkim_domains, found.dmarc) == ("policy", (), "fail")


def test_a_signature_proves_nothing_if_it_was_past_its_time_when_the_message_came() -> None:
    end = datetime.now(UTC) + timedelta(hours=1)
    message = signed(expires=end)
    assert checked(message, received=end - timedelta(days=1)).dkim == "pass"
    assert checked(message, received=end + timedelta(days=1)).dkim == "policy"


@pytest.mark.parametrize(
    "record",
    [[], ["v=DKIM1; p="], ["v=DKIM1; k=ed25519; p=AAAA"], ["rubbish p=%%%"], ["p=AAAA", "p=BBBB"]],
    ids=["none", "revoked", "another kind", "rubbish", "two"],
)
def test_without_a_key_that_can_be_used_a_signature_proves_nothing(record: list[str]) -> None:
    found = checked(signed(), {KEY: record})
    assert (found.dkim, found.dkim_domains) == ("permerror", ())


def test_a_key_that_takes_long_to_check_is_not_used() -> None:
    assert checked(signed(), {KEY: [key_record() + "A" * 1_000]}).dkim == "permerror"


def test_only_the_topmost_signatures_are_checked() -> None:
    asked: list[tuple[str, str]] = []
    other = b"".join(b"DKIM-Signature: v=1; d=d%d.com; s=s1\n" % number for number in range(50))
    with served(PUBLISHED, asked) as at:
        found = a_verifier(at).check(other + signed(), an_envelope())
    assert found is not None
    assert found.dkim != "pass"
    assert len([name for name, _ in asked if "_domainkey" in name]) == 5


@pytest.mark.parametrize(
    "text",
    [
        b" " * 3_000_000 + b"x",
        b"\t \n" * 1_000_000,
        b"\n" * 4_000_000,
        b"\r" + b"\n" * 2_000_000,
        (b" " * 900 + b"x") * 5_000,
    ],
    ids=["blanks", "blank lines", "empty lines", "a bare CR above them", "runs of blanks"],
)
def test_a_text_made_to_be_slow_is_not(text: bytes) -> None:
    head = b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=pills-shop.com; s=s1; h=from; bh=AAAA; b=AAAA\n"
    began = time.process_time()
    assert checked(head * 5 + MAIL + text).dkim == "fail"
    assert within(6, began)


@pytest.mark.parametrize(
    "field",
    [
        b"b=" + b" \n" * 1_000 + b"!",
        b"b=" + b"\n " * 2_000 + b"!",
        b"b=" + b"A " * 2_000 + b"!",
        b"bh=" + b"A" * 4_000 + b"!",
        b"d=" + b"a." * 2_000,
        b"t=" + b"9" * 3_900,
        b"h=" + b"from:" * 700,
    ],
)
def test_a_signature_made_to_be_slow_is_not(field: bytes) -> None:
    head = b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=pills-shop.com; s=s1; h=from; bh=AAAA; b=AAAA; "
    began = time.process_time()
    assert checked((head + field + b"\n") * 5 + MAIL).dkim != "pass"
    assert within(3, began)


def test_a_header_of_countless_lines_is_not_verified() -> None:
    began = time.process_time()
    assert checked(signed(MAIL.replace(b"\tpills", b"\tpills\n" + b" x\n" * 100_000)[:200_000])).dkim == "policy"
    assert within(10, began)  # most of it for the signing
