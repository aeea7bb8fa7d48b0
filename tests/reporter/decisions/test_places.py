"""Whom it protects that a link counts by its place: in hidden text, in a comment, as a caption, below a list's mail."""

from tests.reporter.messages import envelope, html
from trapline.reporter.indicators import Decision, Report, Skip
from trapline.reporter.judge import Context, judge

UNSEEN = Skip("only in text that nobody sees")
CAPTION = Skip("only the caption of a link")
LURE = '<a href="http://pills-now.com/x">buy</a>'


def decisions(body: str, word: str) -> set[Decision]:
    """What is decided about the domain and the links with `word` in them."""
    judged = judge(html(body), envelope(mail_from=None, helo=None), Context()).judged
    return {one.decision for one in judged if word in one.indicator.value}


def test_a_site_in_hidden_text_is_spared() -> None:
    assert decisions(LURE + '<p style="display:none">www.bakery-anna.com</p>', "bakery") == {UNSEEN}


def test_a_site_whose_page_was_copied_with_its_comments_is_spared() -> None:
    copied = '<!--[if mso]><a href="http://bakery-anna.com/shop">shop</a><![endif]-->'
    assert decisions(LURE + copied, "bakery") == {UNSEEN}


def test_a_bank_whose_address_is_the_caption_of_another_link_is_spared() -> None:
    page = '<a href="http://pills-now.com/x">https://www.bank-of-anna.com/login</a>'
    assert decisions(page, "bank-of-anna") == {CAPTION}
    assert decisions(page, "pills-now") == {Report()}


def test_a_link_that_says_where_it_leads_is_reported() -> None:
    assert decisions('<a href="http://pills-now.com/x">http://pills-now.com/x</a>', "pills-now") == {Report()}


def test_where_nobody_can_read_a_link_its_caption_counts() -> None:
    page = '<a href="https://protect-eu.mimecast.com/s/abc">http://pills-now.com/x</a>'
    assert decisions(page, "pills-now") == {Report()}


def test_a_mailing_lists_own_page_is_spared() -> None:
    footer = "<p>http://www.gardeners-of-anna.com/mailman/listinfo/roses</p>"
    assert Report() not in decisions(LURE + footer, "gardeners")
