"""SPF, DKIM and DMARC checked by ourselves, all together."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reporter.caught import an_envelope
from tests.reporter.verification.checking import KEY, PUBLISHED, SPF, a_verifier, checked, served
from tests.reporter.verification.signing import MAIL, key_record, signed
from trapline.reporter.evidence.authentication import Authentication
from trapline.spool.envelope import Client


def test_a_spammer_who_signed_for_himself_is_proven() -> None:
    assert checked(signed()) == Authentication(
        spf="pass",
        dkim="pass",
        dmarc="pass",
        spf_domain="pills-shop.com",
        dkim_domains=("pills-shop.com",),
        dmarc_domain="pills-shop.com",
    )


@pytest.mark.parametrize(
    "client",
    [
        Client(address=an_envelope().client.address, authenticated=True),
        Client(address=an_envelope().client.address, exempt=True),
        an_envelope(client="11.9.1.1").client,
    ],
    ids=["authenticated", "exempt", "our network"],
)
def test_nothing_is_asked_about_our_own_clients(client: Client) -> None:
    asked: list[tuple[str, str]] = []
    with served(PUBLISHED, asked) as at:
        assert a_verifier(at).check(signed(), an_envelope(client=client)) is None
    assert asked == []


def test_a_message_that_was_cut_off_or_never_came_is_not_called_forged() -> None:
    envelope = an_envelope()
    cut = checked(signed()[:-20], {SPF: []}, replace(envelope, truncated=True))
    assert (cut.dkim, cut.dmarc) == (None, "temperror")
    bodiless = checked(b"", None, replace(envelope, bodiless=True))
    assert (bodiless.spf, bodiless.dkim, bodiless.dmarc) == ("pass", None, None)


_TAGS = st.lists(
    st.tuples(
        st.sampled_from(["v", "a", "b", "bh", "c", "d", "h", "i", "l", "q", "s", "t", "x", "z"]),
        st.sampled_from(["1", "rsa-sha256", "AAAA", "relaxed/relaxed", "pills-shop.com", "from", "s1", "", "@", "ü"]),
    ).map("=".join),
    max_size=12,
).map("; ".join)  # fmt: skip


@pytest.fixture(scope="module")
def published() -> Iterator[tuple[dict[tuple[str, str], Any], str]]:
    """Records that may be changed, and where they are served."""
    records: dict[tuple[str, str], Any] = {KEY: [key_record()], **PUBLISHED}
    with served(records) as at:
        yield records, at


@settings(max_examples=100, deadline=None)
@given(
    tags=_TAGS,
    spf=st.sampled_from(["", "v=spf1 ", "v=spf1 a:%{d} ", "v=spf1 exp=%{s}"]),
    more=st.text("%{}sl1r-.:/+ abmx=", max_size=30),
)
def test_whatever_a_sender_writes_there_is_a_result(
    published: tuple[dict[tuple[str, str], Any], str], tags: str, spf: str, more: str
) -> None:
    records, at = published
    records[SPF] = [spf + more]
    found = a_verifier(at).check(f"DKIM-Signature: {tags}\n".encode() + MAIL, an_envelope())
    assert found is not None
    assert found.dkim_domains == ()
