"""Whom it protects that a link counts by its place: in hidden text, in a comment, as a caption, below a list's mail."""

import pytest

from tests.reporter.messages import envelope, html
from trapline.reporter.indicators import Decision, Report, Skip
from trapline.reporter.judge import Context, judge

UNSEEN = Skip("only in text that nobody sees")
OUTLOOK = Skip("only in what Outlook alone shows")
CAPTION = Skip("only the caption of a link")
LURE = '<a href="http://pills-now.com/x">buy</a>'


def decisions(body: str, word: str) -> set[Decision]:
    """What is decided about the domain and the links with `word` in them."""
    judged = judge(html(body), envelope(mail_from=None, helo=None), Context()).judged
    return {one.decision for one in judged if word in one.indicator.value}


def test_a_site_in_hidden_text_is_spared() -> None:
    assert decisions(LURE + '<p style="display:none">www.bakery-anna.com</p>', "bakery") == {UNSEEN}


def test_a_site_whose_link_is_hidden_beside_a_picture_that_is_the_lure_is_spared() -> None:
    hidden = '<img src="cid:qr"><div style="display:none"><a href="http://bakery-anna.com/x">cake</a></div>'
    assert decisions(hidden, "bakery") == {UNSEEN}


UNSEEN_LINKS = {
    "letters of no size": '<div style="font-size:0"><a href="http://bakery-anna.com/x">cake</a></div>',
    "an invisible block": '<div style="visibility:hidden"><a href="http://bakery-anna.com/x">cake</a></div>',
    "white on white": '<a href="http://bakery-anna.com/x" style="color:#fefefe">cake</a>',
    "nothing": '<a href="http://bakery-anna.com/x"></a>',
    "a blank": '<a href="http://bakery-anna.com/x"> &nbsp;</a>',
    "a template": '<template><a href="http://bakery-anna.com/x">cake</a></template>',
    "a style with a comment in it": '<div style="display:/**/none"><a href="http://bakery-anna.com/x">cake</a></div>',
}


@pytest.mark.parametrize("way", UNSEEN_LINKS)
def test_a_site_is_spared_whose_link_shows_nothing_but(way: str) -> None:
    assert decisions(LURE + UNSEEN_LINKS[way], "bakery") == {UNSEEN}


@pytest.mark.parametrize(
    "link",
    [
        '<a href="http://pills-now.com/y"><img src="cid:1"></a>',
        '<a href="http://pills-now.com/y"><table><tr><td bgcolor="red">&nbsp;</table></a>',
        '<a href="http://pills-now.com/y" style="display:block;height:60px;background:url(cid:1)"></a>',
        '<style>.b{height:60px}</style><a class="b" href="http://pills-now.com/y"></a>',
        '<td style="font-size:0"><a href="http://pills-now.com/y"><span style="font-size:9px">buy</span></a></td>',
    ],
    ids=["a picture", "a box", "a box of its own", "a box of a style sheet's", "letters that are large again"],
)
def test_a_link_is_reported_that_shows(link: str) -> None:
    assert decisions(LURE + link, "pills-now.com/y") == {Report()}


@pytest.mark.parametrize(
    "sheet",
    [
        '<link rel="stylesheet" href="http://x.com/y.css">',
        "<style>@media (max-width: 600px) { div { display: block !important } }</style>",
    ],
    ids=["from elsewhere", "for a narrow screen"],
)
def test_the_only_link_of_a_page_is_reported_though_hidden_where_a_style_sheet_may_show_it(sheet: str) -> None:
    page = '<div style="display:none"><a href="http://pills-now.com/x">buy</a></div>'
    assert Report() in decisions(sheet + page, "pills-now")


def test_the_only_link_of_a_page_is_spared_where_the_style_sheets_leave_it_hidden() -> None:
    page = '<style>.a{color:red}</style><div style="display:none"><a href="http://bakery-anna.com/x">buy</a></div>'
    assert decisions(page, "bakery") == {UNSEEN}


