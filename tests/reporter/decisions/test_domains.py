"""Which domains are spared, and which are reported all the same."""

import pytest

from tests.reporter.decisions.reasons import SPAM, believing, reason
from tests.reporter.messages import envelope, html, link
from trapline.reporter.indicators import Skip
from trapline.reporter.judge import Context, judge
from trapline.reporter.lists import Lists


class TestDomains:
    @pytest.mark.parametrize("host", ["shop.example", "www.example.com", "printer.local", "a.nosuchtld"])
    def test_names_that_nobody_owns_are_spared(self, host: str) -> None:
        judged = judge(html(f"http://{host}/x http://pills-now.com/x"), envelope(), Context()).judged
        reported = {one.indicator.value for one in judged if not isinstance(one.decision, Skip)}
        assert {"pills-now.com", "http://pills-now.com/x"} <= reported
        assert not any(host in value for value in reported)

    @pytest.mark.parametrize(
        "mailbox", ["someone@gmail.com", "someone@gmx.de", "someone@outlook.com", "someone@mail.ru", "x@qq.com"]
    )
    def test_a_mail_providers_domain_is_spared_although_its_customers_mail_is_signed(self, mailbox: str) -> None:
        domain = mailbox.partition("@")[2]
        field, context = believing(domain)
        message = html("no link", field).replace(b"news@pills-now.com", mailbox.encode())
        assert reason("domain", domain, of=message, at=envelope(mail_from=mailbox), context=context) is not None

    def test_we_and_the_recipients_are_spared_by_our_whole_names_only(self) -> None:
        assert "our own" in str(reason("domain", "ourtraps.com", of=link("http://www.ourtraps.com/x")))
        assert reason("domain", "not-ourtraps.com", of=link("http://not-ourtraps.com/")) is None

    @pytest.mark.parametrize("allowed", ["partner.com", ".partner.com"])
    def test_whom_the_operator_allowed_is_spared(self, allowed: str) -> None:
        context = Context(allowed_domains=(allowed,))
        assert reason("domain", "partner.com", of=link("http://partner.com/x"), context=context) == "allowlisted"
        assert reason("domain", "xpartner.com", of=link("http://xpartner.com/x"), context=context) is None

    @pytest.mark.parametrize(
        "host",
        ["www.w3.org", "google.com", "microsoft.com", "apple.com", "schema.org", "gmail.com", "bit.ly", "sendgrid.net"],
    )
    def test_the_well_known_are_spared_even_when_authenticated(self, host: str) -> None:
        field, context = believing(host)
        judgement = judge(link(f"https://{host}/x/y?z", field), envelope(helo=None, mail_from=f"a@{host}"), context)
        decisions = {one.indicator.value: one.decision for one in judgement.judged if one.indicator.kind == "domain"}
        assert isinstance(decisions[host.removeprefix("www.")], Skip)

    @pytest.mark.parametrize(
        "host",
        [
            *("someone.github.io", "firm.blogspot.com", "shop.wixsite.com", "x.weebly.com"),  # site builders
            *("bucket.s3.amazonaws.com", "storage.googleapis.com", "x.blob.core.windows.net", "x.r2.dev"),  # storage
            *("d1.cloudfront.net", "x.azureedge.net", "x.workers.dev", "x.pages.dev"),  # delivery networks
            *("bit.ly", "tinyurl.com", "t.co"),  # shorteners
            *("u1.ct.sendgrid.net", "click.mlsend.com", "x.list-manage.com"),  # mail services' click trackers
        ],
    )
    def test_a_platform_is_spared_and_its_customers_page_is_reported_by_full_url(self, host: str) -> None:
        judgement = judge(link(f"https://{host}/login"), envelope(), Context())
        decisions = {one.indicator.value: one.decision for one in judgement.judged}
        assert not isinstance(decisions[f"https://{host}/login"], Skip)
        assert all(isinstance(decision, Skip) for value, decision in decisions.items() if host.endswith(value))

    @pytest.mark.parametrize(
        "host", ["cdn.bubble.io", "auth.eu-west-1.amazoncognito.com", "x.services.clever-cloud.com"]
    )
    def test_the_owner_of_a_host_below_which_names_are_handed_out_is_spared(self, host: str) -> None:
        owner = ".".join(host.split(".")[-2:])
        assert "platform" in str(reason("domain", owner, of=link(f"https://{host}/login")))
        assert reason("url", f"https://{host}/login", of=link(f"https://{host}/login")) is None

    def test_a_name_bought_below_a_private_registry_is_reported(self) -> None:
        assert reason("domain", "rent-a-pill.eu.com", of=link("http://x.rent-a-pill.eu.com/y")) is None

    def test_a_site_whose_pictures_were_borrowed_is_spared(self) -> None:
        shown = html('<img src="http://borrowed-art.com/a.png">http://pills-now.com/')
        assert "pictures" in str(reason("domain", "borrowed-art.com", of=shown))
        both = html('<img src="http://borrowed-art.com/a.png"><a href="http://borrowed-art.com/">x</a>')
        assert reason("domain", "borrowed-art.com", of=both) is None

    def test_a_service_that_only_handles_unsubscribing_is_spared(self) -> None:
        message = link("http://pills-now.com/buy", "List-Unsubscribe: <https://list-help.com/u?1>")
        assert "unsubscribe" in str(reason("domain", "list-help.com", of=message))

    def test_a_name_that_only_a_message_id_says_is_spared(self) -> None:
        of = link("http://pills-now.com/buy", "Message-ID: <b1.2@mx3.somebank.com.co>")
        assert "forged" in str(reason("domain", "somebank.com.co", of=of))
        assert "HELO" in str(reason("domain", "somebank.com.co", of=of, at=envelope(helo="mail.somebank.com.co")))
        field, context = believing("somebank.com.co")
        vouched = link("http://pills-now.com/buy", field, "Message-ID: <b1.2@mx3.somebank.com.co>")
        assert reason("domain", "somebank.com.co", of=vouched, context=context) is None

    def test_a_host_in_a_message_id_spares_no_domain_that_is_linked(self) -> None:
        of = link("http://pills-now.com/buy", "Message-ID: <1@mx1.pills-now.com>")
        context = Context(own_domains=frozenset({"mx1.pills-now.com"}))
        assert reason("domain", "pills-now.com", of=of, at=envelope(helo=None), context=context) is None

    def test_who_takes_unsubscriptions_by_mail_is_spared(self) -> None:
        field = "List-Unsubscribe: <mailto:off%40list-desk.com?subject=off>, <MAILTO:x@other-desk.com>, <mailto:>"
        for desk in ("list-desk.com", "other-desk.com"):
            assert reason("domain", desk, of=link("http://pills-now.com/buy", field)) == "only named to unsubscribe"

    def test_where_to_unsubscribe_says_no_more_of_a_name_than_what_else_the_sender_claims(self) -> None:
        caption = html('<a href="http://pills-now.com/x">www.somebank.com.co</a>')
        mailbox = b"List-Unsubscribe: <mailto:off@somebank.com.co>\n"
        assert reason("domain", "somebank.com.co", of=mailbox + caption) == "only the caption of a link"
        at = envelope(helo="mail.somebank.com.co")
        assert "HELO" in str(reason("domain", "somebank.com.co", of=mailbox + SPAM, at=at))
        field = "Authentication-Results: mx.ourtraps.com; spf=pass smtp.mailfrom=fwd-host.com"
        of = html("x", field, "List-Unsubscribe: <mailto:off@fwd-host.com>")
        at, context = (
            envelope(mail_from="SRS0=ab=cd=bank.com=x@fwd-host.com"),
            Context(authserv_ids=("mx.ourtraps.com",)),
        )
        assert reason("domain", "fwd-host.com", of=of, at=at, context=context) == "named by a forwarder"

    def test_a_name_that_only_a_helo_says_is_spared(self) -> None:
        assert "HELO" in str(reason("domain", "somebank.com.co", at=envelope(helo="mail.somebank.com.co")))

    def test_a_forwarders_name_is_spared_although_its_spf_passes(self) -> None:
        field = "Authentication-Results: mx.ourtraps.com; spf=pass smtp.mailfrom=fwd-host.com"
        at = envelope(mail_from="SRS0=ab=cd=bank.com=x@fwd-host.com")
        context = Context(authserv_ids=("mx.ourtraps.com",))
        assert reason("domain", "fwd-host.com", of=html("x", field), at=at, context=context) == "named by a forwarder"

    def test_a_forwarder_that_signs_what_it_forwards_is_spared_and_the_spammer_who_signed_before_is_not(self) -> None:
        field = (
            "Authentication-Results: mx.ourtraps.com; dkim=pass header.d=fwd-host.com; dkim=pass header.d=pills-now.com"
        )
        at = envelope(mail_from="SRS0=ab=cd=bank.com=x@fwd-host.com", helo="out3.fwd-host.com")
        context = Context(authserv_ids=("mx.ourtraps.com",))
        assert reason("domain", "fwd-host.com", of=html("x", field), at=at, context=context) == "named by a forwarder"
        assert reason("domain", "pills-now.com", of=html("x", field), at=at, context=context) is None

    def test_who_rewrote_the_sender_and_is_linked_too_or_the_author_himself_is_no_forwarder(self) -> None:
        field = "Authentication-Results: mx.ourtraps.com; dkim=pass header.d=fwd-host.com"
        at = envelope(mail_from="SRS0=ab=cd=bank.com=x@fwd-host.com", helo="out3.fwd-host.com")
        context = Context(authserv_ids=("mx.ourtraps.com",))
        of = link("http://fwd-host.com/buy", field)
        assert reason("domain", "fwd-host.com", of=of, at=at, context=context) is None
        of = html("x", field).replace(b"news@pills-now.com", b"news@fwd-host.com")
        assert reason("domain", "fwd-host.com", of=of, at=at, context=context) is None

    def test_a_name_that_only_a_signature_says_is_no_forwarders(self) -> None:
        field, context = believing("pills-too.com")
        at = envelope(mail_from="SRS0=ab=cd=bank.com=x@fwd-host.com", helo="out3.fwd-host.com")
        assert reason("domain", "pills-too.com", of=html("x", field), at=at, context=context) is None

    def test_a_brand_that_nobody_vouched_for_is_spared(self) -> None:
        assert "forged" in str(reason("domain", "pills-now.com", of=html("no link")))

    def test_public_suffixes_are_spared_whoever_signs(self) -> None:
        field, context = believing("co.uk")
        assert reason("domain", "co.uk", of=html("no link", field), context=context) == "a public suffix"

    @pytest.mark.parametrize("gateway", ["mimecast.com", "pphosted.com", "messagelabs.com", "protection.outlook.com"])
    def test_the_service_that_relays_for_its_customers_is_spared_although_it_signed(self, gateway: str) -> None:
        field, context = believing(gateway)
        judged = judge(html("no link", field), envelope(helo=None, mail_from=None), context).judged
        assert [
            one.indicator.value for one in judged if one.indicator.kind == "domain" and "dkim" in one.indicator.sources
        ]
        assert not [one for one in judged if one.indicator.kind == "domain" and not isinstance(one.decision, Skip)]

    def test_a_bounce_domain_of_a_mail_service_is_spared_although_its_spf_passes(self) -> None:
        field = "Authentication-Results: mx.ourtraps.com; spf=pass smtp.mailfrom=bounces.sendgrid.net"
        at, context = envelope(mail_from="b-1@bounces.sendgrid.net"), Context(authserv_ids=("mx.ourtraps.com",))
        assert "mail service" in str(reason("domain", "sendgrid.net", of=html("x", field), at=at, context=context))

    def test_a_spammer_whose_spf_passes_is_reported(self) -> None:
        field = "Authentication-Results: mx.ourtraps.com; spf=pass smtp.mailfrom=bounce.pills-now.com"
        context = Context(authserv_ids=("mx.ourtraps.com",))
        at = envelope(mail_from="b@bounce.pills-now.com", helo=None)
        assert reason("domain", "pills-now.com", of=html("no link", field), at=at, context=context) is None

    def test_a_spammer_who_signed_for_himself_is_reported(self) -> None:
        field, context = believing("pills-now.com")
        assert reason("domain", "pills-now.com", of=html("no link", field), context=context) is None

    def test_a_signature_of_another_domain_vouches_for_the_signer_only(self) -> None:
        field, context = believing("other-pills.com")
        message = html("no link", field)
        assert "forged" in str(reason("domain", "pills-now.com", of=message, context=context))
        assert reason("domain", "other-pills.com", of=message, context=context) is None

    def test_the_operators_word_about_a_platform_counts_for_domain_and_link(self) -> None:
        mine = Context(lists=Lists({"shared_hosting": ["partner-pages.com", "!blogspot.com"]}))
        page = link("https://shop.partner-pages.com/login")
        assert "shared platform" in str(reason("domain", "partner-pages.com", of=page, context=mine))
        assert reason("url", of=page, context=mine) is None
        assert reason("domain", "pills.eu.com", of=link("http://pills.eu.com/x"), context=mine) is None

    def test_what_the_operators_own_wrapper_leads_to_is_judged_instead(self) -> None:
        mine = Context(lists=Lists({"link_wrappers": ["scan.partner-mail.com"]}))
        page = link("https://scan.partner-mail.com/check?id=7&url=https%3A%2F%2Fpills-land.com%2Fbuy")
        assert "wraps" in str(reason("domain", "partner-mail.com", of=page, context=mine))
        assert reason("domain", "pills-land.com", of=page, context=mine) is None
        assert reason("url", "https://pills-land.com/buy", of=page, context=mine) is None

    def test_the_operators_word_about_senders_counts_for_the_address(self) -> None:
        at = envelope(name="out1.partner-mail.com")
        assert reason("ip", at=at) is None
        mine = Context(lists=Lists({"esp": ["partner-mail.com"]}))
        assert "mail service" in str(reason("ip", at=at, context=mine))


