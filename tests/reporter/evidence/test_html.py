"""Links as a browser opens them, and the text that a person sees."""

from time import process_time

import pytest
from bs4.exceptions import ParserRejectedMarkup
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.cpu_time import within
from trapline.reporter.evidence import html
from trapline.reporter.evidence.html import hunt
from trapline.reporter.evidence.page_links import refresh_target

LINKS = {
    "a": ('<a href="http://x.com/">', "html:a"),
    "area": ("<area href='http://x.com/'>", "html:area"),
    "form": ("<FORM ACTION=http://x.com/>", "html:form"),
    "iframe": ('<iframe src="http://x.com/">', "html:iframe"),
    "meta refresh": ('<meta http-equiv=Refresh content="0; url=http://x.com/">', "html:meta"),
    "image": ('<img src="http://x.com/">', "html:img"),
    "entities": ('<a href="http&#58;//x&#46;com&sol;">', "html:a"),
    "slash for a blank": ('<a/href="http://x.com/">', "html:a"),
    "slash at its end": ("<A title='>' href='http://x.com/' />", "html:a"),
    "slash behind a quote": ('<a href="http://x.com/"/>', "html:a"),
    "slash of the link itself": ("<a href=http://x.com/>", "html:a"),
    "after the end": ('<html><body>x</body></html><a href="http://x.com/">', "html:a"),
    "below a comment that is none": ('<!--> <a href="http://x.com/">', "html:a"),
    "not for Outlook": ('<!--[if !mso]><!--><a href="http://x.com/"><!--<![endif]-->', "html:a"),
    "in noscript": ('<noscript><a href="http://x.com/">x</noscript>', "html:a"),
    "cut off": ('<table><tr><td><a href="http://x.com/">', "html:a"),
}


@pytest.mark.parametrize("name", LINKS)
def test_a_link_is_found_in(name: str) -> None:
    page, source = LINKS[name]
    assert hunt(f"{page}x").links == [("http://x.com/", source)]


@pytest.mark.parametrize(
    "page",
    ["<style><a href=x>", "<script>'<a href=x>'</script>", "<!-- <a href=x> -->", "<textarea><a href=x></textarea>"],
)
def test_what_is_no_element_is_no_link(page: str) -> None:
    assert hunt(page).links == []


def test_a_page_is_sent_on_by_its_refresh_alone() -> None:
    assert hunt('<meta name=description content="0; url=http://x.com/">').links == []
    assert hunt('<b http-equiv=refresh content="0; url=http://x.com/">').links == []


def test_the_first_base_counts() -> None:
    assert hunt('<base href="http://one.com/"><base href="http://two.com/">').base == "http://one.com/"


def test_inline_elements_do_not_split_a_name_and_blocks_do() -> None:
    assert "www.pills.com/x" in hunt("<p>www.pi<b>lls</b>.com/x</p>").shown
    assert "www.pills.com" in hunt("<td>www.pills.com</td><td>next</td>").shown.split()


@pytest.mark.parametrize("tag", ["xovhl", "st1:place", "font=20", "cite", "label", "b"])
def test_an_element_that_nobody_knows_does_not_split_a_name_either(tag: str) -> None:
    assert (
        hunt(f"<{tag}>see</{tag}> http://www.pi<{tag}>lls</{tag}>.com/x").shown.strip() == "see http://www.pills.com/x"
    )


@pytest.mark.parametrize("tag", ["p", "td", "main", "li", "img", "button", "v:textbox", "amp-img"])
def test_text_of_two_boxes_is_apart(tag: str) -> None:
    assert hunt(f"<{tag}>www.pills.com</{tag}><{tag}>next").shown.split() == ["www.pills.com", "next"]


@pytest.mark.parametrize("tag", ["</br>", "</BR >", "</br/>", "<br/>", "</p>", "</P >"])
def test_an_end_that_ends_nothing_breaks_the_line_as_in_browsers(tag: str) -> None:
    found = hunt(f"<p><ul></ul>Hello{tag}http://pills.com{tag}Anna")
    assert found.shown.split() == ["Hello", "http://pills.com", "Anna"]


def test_the_end_of_no_element_is_none() -> None:
    assert hunt("pil</brx>ls</x>.com").shown.split() == ["pills.com"]


def test_styles_scripts_and_titles_are_not_seen() -> None:
    assert hunt("<title>t</title><style>s</style><script>j</script>seen").shown.strip() == "seen"


def test_a_link_that_only_looks_closed_at_once_has_the_words_behind_it_for_a_caption() -> None:
    found = hunt('<p>Won! <a href="http://x.com/" />www.bank.com</a> at once</p>')
    assert (found.links, found.captions.strip()) == ([("http://x.com/", "html:a")], "www.bank.com")


