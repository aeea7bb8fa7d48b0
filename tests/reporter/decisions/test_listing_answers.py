"""Who is spared for a bounce, an automatic reply or a notice, and the spammer who only says that it is one."""

from dataclasses import replace

import pytest

from tests.reporter.decisions.clients import CONTEXT, TWO, caught, results, spared, waits
from tests.reporter.decisions.reasons import SPAM
from tests.reporter.messages import envelope, html, link

BOUNCE = "Content-Type: message/delivery-status"
AWAY = "Auto-Submitted: auto-replied"
LETTER = (  # of WordPress, to whoever is to be called so
    b"From: Bakery <anna@bakery-anna.com>\nSubject: Login\n\nUsername: pills-now.com/x - 120 USDT\n\n"
    b"https://bakery-anna.com/wp-login.php?login=pills-now.com/x%20-%20120%20USDT&key=abcDEF1&action=rp\n"
)


class TestAnswers:
    @pytest.mark.parametrize("of", [SPAM, b"", link("http://a.com/b", BOUNCE)])
    def test_a_bounce_is_spared(self, of: bytes) -> None:
        assert spared(of, envelope(mail_from="")) == "backscatter"

    @pytest.mark.parametrize(
        "field", [AWAY, "X-Autoreply: yes", "Precedence: auto_reply", "X-Failed-Recipients: a@b.com"]
    )
    def test_an_automatic_reply_from_a_sender_is_spared(self, field: str) -> None:
        assert spared(link("http://a.com/b", field)) == "backscatter"

    def test_it_is_spared_where_the_operator_has_backscatter_reported(self) -> None:
        reporting = replace(CONTEXT, report_backscatter=True)
        assert spared(at=envelope(mail_from=""), context=reporting) == "backscatter"
        assert spared(link("http://a.com/b", AWAY), context=reporting) == "backscatter"
        assert spared(link("http://a.com/b", "Auto-Submitted: auto-generated"), context=reporting) == "program_notice"

    def test_a_site_on_whose_form_the_trap_was_typed_is_spared(self) -> None:
        assert spared(link("http://a.com/b", "Auto-Submitted: auto-generated")) == "program_notice"

    def test_a_service_that_asks_for_confirmation_is_spared_and_its_next_mail_is_not(self) -> None:
        assert spared(html("Please confirm your subscription: http://pills-now.com/c")) == "confirmation_request"
        assert spared(html("Our new prices: http://pills-now.com/c")) is None

    def test_a_site_that_writes_to_a_new_user_whose_name_is_spam_is_spared(self) -> None:
        assert spared(LETTER) == "typed_into_form"
        assert spared(LETTER.replace(b"action=rp", b"action=go")) is None
        named = link("http://a.com/b", "To: Withdraw it now at pills-now.com/x <a@ourtraps.com>\nList-Id: <news.a.com>")
        assert spared(named) == "typed_into_form"
        assert spared(named.replace(b"List-Id", b"X-Word")) is None
        assert spared(LETTER.replace(b"From: Bakery <anna@bakery-anna.com>", b"From: x@pills-now.com")) is None

    def test_a_site_that_sends_a_copy_of_what_was_typed_into_its_form_is_listed_after_a_second_trap(self) -> None:
        of = html("WIN http://pills-now.com/c <p>This e-mail was sent from a contact form on Anna's Bakery</p>")
        assert waits(of) == "form_copy"
        assert waits(of, caught(recipients=TWO)) is None  # such a copy goes to one address

    @pytest.mark.parametrize(
        "field", ["Return-Path: <>", "Received: from x by y (envelope-from <>)", "Precedence: bulk"]
    )
    def test_a_bounce_that_only_the_header_tells_of_is_listed(self, field: str) -> None:
        assert spared(link("http://pills-now.com/buy", field)) is None

    @pytest.mark.parametrize(
        "of",
        [
            link("http://pills-now.com/buy", AWAY),
            html("Please confirm your subscription: http://pills-now.com/c"),
            LETTER,
        ],
        ids=["reply", "confirmation", "new user"],
    )
    def test_an_answer_to_several_or_from_a_sender_that_is_forged_is_none(self, of: bytes) -> None:
        assert spared(of) is not None
        assert spared(of, envelope(people=("anna@ourtraps.com",))) is None
        assert spared(of, caught(recipients=TWO)) is None
        assert spared(of, caught(source="fallback", others=True)) is None
        forged = of.replace(b"Subject:", results("spf=fail smtp.mailfrom=pills-now.com").encode() + b"\nSubject:")
        assert spared(forged) is None

    def test_a_help_desk_whose_ticket_somebody_copies_to_a_trap_is_listed_with_a_second_trap_only(self) -> None:
        """Who has a mailbox here opens a ticket with the trap in Cc: notices go to both in one transaction."""
        notice = link("http://help-desk.com/ticket/7", "Auto-Submitted: auto-generated")
        assert waits(notice, envelope(people=("anna@ourtraps.com",))) == "notice_to_several"
        assert waits(notice, caught(source="fallback", others=True)) == "notice_to_several"
        forged = results("spf=fail smtp.mailfrom=pills-now.com")
        of = link("http://pills-now.com/buy", "Auto-Submitted: auto-generated", forged)
        assert spared(of) is None
        assert spared(of, envelope(people=("anna@ourtraps.com",))) is None

    def test_a_bounce_to_several_is_none_and_one_from_a_host_without_spf_is_one(self) -> None:
        assert spared(at=caught(mail_from="", recipients=TWO)) is None
        field = results("spf=fail smtp.helo=mail.pills-now.com")
        assert spared(link("http://a.com/b", field), envelope(mail_from="")) == "backscatter"

    def test_a_honeypots_other_spellings_are_no_further_recipients(self) -> None:
        at = caught(source="mailbox", role="honeypot", recipients=TWO)
        assert spared(link("http://a.com/b", AWAY), at) == "backscatter"