class TestForgedSenders:
    """A letter in a bank's name, with links to the bank beside the lure."""

    @staticmethod
    def letter(results: str) -> bytes:
        body = "<a href='http://lure.com/x'>Log in</a> <a href='https://bank-of-anna.com/help'>Help</a>"
        letter = html(body, f"Authentication-Results: mx.ourtraps.com; {results}")
        return letter.replace(b"News <news@pills-now.com>", b"Bank <help@bank-of-anna.com>")

    @staticmethod
    def context() -> Context:
        return believing("")[1]

    @pytest.mark.parametrize(
        ("results", "mail_from"),
        [
            ("dmarc=fail header.from=bank-of-anna.com; spf=pass smtp.mailfrom=pills-now.com", "x@pills-now.com"),
            ("spf=fail smtp.mailfrom=help@bank-of-anna.com", "help@bank-of-anna.com"),
        ],
        ids=["DMARC", "SPF"],
    )
    def test_the_bank_is_spared_with_its_pages_where_our_server_found_the_forgery(
        self, results: str, mail_from: str
    ) -> None:
        of, at = self.letter(results), envelope(mail_from=mail_from)
        assert "forged" in str(reason("domain", "bank-of-anna.com", of=of, at=at, context=self.context()))
        assert "forged" in str(reason("url", "https://bank-of-anna.com/help", of=of, at=at, context=self.context()))
        assert reason("domain", "lure.com", of=of, at=at, context=self.context()) is None
        assert reason("url", "http://lure.com/x", of=of, at=at, context=self.context()) is None

    @pytest.mark.parametrize(
        ("results", "mail_from"),
        [
            ("dmarc=fail header.from=bank-of-anna.com; dkim=pass header.d=bank-of-anna.com", "x@elsewhere.com"),
            ("spf=fail smtp.mailfrom=x@elsewhere.com", "x@elsewhere.com"),
            ("spf=softfail smtp.mailfrom=help@bank-of-anna.com; dmarc=none", "help@bank-of-anna.com"),
        ],
        ids=["it signed", "of another domain", "not quite a failure"],
    )
    def test_without_a_proof_who_links_to_himself_is_reported(self, results: str, mail_from: str) -> None:
        of, at = self.letter(results), envelope(mail_from=mail_from)
        assert reason("domain", "bank-of-anna.com", of=of, at=at, context=self.context()) is None
