"""Newsletters and mailing lists, to which anybody may have subscribed a trap: listed after a second one only."""

import pytest

from tests.reporter.decisions.clients import decided, results, spared, waits
from tests.reporter.messages import envelope, link
from trapline.reporter.decisions.listing import ListHere
from trapline.reporter.judge import Context

NEWSLETTER = (
    "List-Unsubscribe: <https://pills-now.com/leave>",
    "List-Id: News <news.pills-now.com>",
    "DKIM-Signature: v=1; a=rsa-sha256; d=pills-now.com; s=one; h=from; bh=x; b=y",
)
SIGNED = results("dkim=pass header.d=pills-now.com")


class TestMailings:
    def test_who_subscribed_a_trap_to_a_newsletter_has_it_listed_with_a_second_trap_only(self) -> None:
        found = decided(link("http://pills-now.com/buy", SIGNED, *NEWSLETTER))
        assert found == ListHere(2, "a mailing that somebody may have subscribed the trap to (List-Id)", "newsletter")

    @pytest.mark.parametrize("field", NEWSLETTER[:2])
    def test_one_of_the_fields_is_enough(self, field: str) -> None:
        assert waits(link("http://pills-now.com/buy", SIGNED, field)) == "newsletter"

    def test_who_only_signs_is_listed_after_one(self) -> None:
        assert spared(link("http://pills-now.com/buy", SIGNED, NEWSLETTER[2])) is None

    @pytest.mark.parametrize(
        "said", ["dkim=fail header.d=pills-now.com", "dkim=none", "dkim=pass header.d=other-pills.com"]
    )
    def test_who_forges_a_newsletter_without_a_signature_of_his_own_is_listed_after_one(self, said: str) -> None:
        assert spared(link("http://pills-now.com/buy", results(said), *NEWSLETTER)) is None

    @pytest.mark.parametrize("said", ["spf=pass smtp.mailfrom=pills-now.com", "dkim=temperror header.d=pills-now.com"])
    def test_a_signature_that_nobody_checked_counts(self, said: str) -> None:
        assert waits(link("http://pills-now.com/buy", results(said), *NEWSLETTER)) == "newsletter"
        assert waits(link("http://pills-now.com/buy", *NEWSLETTER), context=Context()) == "newsletter"

    def test_a_mailing_list_that_leaves_from_as_it_is_and_signs_itself_waits_too(self) -> None:
        said = (results("dkim=pass header.d=lists-host.org"), "List-Id: Talk <talk.lists-host.org>")
        assert waits(link("http://pills-now.com/buy", *said)) == "newsletter"
        assert spared(link("http://pills-now.com/buy", said[0], "List-Id: Talk <talk.other-lists.org>")) is None

    def test_one_of_another_domain_does_not(self) -> None:
        other = (*NEWSLETTER[:2], NEWSLETTER[2].replace("d=pills-now.com", "d=other-pills.com"))
        assert spared(link("http://pills-now.com/buy", *other)) is None
        assert spared(link("http://pills-now.com/buy", *NEWSLETTER[:2])) is None

    def test_results_that_the_sender_wrote_count_for_nothing(self) -> None:
        forged = "Authentication-Results: mx.pills-now.com; dkim=pass header.d=pills-now.com"
        assert spared(link("http://pills-now.com/buy", forged, *NEWSLETTER[:2])) is None

    def test_a_mailing_by_a_mail_service_is_spared_for_good(self) -> None:
        of = link("http://pills-now.com/buy", SIGNED, *NEWSLETTER)
        assert spared(of, envelope(name="o1.ptr2.sendgrid.net")) == "large_sender"
