"""Each rule twice: whom it spares, and who is reported all the same."""

from ipaddress import ip_network

import pytest

from tests.reporter.messages import TRAP, envelope, html, link
from trapline.config.networks import NetworkSet
from trapline.reporter.decisions import addresses, domains, messages, urls
from trapline.reporter.indicators import IndicatorKind, Report, Skip, without_history
from trapline.reporter.judge import Context, judge
from trapline.reporter.lists import Lists
from trapline.spool.envelope import Envelope

SPAM = link("http://pills-now.com/buy")


def reason(
    kind: IndicatorKind,
    value: str = "",
    *,
    of: bytes = SPAM,
    at: Envelope | None = None,
    context: Context | None = None,
) -> str | None:
    """Why the indicator is skipped; None where it is reported. Exactly one has to be there."""
    judgement = judge(of, at or envelope(), context or Context())
    found = [one for one in judgement.judged if one.indicator.kind == kind and value in {"", one.indicator.value}]
    assert len(found) == 1, [one.indicator for one in judgement.judged]
    decision = found[0].decision
    return decision.reason if isinstance(decision, Skip) else None


def believing(domain: str) -> tuple[str, Context]:
    """A field in which our server vouches for `domain`, and the context that believes it."""
    results = f"Authentication-Results: mx.ourtraps.com; dkim=pass header.d={domain}"
    return results, Context(authserv_ids=("mx.ourtraps.com",))


def test_a_strangers_spam_is_reported_in_all_four_kinds() -> None:
    assert reason("email") is None
    assert reason("ip", "11.2.3.4") is None
    assert reason("domain", "pills-now.com") is None
    assert reason("url", "http://pills-now.com/buy") is None


def test_every_rule_has_a_docstring_that_names_whom_it_protects() -> None:
    rules = (*messages.EVERY_INDICATOR, *messages.ALL_BUT_SAMPLE, *messages.SAMPLE, *addresses.RULES)
    for rule in (*rules, addresses.on_dnswl, *domains.RULES, *urls.RULES):
        text = rule.__doc__ or ""
        assert text.startswith("Skip "), rule.__name__
        assert "Protects " in text or rule in {messages.no_sample, messages.nothing_in_it}, rule.__name__


HTML_HEAD = b"Content-Type: text/html\n\n"


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


