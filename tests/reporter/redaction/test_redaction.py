import base64
import hashlib
from urllib.parse import quote

import pytest

from trapline.reporter.redaction.redaction import (
    MAX_ADDRESSES,
    RECIPIENT_FIELDS,
    Redactor,
    TooManyAddressesError,
    addresses_of_ours,
    ours,
)

TRAP = "hidden.canary7@trap-mx.com"


def is_ours(text: str) -> bool:
    return ours(lambda one: one.lower() == TRAP, frozenset({"our-shop.com"}))(text)


@pytest.mark.parametrize(
    ("written", "left"),
    [
        (TRAP, "recipient-1@redacted.invalid"),
        (TRAP.upper(), "recipient-1@redacted.invalid"),
        ("Hidden.Canary7@Trap-MX.com", "recipient-1@redacted.invalid"),
        (quote(TRAP), "recipient-1%40redacted.invalid"),
        ("hidden%2Ecanary7%40trap%2Dmx%2Ecom", "recipient-1%40redacted.invalid"),
        ("bounce-hidden.canary7=trap-mx.com@pills.com", "bounce-recipient-1=redacted.invalid@pills.com"),
        ("hidden.canary7&#64;trap-mx.com", "recipient-1&#64;redacted.invalid"),
        ("Dear HIDDEN.CANARY7!", "Dear recipient-1!"),
        ("Trap-MX.com-Support", "redacted-invalid-Support"),
        ("trap-mx.com-1795158004@pills.com", "redacted-invalid-1795158004@pills.com"),
        ("quota_trap-mx.com_2026.pdf", "quota_redacted-invalid_2026.pdf"),
        ("mail.trap-mx.com--", "mail.redacted-invalid--"),
        ("my-trap-mx.com/login", "my-redacted-invalid/login"),
        ("trap-mx.command", "trap-mx.command"),
        ("bear-trap-mx.company", "bear-trap-mx.company"),
    ],
)
def test_an_address_becomes_a_placeholder_of_the_same_shape(written: str, left: str) -> None:
    redactor = Redactor([TRAP])
    assert redactor.redact(f"<{written}>".encode()) == f"<{left}>".encode()
    assert not redactor.leaks(left)


def test_each_address_has_its_own_placeholder_each_time() -> None:
    raw = b"b@our-shop.com a@our-shop.com B@our-shop.com"
    expected = b"recipient-2@redacted.invalid recipient-1@redacted.invalid recipient-2@redacted.invalid"
    assert Redactor(["a@our-shop.com", "b@our-shop.com"]).redact(raw) == expected


def test_a_word_that_is_the_local_part_of_somebody_else_of_ours_is_left_alone() -> None:
    redactor = Redactor([TRAP], ["support@our-shop.com"])
    assert redactor.redact(b"our support: support@our-shop.com") == b"our support: recipient-2@redacted.invalid"


@pytest.mark.parametrize(
    "form",
    [
        base64.b64encode(f"to {TRAP}".encode()).decode(),
        hashlib.md5(TRAP.encode(), usedforsecurity=False).hexdigest(),
        hashlib.sha256(TRAP.encode()).hexdigest(),
        TRAP.encode().hex(),
        TRAP[::-1],
    ],
    ids=["base64", "md5", "sha256", "hex", "reversed"],
)
def test_what_is_not_replaced_is_at_least_noticed(form: str) -> None:
    assert Redactor([TRAP]).leaks(f"http://pills.com/?u={form}")


def test_all_that_is_ours_is_found_in_a_message() -> None:
    raw = f"To: {TRAP.upper()}, x@pills.com\nhttp://p.com/?u=anna%40our-shop.com&v=bob@sub.our-shop.com".encode()
    assert addresses_of_ours(raw, is_ours) == [TRAP, "anna@our-shop.com", "bob@sub.our-shop.com"]


def test_other_peoples_addresses_are_not_ours() -> None:
    assert addresses_of_ours(b"x@pills.com y@not-our-shop.com z@our-shop.com.evil.com", is_ours) == []


def test_more_addresses_than_can_be_taken_out_in_time_are_an_error() -> None:
    with pytest.raises(TooManyAddressesError):
        Redactor(f"user{number}@our-shop.com" for number in range(MAX_ADDRESSES + 1))


def test_ours_cannot_be_hidden_behind_countless_other_addresses() -> None:
    with pytest.raises(TooManyAddressesError):
        addresses_of_ours(b"x@pills.com " * 10_000 + TRAP.encode(), is_ours)


def test_the_fields_that_name_recipients() -> None:
    assert {"to", "cc", "bcc", "delivered-to", "x-original-to", "x-forwarded-for"} <= RECIPIENT_FIELDS