def test_a_site_whose_newsletter_was_copied_and_hidden_by_a_class_is_spared() -> None:
    copied = '<style>.copied{display:none}</style><div class="copied"><a href="http://bakery-anna.com/x">buy</a></div>'
    assert decisions(LURE + copied, "bakery") == {UNSEEN}


def test_a_site_whose_page_was_copied_with_its_comments_is_spared() -> None:
    copied = '<!--[if mso]><a href="http://bakery-anna.com/shop">shop</a><![endif]-->'
    assert decisions(LURE + copied, "bakery") == {OUTLOOK}
    unseen = '<p style="display:none"><a href="http://bakery-anna.com/shop">shop</a></p>'
    assert decisions(LURE + copied + unseen, "bakery") == {OUTLOOK}


def test_a_bank_whose_address_is_the_caption_of_another_link_is_spared() -> None:
    page = '<a href="http://pills-now.com/x">https://www.bank-of-anna.com/login</a>'
    assert decisions(page, "bank-of-anna") == {CAPTION}
    assert decisions(page, "pills-now") == {Report()}


@pytest.mark.parametrize(("vouched", "decision"), [("bank-of-anna.com", Report()), ("pills-now.com", CAPTION)])
def test_a_caption_spares_nobody_who_vouched_for_the_message_himself(vouched: str, decision: Decision) -> None:
    page = '<a href="http://pills-now.com/x">https://www.bank-of-anna.com/login</a>'
    results = f"Authentication-Results: mx.ourtraps.com; dkim=pass header.d={vouched}"
    believed = Context(authserv_ids=("mx.ourtraps.com",))
    judged = judge(html(page, results), envelope(mail_from=None, helo=None), believed).judged
    assert {one.decision for one in judged if one.indicator.value == "bank-of-anna.com"} == {decision}


BANK = "https://www.bank-of-anna.com/login"
CAPTIONED = {
    "below the page's base": f'<base href="http://pills-now.com/a/"><a href="auth?x=1">{BANK}</a>',
    "without a scheme": f'<a href="pills-now.com/auth">{BANK}</a>',
    "with backslashes": f'<a href="\\\\pills-now.com\\auth">{BANK}</a>',
    "with a line break within": f'<a href="ht&#10;tp://pills-now.com/a">{BANK}</a>',
    "behind a control character": f'<a href="&#1;http://pills-now.com/a">{BANK}</a>',
    "of a button for Outlook": f'<v:roundrect href="http://pills-now.com/a">{BANK}</v:roundrect>',
    "of lines that are a picture": f'<svg><a xlink:href="http://pills-now.com/a"><text>{BANK}</text></a></svg>',
    "of a button that a script opens": f"<button onclick=\"window.open('http://pills-now.com/x')\">{BANK}</button>",
    "of a form's button": f'<form action="http://pills-now.com/p"><button>{BANK}</button></form>',
    "joined to the words before": f'<a href="http://pills-now.com/x">now</a><a href="mailto:a@b.com">{BANK[12:]}</a>',
    "around a table": f'<a href="http://pills-now.com/x"> <table><tr><td>{BANK}</td></tr></table></a>',
    "of several blocks": f'<a href="http://pills-now.com/x"><div>{BANK[8:-6]}</div><div>Sign in</div></a>',
    "to a mailbox": f'{LURE}<a href="mailto:anna@pills-now.com">{BANK}</a>',
}


@pytest.mark.parametrize("link", CAPTIONED)
def test_a_bank_is_spared_where_it_is_the_caption_of_a_link(link: str) -> None:
    assert decisions(CAPTIONED[link], "bank-of-anna") == {CAPTION}
    assert Report() in decisions(CAPTIONED[link], "pills-now")