class TestAddresses:
    @pytest.mark.parametrize(
        "client", ["10.1.2.3", "100.64.1.1", "192.0.2.1", "::ffff:10.1.2.3", "2001:db8::1", "224.0.0.1"]
    )
    def test_addresses_that_are_nobodys_host_are_spared(self, client: str) -> None:
        assert reason("ip", at=envelope(client=client)) == "not a public address"

    def test_our_own_networks_are_spared(self) -> None:
        assert "of our own" in str(reason("ip", context=Context(own_networks=NetworkSet([ip_network("11.2.3.0/24")]))))
        assert reason("ip", context=Context(own_networks=NetworkSet([ip_network("11.2.4.0/24")]))) is None

    def test_a_host_with_a_proven_name_of_ours_is_spared(self) -> None:
        ours = Context(own_domains=frozenset({"ourtraps.com"}))
        assert "ours" in str(reason("ip", at=envelope(name="mx2.ourtraps.com"), context=ours))
        assert reason("ip", at=envelope(name="mx2.notourtraps.com"), context=ours) is None

    def test_a_site_whose_form_was_filled_with_the_trap_is_spared(self) -> None:
        assert "notice" in str(reason("ip", of=link("http://pills-now.com/buy", "Auto-Submitted: auto-generated")))
        assert reason("ip", of=link("http://pills-now.com/buy", "Auto-Submitted: no")) is None

    def test_a_programs_notice_is_reported_where_the_operator_says_so(self) -> None:
        notice = link("http://pills-now.com/buy", "Auto-Submitted: auto-generated")
        assert reason("ip", of=notice, context=Context(report_backscatter=True)) is None

    @pytest.mark.parametrize("name", ["mail-ej1-f41.google.com", "o1.ptr.sendgrid.net", "a8-31.smtp-out.amazonses.com"])
    def test_a_providers_other_customers_are_spared(self, name: str) -> None:
        assert "shared server" in str(reason("ip", at=envelope(name=name)))

    @pytest.mark.parametrize(
        "name", ["fhigh-b8-smtp.messagingengine.com", "3.mo581.mail-out.ovh.net", "wp530.webpack.hosteurope.de"]
    )
    def test_the_relay_of_a_hosting_company_is_spared(self, name: str) -> None:
        assert "shared server" in str(reason("ip", at=envelope(name=name)))

    @pytest.mark.parametrize("name", ["11-2-3-4.mail-mail.facebook.com", "out11-2-3-4.mail.qq.com"])
    def test_a_shared_server_is_one_though_it_is_named_after_its_address(self, name: str) -> None:
        assert "shared server" in str(reason("ip", at=envelope(name=name)))

    @pytest.mark.parametrize(
        "name", ["mail.pills-now.com", "c-11-2-3-4.hsd1.ma.comcast.net", "ec2-11-2-3-4.compute.amazonaws.com"]
    )
    def test_a_single_customers_line_or_server_is_reported(self, name: str) -> None:
        assert reason("ip", at=envelope(name=name)) is None

    def test_a_forwarding_service_that_forwarded_is_spared(self) -> None:
        at = envelope(name="mx1.anonaddy.com")
        assert "forwarder" in str(reason("ip", of=link("http://pills-now.com/buy", "ARC-Seal: i=1"), at=at))
        stranger = envelope(name="mx.pills-now.com")
        assert reason("ip", of=link("http://pills-now.com/buy", "ARC-Seal: i=1"), at=stranger) is None

    def test_the_relay_that_rewrote_the_sender_is_spared_but_nobody_forwards_for_himself(self) -> None:
        assert "rewritten" in str(reason("ip", at=envelope(mail_from="SRS0=ab=cd=bank.com=x@fwd-host.com")))
        assert reason("ip", at=envelope(mail_from="SRS0=ab=cd=bank.com=x@mx.pills-now.com")) is None

    @pytest.mark.parametrize("mail_from", ["prvs=12ab=SRS0=ab=cd=bank.com=x@fwd.com", "x+caf_=trap=ours.com@fwd.com"])
    def test_a_mailbox_that_forwards_to_us_is_spared_in_other_forms_too(self, mail_from: str) -> None:
        assert "rewritten" in str(reason("ip", at=envelope(mail_from=mail_from)))

    def test_a_spammer_who_tags_his_own_bounces_is_no_forwarder(self) -> None:
        assert reason("ip", at=envelope(mail_from="prvs=12ab34cdef=news@fwd-host.com")) is None

    @pytest.mark.parametrize(("spf", "spared"), [("pass", True), ("none", True), ("temperror", True), ("fail", False)])
    def test_nobody_becomes_a_relay_by_a_sender_for_which_spf_fails(self, spf: str, spared: bool) -> None:
        field = f"Authentication-Results: mx.ourtraps.com; spf={spf} smtp.mailfrom=fwd-host.com"
        at = envelope(mail_from="SRS0=ab=cd=bank.com=x@fwd-host.com")
        context = Context(authserv_ids=("mx.ourtraps.com",))
        found = reason("ip", of=link("http://pills-now.com/buy", field), at=at, context=context)
        assert (found is not None) == spared

    def test_an_alias_service_is_spared_by_the_alias_alone_and_only_with_its_proven_name(self) -> None:
        alias = "bounce-1@anonaddy.me"
        assert "an alias address" in str(reason("ip", at=envelope(name="mail.anonaddy.me", mail_from=alias)))
        assert reason("ip", at=envelope(name="mail.pills-now.com", mail_from=alias)) is None
        assert reason("ip", at=envelope(name="mail.anonaddy.me", mail_from="news@pills-now.com")) is None

    def test_a_relay_of_the_operators_own_is_named_in_the_lists(self) -> None:
        mine = Context(lists=Lists({"forwarders": ["relay.university.com"]}))
        of, at = link("http://pills-now.com/buy", "X-Forwarded-To: x@y.com"), envelope(name="mx1.relay.university.com")
        assert "forwarder" in str(reason("ip", of=of, at=at, context=mine))
        assert reason("ip", of=of, at=at) is None

    @pytest.mark.parametrize("field", ["Auto-Submitted: auto-replied", "X-Autoreply: yes"])
    def test_who_answers_a_forged_sender_is_spared_in_everything(self, field: str) -> None:
        judged = judge(link("http://pills-now.com/buy", field), envelope(mail_from=None), Context()).judged
        assert all("backscatter" in getattr(one.decision, "reason", "") for one in judged)


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


