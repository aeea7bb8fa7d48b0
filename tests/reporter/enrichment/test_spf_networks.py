"""What an SPF record lets send, with what it includes."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.config.networks import NetworkSet
from trapline.reporter.enrichment.spf_networks import LARGEST, MAX_LOOKUPS, MAX_NETWORKS, SpfError, spf_networks

Records = dict[str, tuple[str, ...]]


def networks(records: Records) -> list[str]:
    return [str(one) for one in spf_networks("big.com", lambda name: records.get(name, ()))]


def test_networks_of_the_record_and_of_what_it_includes() -> None:
    records = {
        "big.com": ("other=1", "v=spf1 ip4:11.0.0.1 include:a.big.com +include:B.big.com ~all"),
        "a.big.com": ("v=spf1 ip4:11.1.0.0/16 ip6:2a00:1450::/32 ?all",),
        "b.big.com": ("V=SPF1 +IP4:11.2.0.0/15 -all",),
    }
    assert networks(records) == ["11.0.0.1/32", "11.1.0.0/16", "2a00:1450::/32", "11.2.0.0/15"]


def test_a_redirect_is_followed_where_no_all_ends_the_record() -> None:
    to: Records = {"b.big.com": ("v=spf1 ip4:11.2.0.0/16 -all",)}
    assert networks({"big.com": ("v=spf1 redirect=b.big.com",)} | to) == ["11.2.0.0/16"]
    assert networks({"big.com": ("v=spf1 -all redirect=b.big.com",)} | to) == []


@pytest.mark.parametrize("term", ["-ip4:11.0.0.0/16", "~ip4:11.0.0.0/16", "?ip4:11.0.0.0/16", "-include:a.big.com"])
def test_what_does_not_pass_is_nobodys_network(term: str) -> None:
    assert networks({"big.com": (f"v=spf1 {term} -all",), "a.big.com": ("v=spf1 ip4:11.0.0.0/16",)}) == []


@pytest.mark.parametrize(
    "term", ["a", "mx", "a:mx.big.com/24", "ptr", "exists:%{i}._spf.big.com", "include:%{d}.big.com"]
)
def test_hosts_that_are_known_by_name_only_are_left_aside(term: str) -> None:
    assert networks({"big.com": (f"v=spf1 {term} ip4:11.0.0.0/16 -all",)}) == ["11.0.0.0/16"]


@pytest.mark.parametrize("network", ["ip4:0.0.0.0/0", "ip4:11.0.0.0/8", "ip6:::/0"])
def test_a_record_that_lets_everybody_send_spares_nobody(network: str) -> None:
    assert networks({"big.com": (f"v=spf1 {network} ip4:11.0.0.0/16 -all",)}) == ["11.0.0.0/16"]


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ((), "no SPF record"),
        (("v=spf10 ip4:11.0.0.1",), "no SPF record"),
        (("v=spf1 -all", "v=spf1 ip4:11.0.0.1"), "2 SPF records"),
        (("v=spf1 ip4:11.0.0",), "an ip4 that is none"),
        (("v=spf1 include:gone.com",), "gone.com has no SPF record"),
        (("v=spf1 " + " ".join(f"ip4:11.{n // 256}.{n % 256}.1" for n in range(MAX_NETWORKS + 1)),), "networks"),
    ],
)
def test_a_record_that_cannot_be_used_says_why(records: tuple[str, ...], why: str) -> None:
    with pytest.raises(SpfError, match=why):
        networks({"big.com": records})


def test_a_chain_is_as_long_as_rfc_7208_has_it_and_a_circle_ends() -> None:
    def chain(length: int) -> Records:
        further = {f"{n}.big.com": (f"v=spf1 ip4:11.0.0.{n} include:{n + 1}.big.com",) for n in range(1, length)}
        return {"big.com": ("v=spf1 include:1.big.com",), **further, f"{length}.big.com": ("v=spf1 -all",)}

    assert len(networks(chain(MAX_LOOKUPS))) == MAX_LOOKUPS - 1
    with pytest.raises(SpfError, match="10 lookups"):
        networks(chain(MAX_LOOKUPS + 1))
    assert networks({"big.com": ("v=spf1 ip4:11.0.0.1 include:big.com",)}) == ["11.0.0.1/32"]


TERMS = ["ip4:", "ip6:", "include:", "redirect=", "11.0.0.1", "big.com", "all", "v=spf1", "%{i}"]
WORD = st.sampled_from([*TERMS, *"/0-+ =:\0é"])


@given(st.lists(WORD, max_size=20).map("".join), st.text(max_size=20))
def test_any_text_gives_networks_or_says_why(record: str, other: str) -> None:
    try:
        found = spf_networks("big.com", lambda _: (f"v=spf1 {record}", other))
    except SpfError:
        return
    assert all(one.prefixlen >= LARGEST[one.version] for one in found)
    assert ip_address("11.99.0.1") not in NetworkSet(found)
    assert ip_network("0.0.0.0/0") not in found