COPIED = {
    "its logo": '<img src="https://www.bank-of-anna.com/logo.png">',
    "its page, hidden": f'<div style="display:none"><a href="{BANK}">log in</a> {BANK}</div>',
    "its page in a comment": f'<!--[if mso]><a href="{BANK}">log in</a><![endif]-->',
    "its style, and its name": f'<link rel="stylesheet" href="https://bank-of-anna.com/a.css"> Log in: {BANK}',
}


@pytest.mark.parametrize("what", COPIED)
def test_a_bank_that_is_a_caption_is_spared_whatever_else_is_copied(what: str) -> None:
    page = f'<a href="http://pills-now.com/x">{BANK}</a>{COPIED[what]}'
    assert Report() not in decisions(page, "bank-of-anna")
    assert decisions(page, "pills-now") == {Report()}


@pytest.mark.parametrize("target", ["mailto:anna@pills-now.com", "javascript:go()", "data:text/html;base64,PGE+"])
def test_a_bank_is_spared_although_the_only_link_leads_to_no_host(target: str) -> None:
    assert decisions(f'<a href="{target}">{BANK}</a>', "bank-of-anna") == {CAPTION}


def test_the_bank_is_spared_however_the_text_part_writes_its_address() -> None:
    plain = f"Content-Type: text/plain\n\nLog in at {BANK}\n--b\n"
    page = 'Content-Type: text/html\n\n<a href="http://pills-now.com/x">www.bank-of-anna.com/login</a>\n--b--\n'
    both = f"Content-Type: multipart/alternative; boundary=b\n\n--b\n{plain}{page}".encode()
    judged = judge(both, envelope(mail_from=None, helo=None), Context()).judged
    assert {one.decision for one in judged if "bank-of-anna" in one.indicator.value} == {CAPTION}


def test_what_is_linked_is_reported_in_the_text_part_too_although_a_caption_names_it() -> None:
    page = '<a href="http://pills-now.com/x">www.pills-now.com</a> and http://pills-now.com/y'
    assert decisions(page, "pills-now.com/y") == {Report()}


@pytest.mark.parametrize("mark", ['<a name="top">', "<a>", '<a href="#top">', '<a href="">'])
def test_the_text_of_a_mark_within_the_page_is_text(mark: str) -> None:
    assert decisions(f'{mark}http://pills-now.com/x</a> <a href="http://bakery-anna.com/">x</a>', "pills-now") == {
        Report()
    }


def test_a_link_that_says_where_it_leads_is_reported() -> None:
    assert decisions('<a href="http://pills-now.com/x">http://pills-now.com/x</a>', "pills-now") == {Report()}


def test_where_nobody_can_read_a_link_its_caption_counts() -> None:
    page = '<a href="https://protect-eu.mimecast.com/s/abc">http://pills-now.com/x</a>'
    assert decisions(page, "pills-now") == {Report()}


def test_a_mailing_lists_own_page_is_spared() -> None:
    footer = "<p>http://www.gardeners-of-anna.com/mailman/listinfo/roses</p>"
    assert Report() not in decisions(LURE + footer, "gardeners")