class TestHackedSites:
    PAGES = (
        "https://bakery-anna.com/wp-content/plugins/akismet/dhl/track.php?id=1",
        "http://www.bakery-anna.com/wp-includes/x/",
        "https://bakery-anna.com/.well-known/acme/login.html",
        "https://bakery-anna.com/blog/sites/default/files/a.html",
        "http://bakery-anna.com/~joe/login.html",
    )

    @pytest.mark.parametrize("page", PAGES)
    def test_the_owner_of_a_hacked_site_is_spared_and_the_page_is_reported(self, page: str) -> None:
        assert "hacked" in str(reason("domain", "bakery-anna.com", of=link(page)))
        assert reason("url", page, of=link(page)) is None

    def test_who_links_to_his_front_page_too_or_vouched_for_it_is_reported(self) -> None:
        both = html(f"<a href='{self.PAGES[0]}'>a</a> <a href='https://bakery-anna.com/offer'>b</a>")
        assert reason("domain", "bakery-anna.com", of=both) is None
        results, context = believing("bakery-anna.com")
        assert reason("domain", "bakery-anna.com", of=link(self.PAGES[0], results), context=context) is None

    def test_the_owner_is_spared_though_somebody_else_vouched_for_the_message(self) -> None:
        results, context = believing("pills-now.com")
        of = link(self.PAGES[0], results)
        assert "hacked" in str(reason("domain", "bakery-anna.com", of=of, context=context))


class TestClickTrackers:
    """A mail service's customer has its links begin with a name of his; his account was taken over."""

    LONG = "eJwczEFuxCAMQNHTwC6R7RATL1h0k2tUQExJlRmigd6"
    LINKS = (
        "http://url939.bakery-anna.com/ls/click?upn=u001.9Mlwg0jII8A1wPFGTPsK87r",
        "https://links.bakery-anna.com/ss/c/u001.abcDEF/4a1/h0/h001.x",
        f"https://email.mg.bakery-anna.com/c/{LONG}",
        f"https://r.email.bakery-anna.com/tr/cl/{LONG}.a_b",
        f"https://click.e.bakery-anna.com/?qs={'d45080180598936' * 5}",
        "https://info.bakery-anna.com/e3t/Ctc/DM+113/abc",
        "https://track.bakery-anna.com/e/c/eyJlbWFpbF9pZCI6",
        f"https://links.bakery-anna.com/u/click?_t={'0a' * 16}&_m=1",
        "https://go.bakery-anna.com/f/a/VbIpoEsnAGqMDRGlv3Hz4A~~/AAQRxQA~/x",
        "https://links.bakery-anna.com/CL0/https:%2F%2Fpills-now.com%2Fx/1/0100-000000/abc=379",
        "https://mandrill.bakery-anna.com/track/click/30/pills-now.com?p=eyJzIjoi",
        "https://1.bakery-anna.com/lnk/AAAABBBBCCCCDDDDEEEEFFFF/1/abcdefABCDEFabcdef/aHR0cHM6",
        "https://e.bakery-anna.com/pub/cc?_ri_=X0Gzc2X",
        "https://app.bakery-anna.com/e/er?utm_x=1&s=12&lid=34&elqTrackId=AB",
        "https://link.bakery-anna.com/u/nrd.php?p=abc_12_3",
        "https://t.bakery-anna.com/r/?id=h1b2c3d4,5e6f7a8b,9c0d1e2f",
    )

    @pytest.mark.parametrize("tracker", LINKS)
    def test_the_customer_is_spared_and_the_link_is_reported(self, tracker: str) -> None:
        assert "click-tracking" in str(reason("domain", "bakery-anna.com", of=link(tracker)))
        assert reason("url", of=link(tracker)) is None

    def test_who_links_elsewhere_too_or_vouched_for_it_is_reported(self) -> None:
        both = html(f"<a href='{self.LINKS[0]}'>a</a> <a href='https://bakery-anna.com/offer'>b</a>")
        assert reason("domain", "bakery-anna.com", of=both) is None
        results, context = believing("bakery-anna.com")
        assert reason("domain", "bakery-anna.com", of=link(self.LINKS[0], results), context=context) is None

    @pytest.mark.parametrize(
        "lure",
        [
            "https://bakery-anna.com/ls/click?upn=u001.9Mlwg0jII8A1wPFGTPsK87r",  # no name below
            "https://x.bakery-anna.com/c/short",
            "https://x.bakery-anna.com/?qs=login",
            "https://x.bakery-anna.com/click?upn=1",
        ],
    )
    def test_other_links_are_none(self, lure: str) -> None:
        assert reason("domain", "bakery-anna.com", of=link(lure)) is None


