"""Which messages are spared, with all that is in them."""

import pytest

from tests.reporter.decisions.reasons import HTML_HEAD, SPAM, reason
from tests.reporter.messages import envelope, html
from trapline.reporter.indicators import Skip, without_history
from trapline.reporter.judge import Context, judge
from trapline.spool.envelope import Envelope


class TestMessages:
    @pytest.mark.parametrize("at", [envelope(authenticated=True), envelope(exempt=True)])
    def test_a_user_of_ours_with_a_stolen_password_is_spared(self, at: Envelope) -> None:
        judgement = judge(SPAM, at, Context())
        assert judgement.judged
        assert all("stolen account" in getattr(one.decision, "reason", "") for one in judgement.judged)

    def test_a_server_that_answers_a_forged_sender_is_spared(self) -> None:
        judgement = judge(SPAM, envelope(mail_from=""), Context())
        assert judgement.judged
        assert all("backscatter" in getattr(one.decision, "reason", "") for one in judgement.judged)

    def test_backscatter_is_reported_where_the_operator_says_so(self) -> None:
        assert reason("ip", at=envelope(mail_from=""), context=Context(report_backscatter=True)) is None

    def test_those_who_knew_an_addresss_old_owner_are_spared_and_the_sample_is_not(self) -> None:
        at = envelope(kinds=("recycled", "typo"))
        assert "recycled" in str(reason("ip", at=at))
        assert reason("email", at=at) is None

    def test_those_who_may_be_honest_have_to_write_twice(self) -> None:
        for of, at in (
            (SPAM, envelope(kinds=("recycled", "typo"))),
            (html("Please confirm your subscription. <a href='http://pills-now.com/buy'>Here</a>"), envelope()),
        ):
            decisions = [one.decision for one in judge(of, at, Context()).judged]
            assert all(isinstance(one, Skip) or one.second for one in decisions)
            assert all(isinstance(without_history(one), Skip) for one in decisions)
        assert all(
            isinstance(one.decision, Skip) or one.decision.second is None
            for one in judge(SPAM, envelope(kinds=("recycled", "pristine")), Context()).judged
        )

    def test_one_pristine_trap_among_them_is_enough(self) -> None:
        assert reason("ip", at=envelope(kinds=("recycled", "pristine"))) is None

    def test_mail_that_people_got_too_is_not_sent_on_and_its_links_are_reported(self) -> None:
        at = envelope(people=("anna@ourtraps.com",))
        assert "mixed" in str(reason("email", at=at))
        assert reason("url", at=at) is None
        assert reason("email", at=at, context=Context(submit_mixed=True)) is None

    def test_without_a_message_there_is_no_sample_but_a_client(self) -> None:
        at = envelope(bodiless=True)
        assert "before DATA" in str(reason("email", of=b"", at=at))
        assert reason("ip", of=b"", at=at) is None

    def test_a_message_with_nothing_in_it_is_no_sample_but_has_a_client(self) -> None:
        for nothing in (b"From: x@pills-now.com\n\n\n", b"Subject:  \n\n \r\n", HTML_HEAD + b"<p>&nbsp;</p>"):
            assert "nothing in it" in str(reason("email", of=nothing))
            assert reason("ip", of=nothing) is None

    @pytest.mark.parametrize(
        "something",
        [
            b"Subject: Call +1 202 555 0100\n\n\n",
            b"\nBuy\n",
            HTML_HEAD + b"<img src='http://pills-now.com/offer.png'>",
            HTML_HEAD + b"<p style='display:none'>pills</p>",
            b"Content-Type: image/png; name=offer.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n",
        ],
    )
    def test_a_message_with_anything_in_it_is_a_sample(self, something: bytes) -> None:
        assert reason("email", of=something) is None