def test_links_that_look_closed_are_read_in_no_time() -> None:
    for piece in ("<a ", "<a '\"", "<a \"<a '", "<a x='' ", "<a /", "<a href=x />"):
        begun = process_time()
        hunt(piece * 100_000)
        assert within(10, begun)  # 100,000 links take three to four


def test_nesting_costs_no_recursion() -> None:
    assert hunt("<div>" * 100_000 + '<a href="http://x.com/">x').links == [("http://x.com/", "html:a")]


def test_the_url_of_a_refresh_is_found_in_its_forms() -> None:
    assert refresh_target("5;URL=http://x.com/") == "http://x.com/"
    assert refresh_target("0; url = 'http://x.com/' ") == "http://x.com/"
    assert refresh_target("30") is None


@given(st.text(max_size=300))
def test_no_text_makes_it_raise(page: str) -> None:
    hunt(page)


@given(st.lists(st.sampled_from(["<a href=", "'", '"', ">", "</", "<!--", "-->", "<style", "\ud800", "\x00", "&#0;",
    "<svg>", "<table>", "<base href=x>", "http://x.com", "<![CDATA[", "<?"]), max_size=40))  # fmt: skip
def test_no_soup_makes_it_raise(pieces: list[str]) -> None:
    hunt("".join(pieces))


def test_a_refresh_with_much_space_in_it_is_read_at_once() -> None:
    """An expression that tried every way to divide the space would take minutes for this, and days for more."""
    assert refresh_target("0; url= 'http://pills.com/a" + " " * 60_000 + "b'") is not None


LINKS_WITHOUT_WORDS = {
    "with words behind it": ('<a href="http://x.com/"></a>words', "html:hidden"),
    "with another link behind it": ('<a href="http://x.com/"></a><a href="http://y.com/">words</a>', "html:hidden"),
    "with a page's end behind it": ('words<a href="http://x.com/"></a>', "html:hidden"),
    "with an element in it": ('<a href="http://x.com/"><b></b></a>words', "html:hidden"),
    "with blanks in it": ('<a href="http://x.com/"> \n</a>words', "html:hidden"),
    "but behind an element in it": ('<a href="http://x.com/"><b></b>words</a>', "html:a"),
    "but with a picture": ('<a href="http://x.com/"><img></a>words', "html:a"),
    "but with a block": ('<a href="http://x.com/"><p></p></a>words', "html:a"),
}


@pytest.mark.parametrize("page", LINKS_WITHOUT_WORDS)
def test_a_link_that_shows_nothing_is_hidden(page: str) -> None:
    text, source = LINKS_WITHOUT_WORDS[page]
    (link, *others) = hunt(text).links
    assert link == ("http://x.com/", source)
    assert all(where == "html:a" for _, where in others)


class TestWhatLibxml2CantTake:
    """No page is known that it can't, so it is made to refuse every one."""

    @pytest.fixture(autouse=True, params=[etree.LxmlError("no text"), ValueError("no text"), AssertionError()])
    def _refused(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        def parser(**_: object) -> None:
            raise request.param

        monkeypatch.setattr(etree, "HTMLParser", parser)

    def test_is_read_all_the_same(self) -> None:
        page = """<!DOCTYPE html><!--[if mso]><a href="http://outlook.com/">x</a><![endif]--><style>.far {display: none}
            </style><p>Buy <a href="http://pills.com/x">here</a><br><div class="far">Weather
            <a href="http://newspaper.com/">today</a></div><script>location = "http://shop.com/y"</script>
            <iframe srcdoc="<a href='http://mirror.com/z'>x</a>"></iframe>"""
        found = hunt(page)
        assert found.links == [
            ("http://outlook.com/", "html:comment"),
            ("http://pills.com/x", "html:a"),
            ("http://newspaper.com/", "html:hidden"),
            ("http://shop.com/y", "html:script"),
            ("http://mirror.com/z", "html:a"),
        ]
        assert (found.shown.split(), found.captions.split()) == (["Buy", "here"], ["here"])
        assert (found.hidden.split(), found.hidden_by) == (["Weather", "today"], ("display:none",))

    def test_may_be_nested_deeply(self) -> None:
        assert hunt("<b>" * 50_000 + '<a href="http://pills.com/">x').links == [("http://pills.com/", "html:a")]

    def test_is_told_where_no_parser_can_read_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Which page html.parser refuses is up to the version of Python: since 3.13.5 it takes `<![pills[`."""

        def parser(*_: object, **__: object) -> None:
            raise ParserRejectedMarkup("no page")

        monkeypatch.setattr(html, "BeautifulSoup", parser)
        assert hunt("<p>x").problem == "no parser can read a page"
