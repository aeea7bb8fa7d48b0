"""URLs in the one form in which they are compared."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.evidence.urls import Url, cut_before, normal

CASES = {
    "HTTP://Pills.COM:80/a b#top": "http://pills.com/a%20b",
    "pills.com:8080/x": "http://pills.com:8080/x",
    " \n http://pills.com ": "http://pills.com/",
    "//pills.com/x": "https://pills.com/x",
    "/\t/pills.com/x": "https://pills.com/x",
    "\x01\\\r\n\\pills.com/x": "https://pills.com/x",
    "www.pills.com/x": "http://www.pills.com/x",
    "http:\\\\pills.com\\x": "http://pills.com/x",
    "http://user:pw@pills.com/": "http://user:pw@pills.com/",
    "http://0x0b.0.0.1/": "http://11.0.0.1/",
    "http://184549377/": "http://11.0.0.1/",
    "http://[2A00::1]:8080/x": "http://[2a00::1]:8080/x",
    "http://Bücher.com/": "http://xn--bcher-kva.com/",
    "http://\U0001d429\U0001d422\U0001d425\U0001d425\U0001d42c.com/": "http://pills.com/",
    "http://pills.com/?b=1&a&&utm_source=x&fbclid=y&c=": "http://pills.com/?b=1&a&&c=",
    "http://pills.com/?utm_source=x": "http://pills.com/",
    "http://pi\u00adlls.com/": "http://pills.com/",
    "h\nttp://pills.com/": "http://pills.com/",
    "\ufeffhttp://pills.com/": "http://pills.com/",
    "\u00a0 \u202ahttp://pills.com/x\u00a0": "http://pills.com/x%C2%A0",
}


@pytest.mark.parametrize("link", CASES)
def test_a_link_is_normalised_as_browsers_do(link: str) -> None:
    url = normal(link)
    assert url is not None
    assert url.text == CASES[link]


@pytest.mark.parametrize(
    "link", ["", "#top", "mailto:a@b.com", "javascript:x()", "data:text/html,x", "cid:1", "page.htm"]
)
def test_what_leads_to_no_web_host_is_none(link: str) -> None:
    assert normal(link) is None


@pytest.mark.parametrize("link", ["http://a\u200db.com/", "http://\u05d01a.com/", "http://pills.com\u200d/"])
def test_a_link_to_a_name_that_the_dns_may_have_and_no_browser_takes_leads_nowhere(link: str) -> None:
    assert normal(link) is None


@pytest.mark.parametrize("sign", "?#")
def test_of_a_link_that_was_made_long_the_page_is_read(sign: str) -> None:
    url = normal(f"http://pills.com/x{sign}{'a' * 10_000}")
    assert url is not None
    assert url.text == "http://pills.com/x"
    assert normal(f"http://pills.com/{'a' * 10_000}") is None


def test_such_a_label_in_front_is_left_out() -> None:
    url = normal("http://www.a\u200db.pills.com/")
    assert url is not None
    assert url.host == "pills.com"


@pytest.mark.parametrize("link", ["buy?x", "http:buy?x", "./buy?x", "http://pills.com/shop/buy?x"])
def test_a_relative_link_follows_its_base(link: str) -> None:
    url = normal(link, "http://pills.com/shop/")
    assert url is not None
    assert url.text == "http://pills.com/shop/buy?x"


@pytest.mark.parametrize("base", ["//pills.com/", " \n//pills.com", "\\\\pills.com/"])
def test_a_base_without_a_scheme_is_one(base: str) -> None:
    url = normal("buy", base)
    assert url is not None
    assert url.text == "https://pills.com/buy"


def test_a_base_that_leads_nowhere_is_none() -> None:
    url = normal("www.pills.com/x", "[x]")
    assert url is not None
    assert url.text == "http://www.pills.com/x"


def test_a_link_of_its_own_does_not() -> None:
    assert [normal(link, "http://pills.com/") for link in ("mailto:a@b.com", "https:")] == [None, None]
    url = normal("https:shop.com/x", "http://pills.com/")  # of another scheme
    assert url is not None
    assert url.text == "https://shop.com/x"


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("\u0928\u092e\u0938\u094d\u0924\u0947.com/x", "xn--h2bhs4b8d8a.com"),  # its vowels are marks, no letters
        ("pi\u0300lls.com/x", "xn--plls-qpa.com"),  # a letter and its accent, apart
        ("i\u2764.ws", "xn--i-7iq.ws"),
        ("pi\u00adlls.com", "pills.com"),  # a soft hyphen; nobody sees it
        ("pi" + 70 * "\u200b" + "lls.com", "pills.com"),
        ("p%69lls.com/x", "pills.com"),
        ("pills\u3002com/x", "pills.com"),
    ],
)
def test_a_link_without_a_scheme_begins_with_a_host_as_a_browser_reads_it(link: str, host: str) -> None:
    url = normal(link)
    assert url is not None
    assert url.host == host


@pytest.mark.parametrize(
    "link", ["images/logo.com", "anna@pills.com", "a_b.com/x", "index.html", "link/x", "a=pills.com"]
)
def test_what_begins_like_no_host_of_the_public_dns_is_a_link_within_its_page(link: str) -> None:
    assert normal(link) is None


def test_an_address_as_host_is_no_domain() -> None:
    url = normal("http://11.0.0.1/")
    assert url is not None
    assert (url.address, url.domain) == (ip_address("11.0.0.1"), None)


def test_an_ipv6_address_as_host_stands_in_the_link_as_it_is_written() -> None:
    """Python writes a mapped one in two ways, by its version."""
    url = normal("http://[::FFFF:11.0.0.1]/x")
    assert url is not None
    assert url.host == "::ffff:b00:1"
    assert url.host in url.text


def test_of_a_host_that_no_parser_takes_the_name_at_its_end_is_kept() -> None:
    url = normal("http://ð\x9fx.evil-host.com/login")
    assert url is not None
    assert url.domain == "evil-host.com"


def test_a_recipients_parameter_is_cut_off_with_what_follows() -> None:
    url = normal("http://pills.com/x?a=1&e=me@ours.com&b=2")
    assert url is not None
    cut = cut_before(url, lambda text: "me@ours.com" in text)
    assert cut is not None
    assert (cut.text, cut.query) == ("http://pills.com/x?a=1", "a=1")


def test_a_recipient_in_the_path_can_not_be_cut_off() -> None:
    url = normal("http://pills.com/me@ours.com/")
    assert url is not None
    assert cut_before(url, lambda text: "me@ours.com" in text) is None


@given(st.text(max_size=100))
def test_no_text_makes_it_raise(link: str) -> None:
    url = normal("http://" + link)
    assert url is None or isinstance(url, Url)


@given(st.text(alphabet="abc./?&=#%:@[]1", max_size=60))
def test_what_is_normal_stays_so(link: str) -> None:
    url = normal("http://x.com/" + link)
    assert url is None or normal(url.text) == url
