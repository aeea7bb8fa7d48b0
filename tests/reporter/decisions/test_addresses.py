"""Which clients' addresses are spared, and which are reported all the same."""

from ipaddress import ip_network

import pytest

from tests.reporter.decisions.reasons import reason
from tests.reporter.messages import envelope, link
from trapline.config.networks import NetworkSet
from trapline.reporter.judge import Context, judge
from trapline.reporter.lists import Lists


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
