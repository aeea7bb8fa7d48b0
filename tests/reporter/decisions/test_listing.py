"""Who is never listed on this server: each rule twice, whom it spares, and the spammer who is listed all the same."""

import re
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.reporter.decisions.clients import CONTEXT, GOOGLE, caught, decided, spared
from tests.reporter.decisions.reasons import SPAM
from tests.reporter.messages import envelope, link
from trapline.config.networks import NetworkSet
from trapline.dnsbl.findings import Listed, NotListed, Unknown
from trapline.reporter.decisions import listing as rules
from trapline.reporter.decisions.listing import ASKED, DOUBTED, SPARED, ListHere, Spare, by_dnswl
from trapline.reporter.judge import judge
from trapline.spool.envelope import Envelope, Recipient


def test_a_plain_spammer_is_listed_after_one_hit() -> None:
    assert decided() == ListHere()


def test_one_message_to_a_trap_and_to_people_lists_its_client() -> None:
    assert spared(at=envelope(people=("anna@ourtraps.com",))) is None
    assert rules.MORE_TRAPS == 2


def test_every_rule_has_a_docstring_that_names_whom_it_protects() -> None:
    for name, rule in (*SPARED.items(), *DOUBTED.items()):
        text = rule.__doc__ or ""
        assert text.startswith("Skip " if name in SPARED else "Wait "), name
        assert "Protects " in text, name


def test_every_rule_is_documented_in_its_order() -> None:
    page = Path(__file__).parents[3] / "docs" / "blocklist.md"
    section = page.read_text(encoding="utf-8").partition("## Who is never listed")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [*SPARED, *ASKED, *DOUBTED]


class TestWhoseAddressItIs:
    @pytest.mark.parametrize(
        "client",
        [
            *(
                "10.1.2.3",
                "100.64.1.1",
                "127.0.0.1",
                "169.254.1.1",
                "192.0.2.1",
                "198.18.0.1",
                "224.0.0.1",
                "240.0.0.1",
            ),
            *("::1", "fe80::1", "fd00::1", "2001:db8::1", "ff02::1"),
            *("::ffff:10.1.2.3", "2002:a01:203::1", "64:ff9b::10.1.2.3"),  # mapped, 6to4, NAT64
        ],
    )
    def test_addresses_that_are_no_single_hosts_are_spared(self, client: str) -> None:
        assert spared(at=envelope(client=client)) == "not_public"

    @pytest.mark.parametrize("client", ["11.2.3.4", "::ffff:11.2.3.4", "2a0b:1::1"])
    def test_a_strangers_is_listed(self, client: str) -> None:
        assert spared(at=envelope(client=client)) is None

    @pytest.mark.parametrize("client", ["11.2.3.4", "::ffff:11.2.3.4"])
    def test_our_own_networks_are_spared_and_the_next_one_is_listed(self, client: str) -> None:
        own = replace(CONTEXT, own_networks=NetworkSet([ip_network("11.2.3.0/24")]))
        assert spared(at=envelope(client=client), context=own) == "our_own_network"
        assert spared(at=envelope(client="11.2.4.4"), context=own) is None

    @pytest.mark.parametrize("name", ["mx2.ourtraps.com", "out.partner.com"])
    def test_a_host_with_a_proven_name_of_ours_or_an_allowed_one_is_spared(self, name: str) -> None:
        ours = replace(CONTEXT, own_domains=frozenset({"ourtraps.com"}), allowed_domains=(".partner.com",))
        assert spared(at=envelope(name=name), context=ours) == "our_own_host"
        assert spared(at=envelope(name=f"{name}.pills-now.com"), context=ours) is None

    def test_who_merely_says_that_he_has_a_name_of_ours_is_listed(self) -> None:
        ours = replace(CONTEXT, own_domains=frozenset({"ourtraps.com"}), allowed_domains=(".partner.com",))
        for name in ("mx2.ourtraps.com", "out.partner.com"):
            assert spared(at=envelope(helo=name, mail_from=f"x@{name}"), context=ours) is None

    def test_our_host_in_the_same_64_as_a_spammer_is_spared_and_one_in_the_next_is_not(self) -> None:
        own = replace(CONTEXT, own_networks=NetworkSet([ip_network("2a0b:1::25/128"), ip_network("11.9.9.9/32")]))
        assert spared(at=envelope(client="2a0b:1::66"), context=own) == "neighbour"
        assert spared(at=envelope(client="2a0b:1:0:1::66"), context=own) is None

    def test_a_large_senders_server_in_the_same_64_is_spared(self) -> None:
        assert spared(at=envelope(client="2a00:1450:4::66"), context=replace(CONTEXT, large_senders=GOOGLE)) == (
            "neighbour"
        )

    def test_a_client_that_is_not_known_is_spared(self) -> None:
        assert spared(at=envelope(client=None)) == "unseen_client"


