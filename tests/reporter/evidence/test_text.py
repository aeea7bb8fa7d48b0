# ruff: noqa: RUF001 - wide letters
"""Links in plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.evidence.text import links

CASES = {
    "see http://pills.com/a.": "http://pills.com/a",
    "(https://pills.com/a(b))": "https://pills.com/a(b)",
    "<http://pills.com/a>": "http://pills.com/a",
    "here<http://pills.com/aPT0_> or": "http://pills.com/aPT0_",
    "<URL:http://pills.com/a_(b.>.": "http://pills.com/a_(b.",
    "<https://pills.com/a\n  b*>": "https://pills.com/ab*",
    "> http://pills.com/a.>": "http://pills.com/a",
    "_http://pills.com/a_": "http://pills.com/a",
    '"http://pills.com/a",': "http://pills.com/a",
    "HTTP://Pills.com/A": "http://Pills.com/A",
    "go to www.pills.com!": "http://www.pills.com",
    "buy at pills.com/now, please": "http://pills.com/now",
    "http://pi\u00adlls.com/": "http://pills.com/",
    "http://pills.com下載": "http://pills.com",
    "请访问www.pills.com\uff0c谢谢": "http://www.pills.com",
    "点击http://pills.com/a。谢谢": "http://pills.com/a",
    "「https://pills.com/a?b=c」です": "https://pills.com/a?b=c",
    "看http://pills.com/关于\uff1b再见": "http://pills.com/关于",
    "请访问www.pills.com/a谢谢": "http://www.pills.com/a",
    "https://pills.com/a?b=1よりお手続きください": "https://pills.com/a?b=1",
    "https://pills.com/へアクセス": "https://pills.com/",
    "확인: http://pills.co.kr/a에서": "http://pills.co.kr/a",
    "คลิกhttp://pills.com/aเพื่อยืนยัน": "http://pills.com/a",
    "请访问pills.com/a": "http://pills.com/a",
    "詳しくはPills.com/a": "http://Pills.com/a",
    "홈페이지11pills.co.kr/a": "http://11pills.co.kr/a",
    "(http://pills.co.kr/a)에서": "http://pills.co.kr/a",
    "(http://pills.com/a(b))をご覧": "http://pills.com/a(b)",
    "网址http：//pills.com/a。谢谢": "http://pills.com/a",
    "请访问https:／／www.pills.com/a": "https://www.pills.com/a",
    "https://www．pills．com/a": "https://www.pills.com/a",
    "▼ｈｔｔｐｓ：／／ｐｉｌｌｓ２．ｃｏｍ／ａ１　まで": "https://pills2.com/a1",
    "ｗｗｗ．ｐｉｌｌｓ．ｃｏｍ、": "http://www.pills.com",
    "http://pills.com/a．次へ": "http://pills.com/a",
    "http://pills.com．次へ": "http://pills.com",
    "http://pills22。com/a": "http://pills22.com/a",
    "看http://www。pills。com，谢谢": "http://www.pills.com",
    "www｡pills｡com": "http://www.pills.com",
    "ｈｔｔｐｓ：／／ｐｉｌｌｓ。ｃｏｍ／ａ": "https://pills.com/a",
    "http://bank.com。pills。vip/a": "http://bank.com.pills.vip/a",
    "http://pills.com。Vip会员": "http://pills.com",
    "http://pills.com/a。vip/b": "http://pills.com/a",
    "看http://日本pills.com/a": "http://日本pills.com/a",
    "bücher-pills.com/a": "http://bücher-pills.com/a",
    "http://user:pw@pills.com/": "http://user:pw@pills.com/",
    "[http://pills.com/a]": "http://pills.com/a",
    "http://11.2.3.4:81/x": "http://11.2.3.4:81/x",
    "»http://pills.com/a«": "http://pills.com/a",
    "«http://pills.com/a»": "http://pills.com/a",
    "『http://pills.com/a』": "http://pills.com/a",
    "http://pills.com/a、": "http://pills.com/a",
    "http://pills.com/a\u2013 now": "http://pills.com/a",
    "http://pills.com/a\u2013now": "http://pills.com/a\u2013now",
    "http://pills.com/a— now": "http://pills.com/a",
    "http://pills.com/a👉 buy": "http://pills.com/a",
    "http://pills.com/a⬅️ buy": "http://pills.com/a",
    "\u202ahttp://pills.com/a\u202c\u200e buy": "http://pills.com/a",
    "http://pi\u200ells.com/a": "http://pills.com/a",
    "http://pills\u2069\u2066.com/a": "http://pills.com/a",
    "buy at pi\u034fll\u202cs.com/a": "http://pills.com/a",
    "אתר\u200fwww.pills.com/a\u200f אתר": "http://www.pills.com/a",
    "http://pills.com/हिन्दी": "http://pills.com/हिन्दी",
    "http://pills.com/日本": "http://pills.com/日本",
    "http://pills.com/佐々木": "http://pills.com/佐々木",
    "→http://pills.com/a←押す": "http://pills.com/a",
    "http://pills.com/a。次へ": "http://pills.com/a",
    "http://pills.com/a、または": "http://pills.com/a",
    "http://pills.com/a（公式）": "http://pills.com/a",
    "http://pills.com/a★限定": "http://pills.com/a",
    "http://pills.com/a■終": "http://pills.com/a",
    "[url=http://pills.com]Buy[/url]": "http://pills.com",
    "[url=http://pills.com/a]Buy[/url]": "http://pills.com/a",
    "[URL]http://pills.com[/URL]": "http://pills.com",
    "[url]http://pills.com/a?b[]=c[/url]": "http://pills.com/a?b[]=c",
    "[url]www.pills.com[/url]": "http://www.pills.com",
    "http://pills.com[1]": "http://pills.com",
    "http://@pills.com/a": "http://@pills.com/a",
    "http://user:pw@pills.com:Buy": "http://user:pw@pills.com",
    "http://pills.com:81:Buy": "http://pills.com:81",
    "http://pills.com:81Buy": "http://pills.com",
    "http://[2001:db8::1]:81/a": "http://[2001:db8::1]:81/a",
    "https://[x]@pills.com/a[b]": "https://[x]@pills.com/a[b]",
    "купить: таблетки.рф/акция.": "http://таблетки.рф/акция",
    "(xn--80ab4aqbpl0h.xn--p1ai/a)": "http://xn--80ab4aqbpl0h.xn--p1ai/a",
}


@pytest.mark.parametrize("text", CASES)
def test_the_link_is_taken_without_what_stands_around_it(text: str) -> None:
    assert list(links(text)) == [CASES[text]]


def test_links_without_a_blank_between_are_two() -> None:
    assert list(links("http://a.com,http://b.com/x,http://c.com")) == ["http://a.com", "http://b.com/x", "http://c.com"]
    assert list(links("[![x](http://a.com/p)](http://b.com/x)")) == ["http://a.com/p", "http://b.com/x"]
    assert list(links("(http://a.com/x),(http://b.com/x)")) == ["http://a.com/x", "http://b.com/x"]
    assert list(links("a.com/x(http://b.com/x)")) == ["http://a.com/x", "http://b.com/x"]
    assert list(links("readme.txt/x[http://b.com/x]")) == ["http://b.com/x"]
    assert list(links("http://a.com/x(y)")) == ["http://a.com/x(y)"]
    assert list(links("请看http://a.com/x或http://b.com/x")) == ["http://a.com/x", "http://b.com/x"]


@pytest.mark.parametrize("end", [")", "?w=600)", ' "Our logo")', ")](http://pills.com/x)"])
def test_a_picture_in_markdown_is_no_link(end: str) -> None:
    found = list(links(f"Hello\n[![Your bank](https://www.bank.com/logo.PNG{end} and http://pills.com/x"))
    assert dict.fromkeys(found) == {"http://pills.com/x": None}
    assert list(links("![Buy now](http://pills.com/x) !(http://pills.com/a.png)")) == [
        "http://pills.com/x",
        "http://pills.com/a.png",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "pills.com",
        "anna@pills.com/x",
        "file.txt/x",
        "and/or",
        "1.2/3",
        "http://",
        "e.g./i.e.",
        "awww.pills.com",
        "да.нет/или",
    ],
)
def test_a_bare_name_an_address_or_a_path_is_no_link(text: str) -> None:
    assert list(links(text)) == []


def test_names_of_namespaces_and_document_types_are_no_links() -> None:
    text = """<!DOCTYPE cfdi SYSTEM "http://www.tax-office.com/cfd.dtd">
        <cfdi:Comprobante xmlns="http://www.tax-office.com/cfd/3" xmlns:a = 'http://www.tax-office.com/4'
            xsi:schemaLocation="http://www.tax-office.com/cfd/4 http://www.tax-office.com/cfdv40.xsd"
            pay="http://pills.com/pay">http://pills.com/more</cfdi:Comprobante>"""
    assert list(links(text)) == ["http://pills.com/pay", "http://pills.com/more"]
    for line in text.splitlines()[:2]:
        assert list(links(line)) == []


@pytest.mark.parametrize(
    "text",
    [
        "a." * 200_000,
        'xmlns="' * 100_000,
        "<!DOCTYPE " * 100_000,
        "http://" * 100_000,
        "www." * 100_000,
        "http://a.com/" + ")" * 500_000,
        "![" * 250_000,
        "![a](http://a.com/" + "a" * 500_000,
        ("![a](http://a.com/" + ".png?" * 400) * 200,
    ],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    assert len(list(links(text))) <= 100_000


@given(st.text(alphabet="htps:/w.aé@)(,<>\"' -\u00ad", max_size=200))
def test_no_text_makes_it_raise(text: str) -> None:
    assert all(link.startswith("http") for link in links(text))