class TestQuotes:
    """A letter of Anna's that was stolen, and is answered by spam."""

    QUOTE = Skip("only in the message that is quoted")
    LETTER = '<a href="http://bakery-anna.com/x">offer</a> www.anna-too.com'

    @staticmethod
    def reported(message: bytes) -> set[str]:
        judged = judge(message, envelope(mail_from=None, helo=None), Context()).judged
        return {one.indicator.value for one in judged if isinstance(one.decision, Report)}

    def test_who_wrote_the_letter_is_spared(self) -> None:
        for around in ('<blockquote type="cite">{}</blockquote>', '<div class="gmail_quote x">{}</div>'):
            answer = html(LURE + around.format(self.LETTER)).replace(b"Subject: ", b"Subject: Re: ")
            reported = self.reported(answer)
            assert not {one for one in reported if "anna" in one}
            assert {"pills-now.com", "http://pills-now.com/x"} <= reported

    def test_who_is_quoted_and_stands_in_the_lure_too_is_reported(self) -> None:
        quoted = '<blockquote type="cite">http://pills-now.com/first</blockquote>'
        answer = html(LURE + quoted).replace(b"Subject: ", b"Subject: Re: ")
        assert {"pills-now.com", "http://pills-now.com/x"} <= self.reported(answer)

    def test_who_wrote_the_letter_is_spared_in_plain_text_too(self) -> None:
        quote = b"> http://bakery-anna.com/x\n>\n>> www.anna-too.com\n"
        answer = b"Subject: AW: x\n\nhttp://pills-now.com/x\nAnna wrote:\n" + quote
        assert self.reported(answer) >= {"pills-now.com"}
        assert not {one for one in self.reported(answer) if "anna" in one}

    @pytest.mark.parametrize(
        "subject",
        [
            *("[EXTERNAL] RE: x", "[EXT] [SPAM?] AW: x", "(extern) Re: x", "*EXT* WG: x", "External: RE: x"),
            *("RES: x", "RE[2]: x", "R: x", "I: x", "Antw: x", "YNT: x", "Re\u00a0: x", "\u56de\u590d\uff1ax"),
        ],
    )  # fmt: skip
    def test_an_answer_is_known_by_its_subject(self, subject: str) -> None:
        answer = f'{LURE}<blockquote type="cite">{self.LETTER}</blockquote>'
        reported = self.reported(html(answer).replace(b"Subject: Buy", f"Subject: {subject}".encode()))
        assert "pills-now.com" in reported
        assert not {one for one in reported if "anna" in one}

    @pytest.mark.parametrize(
        "lure",
        [
            "https://1drv.ms/w/s!Aq1b2c3",
            "https://bit.ly/3X5oAQG",
            "https://u1.ct.sendgrid.net/ls/click?upn=x",
            "https://protect-eu.mimecast.com/s/abc",
            "https://www.some-university.edu/hacked/login",
        ],
    )
    def test_a_lure_may_stand_where_many_have_pages(self, lure: str) -> None:
        answer = html(f'<a href="{lure}">x</a><blockquote type="cite">{self.LETTER}</blockquote>')
        assert not {one for one in self.reported(answer.replace(b"Subject: ", b"Subject: Re: ")) if "anna" in one}

    @pytest.mark.parametrize(("kind", "is_lure"), [("application/zip", True), ("image/png", False)])
    def test_a_lure_may_be_a_file_and_a_picture_is_none(self, kind: str, is_lure: bool) -> None:
        file = f"Content-Type: {kind}; name=x\n\nx\n--b--\n"
        letter = f"Content-Type: text/plain\n\nSee the file.\n\n> www.bakery-anna.com/x\n--b\n{file}"
        answer = f"Subject: Re: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n{letter}".encode()
        assert bool({one for one in self.reported(answer) if "anna" in one}) is not is_lure

    def test_who_wrote_below_a_mark_is_spared_in_plain_text_too(self) -> None:
        letter = "-----Original Message-----\nFrom: Anna\n\nwww.anna-too.com and http://bakery-anna.com/x\n"
        answer = f"Subject: RE: x\n\nhttp://pills-now.com/x\n\n{letter}".encode()
        assert {one for one in self.reported(answer) if "anna" in one or "pills" in one} == {
            "pills-now.com",
            "http://pills-now.com/x",
        }

    def test_where_the_quote_is_the_only_lure_or_nothing_is_answered_it_is_reported(self) -> None:
        quote = f'<blockquote type="cite">{LURE}</blockquote>'
        assert "pills-now.com" in self.reported(html(quote).replace(b"Subject: ", b"Subject: Fwd: "))
        assert "pills-now.com" in self.reported(html(quote + '<a href="http://other-pills.com/">x</a>'))
        assert "pills-now.com" in self.reported(b"Subject: Re: x\n\n>>> http://pills-now.com/x <<<\n")