class TestWhoIsOurs:
    @pytest.mark.parametrize("at", [envelope(authenticated=True), envelope(exempt=True)])
    def test_our_own_users_are_spared(self, at: Envelope) -> None:
        assert spared(at=at) == "own_user"

    @pytest.mark.parametrize("kinds", [("recycled",), ("typo",), ("recycled", "typo")])
    def test_who_writes_to_an_addresss_old_owner_or_mistypes_it_is_spared(self, kinds: Any) -> None:
        assert spared(at=envelope(kinds=kinds)) == "once_somebodys"

    def test_who_hits_a_pristine_trap_too_is_listed(self) -> None:
        assert spared(at=envelope(kinds=("recycled", "pristine"))) is None

    def test_who_is_in_somebodys_junk_is_spared_and_who_writes_to_a_honeypot_is_listed(self) -> None:
        anna = (Recipient(address="anna@harbour-mail.com", label="Anna"),)
        assert spared(at=caught(source="mailbox", role="junk", recipients=anna)) == "no_trap_hit"
        assert spared(at=caught(source="mailbox", role="junk")) == "no_trap_hit"
        assert spared(at=caught(source="mailbox", role="honeypot")) is None

    def test_whom_nobody_of_ours_saw_is_spared_and_whom_our_postfix_saw_is_listed(self) -> None:
        assert spared(at=caught(source="file")) == "unseen_client"
        assert spared(at=caught(source="fallback")) is None


class TestWhatCanNotBeSeen:
    @pytest.mark.parametrize("mail_from", ["news@pills-now.com", "", "double-bounce@mx.someone-else.com"])
    def test_who_is_refused_before_data_is_not_listed_for_it(self, mail_from: str) -> None:
        assert spared(b"\n", envelope(bodiless=True, mail_from=mail_from)) == "refused_already"

    def test_nobody_is_listed_for_a_message_that_a_defect_of_ours_hides(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(_: bytes) -> None:
            raise ValueError

        monkeypatch.setattr("trapline.reporter.judge.parse", broken)
        assert spared() == "unreadable"

    @pytest.mark.parametrize(
        "of",
        [
            b"",
            b"\0\xff\x00no mail at all",
            SPAM.replace(b"text/html", b'multipart/mixed; boundary="'),
            SPAM.replace(b"charset=utf-8", b"charset=nonsense\nContent-Transfer-Encoding: base64"),
            link("http://pills-now.com/buy" + "/x" * 200_000),
        ],
    )
    def test_who_sends_broken_mail_is_listed(self, of: bytes) -> None:
        assert spared(of) is None

    def test_who_sends_more_than_we_keep_is_listed(self) -> None:
        assert spared(at=caught(truncated=True)) is None


class TestForgedHeaders:
    """A message tells of other hosts as its sender likes: what is listed is the client, or nobody."""

    @pytest.mark.parametrize(
        "field",
        [
            "Received: from mail.bank.com (mail.bank.com [11.99.1.1]) by mx.ourtraps.com with ESMTP",
            "Received: from mail-wr1-f41.google.com (mail-wr1-f41.google.com [11.99.1.1]) by mx.ourtraps.com",
            "X-Originating-IP: [11.99.1.1]",
            "Received-SPF: pass client-ip=11.99.1.1",
            "Sender: anna@bank.com",
            'Trapline-Envelope: {"version": 1, "client": {"address": "11.99.1.1"}}',
        ],
    )
    def test_they_neither_list_who_is_named_nor_spare_who_wrote_them(self, field: str) -> None:
        judgement = judge(link("http://pills-now.com/buy", field), envelope(), CONTEXT)
        assert judgement.listing == ListHere()
        assert [str(address) for address, _ in judgement.evidence.addresses] == ["11.2.3.4"]


class TestDnswl:
    @pytest.mark.parametrize("code", ["127.0.5.1", "127.0.10.2", "127.0.3.3"])
    def test_who_is_on_it_from_level_low_is_spared(self, code: str) -> None:
        assert getattr(by_dnswl(Listed("dnswl", "11.2.3.4", (code,))), "rule", None) == "on_dnswl"

    def test_who_is_not_on_it_is_listed(self) -> None:
        assert by_dnswl(NotListed("dnswl", "11.2.3.4")) is None

    def test_nobody_is_listed_while_it_gives_no_answer(self) -> None:
        assert by_dnswl(Unknown("dnswl", "11.2.3.4", "timeout")) == Spare(
            "dnswl_silent", "dnswl.org gives no answer: timeout"
        )

    def test_its_rules_have_the_names_that_are_documented(self) -> None:
        found = (Listed("dnswl", "11.2.3.4", ("127.0.5.1",)), Unknown("dnswl", "11.2.3.4", "timeout"))
        assert tuple(getattr(by_dnswl(one), "rule", None) for one in found) == ASKED