class TestFormsOfSites:
    """A site writes to somebody whose name a robot typed into its form: `pills-now.com/x - 120 USDT`."""

    NAME = "pills-now.com/x%20-%20120%20USDT"
    PASSWORD = f"https://bakery-anna.com/wp-login.php?login={NAME}&key=abcDEF1&action=rp"
    LETTER = f"Content-Type: text/plain\n\nUsername: pills-now.com/x - 120 USDT\n\n{PASSWORD}\n\n".encode()
    LOGIN = b"https://bakery-anna.com/wp-login.php\n"

    def test_the_sites_owner_is_spared_and_what_was_typed_is_reported(self) -> None:
        of = b"From: Bakery <anna@bakery-anna.com>\n" + self.LETTER + self.LOGIN
        assert "form" in str(reason("domain", "bakery-anna.com", of=of))
        assert "form" in str(reason("url", self.PASSWORD, of=of))
        assert "form" in str(reason("url", "https://bakery-anna.com/wp-login.php", of=of))
        assert reason("url", "http://pills-now.com/x", of=of) is None
        assert reason("domain", "pills-now.com", of=of) is None
        assert reason("email", of=of) is None

    def test_the_sites_server_is_spared_where_the_letter_is_from_the_site(self) -> None:
        of = b"From: Bakery <anna@mail.bakery-anna.com>\n" + self.LETTER + self.LOGIN
        assert "form" in str(reason("ip", of=of))
        assert reason("ip", of=b"From: Pills <news@pills-now.com>\n" + self.LETTER + self.LOGIN) is None
        assert reason("ip", of=of + b"https://bakery-anna.com/offer\n") is None

    @pytest.mark.parametrize(
        ("name", "lures"),
        [
            ("win.pills-now.com%20-%20WITHDRAW%2012,097%20USDT", ["http://win.pills-now.com/"]),
            ("WITHDRAW%20NOW:%20pills-now.com!", ["http://pills-now.com/"]),
            ("pills-now.com", []),  # somebody may be called so
            ("anna@pills-now.com%20Anna", []),
            ("Dr.%20Anna.Baker%20v1.2", []),
        ],
    )
    def test_a_name_of_a_site_in_the_name_of_the_user_is_a_lure(self, name: str, lures: list[str]) -> None:
        of = f"\n\nhttps://bakery-anna.com/wp-login.php?login={name}&key=abcDEF1&action=rp\n".encode()
        judged = judge(of, envelope(), Context()).judged
        reported = [one.indicator.value for one in judged if isinstance(one.decision, Report)]
        assert [value for value in reported if value.startswith("http")] == lures

    NEWSLETTER = (
        "From: Bakery <anna@bakery-anna.com>\nTo: {to} <wiltrud.kesselring@ourtraps.com>\n"
        "List-Unsubscribe: <mailto:leave@bakery-anna.com>\n\n"
        "Our new cakes: https://bakery-anna.com/cakes\n"
    )

    @pytest.mark.parametrize(
        "name",
        [
            '"Withdraw your funds ---   win.pills-now.com/x?a=1  abc "',
            "=?utf-8?q?=E2=9D=97_Withdraw_your_funds_win=2Epills-now=2Ecom/x=3Fa=3D1?=",
            "Withdraw it now: http://win.pills-now.com/x?a=1",
        ],
    )
    def test_a_list_on_which_a_robot_put_the_trap_with_spam_as_its_name_is_spared(self, name: str) -> None:
        of = self.NEWSLETTER.format(to=name).encode()
        assert reason("url", "http://win.pills-now.com/x?a=1", of=of) is None
        assert reason("domain", "pills-now.com", of=of) is None
        assert "form" in str(reason("domain", "bakery-anna.com", of=of))
        assert "form" in str(reason("url", "https://bakery-anna.com/cakes", of=of))
        assert "form" in str(reason("ip", of=of))
        assert reason("email", of=of) is None

    def test_spam_that_says_so_to_its_reader_itself_and_is_no_newsletter_is_reported(self) -> None:
        of = self.NEWSLETTER.format(to='"Withdraw your funds: pills-now.com/x"').replace("List-Unsubscribe", "X-Word")
        assert reason("domain", "bakery-anna.com", of=of.encode()) is None
        assert reason("url", "https://bakery-anna.com/cakes", of=of.encode()) is None
        assert reason("ip", of=of.encode()) is None

    @pytest.mark.parametrize(
        "name",
        [
            "Anna Baker of pills-now.com",  # a firm's own site, as bought lists have it beside its address
            "Anna Baker, see http://pills-now.com/",
            "pills-now.com/x",
            "You and I on instagram.com/x",
            "The people of ourtraps.com/about us",
        ],
    )
    def test_a_name_that_may_be_the_recipients_own_is_no_spam(self, name: str) -> None:
        of = self.NEWSLETTER.format(to=f'"{name}"').encode()
        assert reason("domain", "bakery-anna.com", of=of) is None
        assert reason("url", "https://bakery-anna.com/cakes", of=of) is None
        assert reason("ip", of=of) is None

    def test_who_links_to_other_pages_too_is_reported(self) -> None:
        of = self.LETTER + b"https://bakery-anna.com/offer\n"
        assert reason("domain", "bakery-anna.com", of=of) is None
        assert reason("url", self.PASSWORD, of=of) is None

    def test_a_page_to_log_in_that_nobody_asked_a_new_user_to_is_reported(self) -> None:
        assert reason("url", "http://pills-now.com/wp-login.php", of=link("http://pills-now.com/wp-login.php")) is None
        assert reason("domain", "pills-now.com", of=link("http://pills-now.com/wp-login.php")) is None


