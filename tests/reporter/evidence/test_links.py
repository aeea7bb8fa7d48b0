"""The links of a message, put together."""

import pytest

from tests.reporter.messages import TRAP, envelope, html
from trapline.reporter.evidence import links
from trapline.reporter.judge import Context, judge


def test_a_link_past_the_bound_counts_as_naming_a_recipient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never the other way: what was not searched is not told."""
    monkeypatch.setattr(links, "MAX_SEARCHED_CHARS", 60)
    page = "".join(f"<a href='http://pills-now.com/{number}?e={TRAP}'>x</a>" for number in range(3))
    evidence = judge(html(f"<a href='http://pills-now.com/'>x</a>{page}"), envelope(), Context()).evidence
    assert [seen.names_recipient for seen in evidence.urls] == [False, True, True, True]
    assert evidence.error == "more than 60 characters of links: the rest was not searched"


def test_a_picture_in_markdown_is_a_picture() -> None:
    message = "From: a@pills.com\n\nHello\n![Your bank](https://www.bank-anna.com/logo.png)\nhttp://pills-now.com/x\n"
    evidence = judge(message.encode(), envelope(), Context()).evidence
    assert {seen.url.host: seen.sources for seen in evidence.urls} == {
        "pills-now.com": ("text",),
        "www.bank-anna.com": ("html:img",),
    }
