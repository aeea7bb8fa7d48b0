"""What each kind of evidence is worth."""

from typing import Any

import pytest

from tests.reporter.caught import CLIENT, an_envelope, trap
from trapline.dnsbl.findings import Listed
from trapline.reporter.evidence.authentication import Authentication
from trapline.reporter.indicators import Indicator
from trapline.reporter.submission.weights import AUTHENTICATED, REST, SAMPLE, UNLISTED, weight
from trapline.spool.envelope import Recipient

ADDRESS = Indicator("ip", CLIENT, ("client",))
SENDER = Indicator("domain", "pills-shop.com", ("from", "mail_from"))
LANDING = Indicator("domain", "landing-pills.com", ("html:a",))
SIGNED = Authentication(dkim="pass", dkim_domains=("mail.pills-shop.com",))


def test_the_order_is_the_unlisted_the_sample_the_authenticated_the_rest_and_half_of_each_for_mixed_mail() -> None:
    assert UNLISTED > SAMPLE > AUTHENTICATED > REST
    mixed = an_envelope(recipients=(trap(), Recipient(address="anna@mx.com")))
    assert weight(SENDER, an_envelope(role="junk"), SIGNED) == weight(SENDER, mixed, SIGNED)
    for one in (ADDRESS, SENDER, LANDING, Indicator("email", "message-1", ("message",))):
        assert weight(one, mixed, SIGNED) == weight(one, an_envelope(), SIGNED) / 2


def test_a_client_that_no_zone_listed_is_worth_most() -> None:
    assert weight(ADDRESS, an_envelope(), None) == UNLISTED


@pytest.mark.parametrize(
    "changes",
    [
        {"listings": (Listed("zen", CLIENT, ("127.0.0.2",)),)},
        {"unanswered": ("zen",)},
        {"source": "fallback"},
        {"source": "mailbox"},
    ],
    ids=["listed", "no answer", "nobody asked", "nobody asked either"],
)
def test_a_client_that_is_listed_or_was_not_asked_about_is_like_the_rest(changes: dict[str, Any]) -> None:
    assert weight(ADDRESS, an_envelope(**changes), None) == REST


def test_a_sender_domain_that_no_zone_listed_is_worth_as_much() -> None:
    assert weight(SENDER, an_envelope(), SIGNED) == UNLISTED
    listed = an_envelope(listings=(Listed("dbl", "bounce.pills-shop.com", ("127.0.1.2",)),))
    assert weight(SENDER, listed, SIGNED) == AUTHENTICATED
    assert weight(SENDER, listed, None) == REST
    assert weight(SENDER, an_envelope(unanswered=("zrd",)), SIGNED) == AUTHENTICATED


@pytest.mark.parametrize("zone", ["blocklist", "office"])
def test_what_only_our_own_list_has_is_as_new_to_spamhaus_as_ever(zone: str) -> None:
    known_here = an_envelope(listings=(Listed(zone, CLIENT, ("127.0.0.2",)),), unanswered=("other",))
    assert weight(ADDRESS, known_here, None) == UNLISTED


def test_where_a_link_leads_nobody_was_asked_about() -> None:
    assert weight(LANDING, an_envelope(), SIGNED) == REST
    assert weight(Indicator("url", "http://landing-pills.com/", ("html:a",)), an_envelope(), SIGNED) == REST