class TestContactForms:
    """A site sends a copy of what a robot typed into its form to the trap, which the robot typed in as its address."""

    COPY = (
        b"From: Bakery <wordpress@bakery-anna.com>\n\nWIN 12,000 http://pills-now.com/x\n\n--\n"
        b"This e-mail was sent from a contact form on Anna's Bakery (https://bakery-anna.com/contact)\n"
    )

    @staticmethod
    def waits(kind: IndicatorKind, value: str = "", *, of: bytes = COPY) -> bool:
        judged = judge(of, envelope(), Context()).judged
        (found,) = (one for one in judged if one.indicator.kind == kind and value in {"", one.indicator.value})
        assert isinstance(found.decision, Report)
        return "contact form" in str(found.decision.second)

    def test_the_site_waits_for_a_second_message_and_the_lure_does_not(self) -> None:
        assert self.waits("ip")
        assert self.waits("domain", "bakery-anna.com")
        assert self.waits("url", "https://bakery-anna.com/contact")
        assert not self.waits("domain", "pills-now.com")
        assert not self.waits("url", "http://pills-now.com/x")
        assert not self.waits("email")

    def test_who_does_not_say_so_does_not_wait(self) -> None:
        of = self.COPY.replace(b"was sent from", b"may be answered by")
        assert not self.waits("ip", of=of)
        assert not self.waits("domain", "bakery-anna.com", of=of)


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


