from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reporter.caught import CLIENT, LABEL, MESSAGE, NOON, TRAP, delivered
from trapline.config.settings import Exempt
from trapline.reporter.fallback import read
from trapline.spool.envelope import Client, Envelope, EnvelopeError, Recipient
from trapline.traps.traps import Trap


class OneTrap:
    def match(self, recipient: str, /) -> Trap | None:
        return Trap(LABEL) if recipient.lower() == TRAP else None


def envelope(raw: bytes, file: str = "1.V1.mx") -> Envelope:
    return read(raw, file, OneTrap(), Exempt(), NOON)[0]


def test_the_envelope_is_what_our_postfix_wrote_on_top() -> None:
    found, message = read(delivered(), "1.V1.mx", OneTrap(), Exempt(), NOON)
    assert found == Envelope(
        id=found.id,
        received=datetime(2026, 11, 21, 11, 58, tzinfo=UTC),
        source="fallback",
        client=Client(address=ip_address("11.0.0.66")),
        helo="mail.pills-shop.com",
        mail_from="bounce@pills-shop.com",
        recipients=(Recipient(address=TRAP, trap=True, label=LABEL, kind="pristine"),),
        queue_id="4bXFALLBACK",
    )
    assert message == MESSAGE


def test_a_file_read_twice_is_one_message_and_two_files_are_two() -> None:
    assert envelope(delivered()).id == envelope(delivered()).id
    assert envelope(delivered()).id != envelope(delivered(), "2.V1.mx").id


def test_the_null_sender_is_kept_as_one() -> None:
    assert envelope(delivered(sender="")).mail_from == ""


@pytest.mark.parametrize("protocol", ["ESMTPA", "ESMTPSA"])
def test_an_authenticated_client_is_known_by_the_protocol(protocol: str) -> None:
    assert envelope(delivered(protocol=protocol)).client.authenticated


def test_a_client_in_an_exempt_network_is_exempt() -> None:
    assert envelope(delivered(client="from printer (unknown [192.168.7.8])")).client.exempt


def test_mail_handed_in_on_this_host_itself_is_exempt() -> None:
    found = envelope(delivered(client="by", protocol="local", only="").replace(b"by\n\tby ", b"by "))
    assert found.client == Client(exempt=True)


def test_without_a_for_clause_there_were_several_recipients_and_people_may_be_among_them() -> None:
    assert envelope(delivered(only="")).mixed
    assert not envelope(delivered()).mixed


def test_only_the_first_received_line_is_ours_and_everything_below_is_the_senders() -> None:
    forged = delivered(MESSAGE, client="from x (y [11.9.9.9])", protocol="ESMTPSA", queue_id="FORGED")
    spf = b"Received-SPF: pass client-ip=11.8.8.8\n"
    found, message = read(delivered(spf + forged), "f", OneTrap(), Exempt(), NOON)
    assert str(found.client.address) == "11.0.0.66"
    assert not found.client.authenticated
    assert message == spf + forged


def test_a_helo_that_looks_like_our_own_words_is_only_a_helo() -> None:
    found = envelope(delivered(client="from by.evil.com (unknown [11.0.0.66])"))
    assert str(found.client.address) == "11.0.0.66"


@pytest.mark.parametrize("raw", [b"", MESSAGE, delivered(recipient="anna@trap-mx.com")])
def test_what_is_not_delivered_to_a_trap_by_postfix_is_refused(raw: bytes) -> None:
    with pytest.raises(EnvelopeError) as caught:
        envelope(raw)
    assert "anna" not in str(caught.value)


@given(st.binary(max_size=200), st.integers(0, 400))
def test_whatever_is_below_it_is_an_envelope_or_an_error(junk: bytes, place: int) -> None:
    top, said = delivered(b""), ""
    try:
        envelope(top[:place] + junk + top[place:])
    except EnvelopeError as error:
        said = str(error)
    assert TRAP not in said


def test_what_postfix_prepends_above_its_received_line_is_passed_over() -> None:
    """A policy service's PREPEND stands there; the client is in the Received line below it all the same."""
    raw = delivered().replace(b"Received:", b"Received-SPF: none (x) client-ip=9.9.9.9\nReceived:", 1)
    found, message = read(raw, "1.V1.mx", OneTrap(), Exempt(), NOON)
    assert str(found.client.address) == CLIENT
    assert not found.client.exempt
    assert message == MESSAGE