class TestUrls:
    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("https://cloudflare-ipfs.com/ipfs/bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi", None),
            ("https://cloudflare-ipfs.com/", "a platform's own page (cloudflare-ipfs.com)"),
            ("https://co.uk/ipfs", "no host of the public DNS"),
        ],
    )
    def test_a_platform_is_spared_and_what_a_customer_put_there_is_not(self, url: str, why: str | None) -> None:
        assert reason("url", url, of=link(url)) == why

    @pytest.mark.parametrize(
        "host",
        [
            *("d1a2b3.cloudfront.net", "bucket.s3.amazonaws.com", "bucket.nyc3.digitaloceanspaces.com"),
            *("x.azurefd.net", "x.azureedge.net", "x.b-cdn.net", "bafybeib36krhffuh3cupjml4re2.ipfs.dweb.link"),
        ],
    )  # fmt: skip
    def test_the_front_page_of_a_host_that_a_platform_gave_to_a_customer_is_reported(self, host: str) -> None:
        assert reason("url", of=link(f"https://{host}/")) is None

    @pytest.mark.parametrize("host", ["some-firm.sharepoint.com", "some-firm.zendesk.com", "s3.amazonaws.com"])
    def test_the_front_pages_of_whole_companies_and_of_platforms_are_spared(self, host: str) -> None:
        assert "a platform's own page" in str(reason("url", of=link(f"https://{host}/")))

    @pytest.mark.parametrize("url", ["http://10.0.0.1/x", "http://localhost/x", "http://intra.lan/x", "http://co.uk/x"])
    def test_hosts_of_no_public_network_are_spared(self, url: str) -> None:
        assert str(reason("url", of=link(url))).startswith(("no host", "not a public"))
        assert reason("url", of=link("http://11.0.0.1/x")) is None

    def test_links_to_us_and_the_recipient_are_spared(self) -> None:
        assert "our own" in str(reason("url", of=link("https://www.ourtraps.com/x")))

    def test_whom_the_operator_allowed_is_spared(self) -> None:
        context = Context(allowed_domains=(".partner.com",))
        assert reason("url", of=link("http://www.partner.com/x"), context=context) == "allowlisted"

    def test_the_trap_is_never_told_by_a_link(self) -> None:
        assert reason("url", of=link(f"http://pills-now.com/u/{TRAP}/x")) == "names the recipient"

    def test_a_parameter_that_tells_the_trap_is_cut_off_and_the_rest_is_reported(self) -> None:
        assert (
            reason("url", "http://pills-now.com/u?a=1", of=link(f"http://pills-now.com/u?a=1&e={TRAP.upper()}&b"))
            is None
        )

    @pytest.mark.parametrize(
        "path", ["unsubscribe/12", "x?act=unsub", "opt-out", "list/abmelden?x", "mailman/listinfo/x"]
    )
    def test_links_to_unsubscribe_are_spared(self, path: str) -> None:
        assert reason("url", of=link(f"http://pills-now.com/{path}")) == "an unsubscribe link"

    def test_links_to_a_host_for_unsubscribing_are_spared(self) -> None:
        assert reason("url", of=link("http://unsubscribe.pills-now.com/x")) == "an unsubscribe link"
        assert reason("url", of=link("http://www.unsubscribe.com/x")) != "an unsubscribe link"

    @pytest.mark.parametrize("path", ["remove-debts", "subscribe", "preferences"])
    def test_other_words_are_no_unsubscribing(self, path: str) -> None:
        assert reason("url", of=link(f"http://pills-now.com/{path}")) is None

    def test_a_tracking_pixel_is_spared_even_if_the_text_part_names_it(self) -> None:
        data = html('<img src="http://pills-now.com/p.gif">http://pills-now.com/p.gif')
        assert reason("url", of=data) == "a picture, not a link"

    def test_names_of_document_types_are_spared(self) -> None:
        assert "namespace" in str(reason("url", of=link("http://office-schemas.com/TR/html4/loose.dtd")))

    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("https://www.paypal.com/signin", "well known"),
            ("https://www.bit.ly/", "shortener"),
            ("https://sendgrid.net/", "mail service"),
            ("https://protect-eu.mimecast.com/s/abc", "can't be read"),
            ("https://mail.gmx.net/x", "mail provider"),
            ("https://amzn.to/x", "a brand's own short link"),
            ("https://list-manage.com/x", "mail service"),
            ("https://eu.com/x", "a platform's own page"),
            ("https://uber.space/", "a platform's own page"),
        ],
    )  # fmt: skip
    def test_a_services_own_pages_are_spared(self, url: str, why: str) -> None:
        assert why in str(reason("url", of=link(url)))

    @pytest.mark.parametrize(
        "url",
        [
            *("https://bit.ly/3X5oAQG", "https://u1.ct.sendgrid.net/ls/click?upn=x", "https://t.co/x"),
            *("https://shop.eu.com/x", "https://uber.space/x", "http://11.0.0.1/"),
        ],
    )
    def test_what_a_customer_put_there_is_reported_by_full_url(self, url: str) -> None:
        assert reason("url", url, of=link(url)) is None

    def test_a_wrapper_is_spared_and_what_it_wraps_is_reported(self) -> None:
        wrapped = "https://eur01.safelinks.protection.outlook.com/?url=http%3A%2F%2Fpills-now.com%2Fbuy"
        assert "judged instead" in str(reason("url", wrapped, of=link(wrapped)))
        assert reason("url", "http://pills-now.com/buy", of=link(wrapped)) is None
