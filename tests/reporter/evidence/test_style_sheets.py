"""What style sheets hide, and where nobody can tell what they do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.evidence.html import hunt
from trapline.reporter.evidence.style_sheets import MAX_CLASSES, MAX_RULES, MAX_SHEET_CHARS, MAX_TRIES, StyleSheets

HIDDEN = {
    "by a class": "<style>.a{display:none}</style><div class='b a'>x</div>",
    "by an id": "<style>#a{display:none}</style><div id=a>x</div>",
    "by the tag": "<style>span{display:none}</style><span>x</span>",
    "by a tag with two classes": "<style>p.a.b{display:none}</style><p class='c b a'>x</p>",
    "by one selector of several": "<style>h1, .a , h2{display:none}</style><div class=a>x</div>",
    "by a class, whichever its case": "<STYLE>.Hide{DISPLAY:None}</STYLE><div class=hIDE>x</div>",
    "by a sheet behind it": "<div class=a>x</div><style>.a{display:none}</style>",
    "for each screen": "<style>@media screen{.a{display:none}}</style><div class=a>x</div>",
    "in a comment of old": "<style><!-- .a{display:none} --></style><div class=a>x</div>",
    "behind a comment": "<style>/* a */.a/* b */{display:none}</style><div class=a>x</div>",
    "against its attribute": "<style>.a{display:none!important}</style><div class=a style='display:block'>x</div>",
    "against a weaker rule": "<style>#a{display:none}.b{display:block}p{display:block}</style><p id=a class=b>x</p>",
    "against an earlier rule": "<style>.a{display:block}.a{display:none}</style><p class=a>x</p>",
    "by an escaped name": "<style>.sm\\:hide{display:none}</style><p class=sm:hide>x</p>",
    "behind a hack of Outlook's": "<style>v\\:* {behavior:url(#default#VML)}.a{display:none}</style><p class=a>x</p>",
    "as its look": "<style>.a{color:#fff}</style><p class=a>x</p>",
    "as letters of no size": "<style>.a{font-size:0}</style><p class=a>x</p>",
    "as letters of no size, said with their font": "<style>.a{font:0/0 a}</style><p class=a>x</p>",
    "as a box that is cut across": "<style>.a{float:left;width:0;overflow-x:hidden}</style><b class=a>x</b>",
    "against what holds while it is pointed at": "<style>a{display:none}a:hover{display:block}</style><a>x</a>",
    "against what holds on paper": (
        "<style media=print>.a{display:block!important}</style>"
        "<style>@media print{.a{display:block!important}}.a{display:none}</style><p class=a>x</p>"
    ),
}
SHOWN = {
    "by a later rule": "<style>.a{display:none}.a{display:block}</style><p class=a>x</p>",
    "by a heavier rule": "<style>p.a{display:block}.a{display:none}</style><p class=a>x</p>",
    "by its attribute": "<style>.a{display:none}</style><p class=a style='display:block'>x</p>",
    "by its important attribute": (
        "<style>.a{display:none!important}</style><p class=a style='display:block!important'>x</p>"
    ),
    "by an important rule": "<style>.a{display:block!important}</style><p class=a style='display:none'>x</p>",
    "on a narrow screen": (
        "<style>@media (max-width:600px){.a{display:block!important}}</style><p class=a style='display:none'>x</p>"
    ),
    "on a wide screen": "<style>@media (max-width:600px){.a{display:none!important}}</style><p class=a>x</p>",
    "on a narrow screen, by its own sheet": (
        "<style media='(max-width:600px)'>.a{display:block!important}</style><p class=a style='display:none'>x</p>"
    ),
    "on a narrow screen, as a part of a line": (
        "<style>@media (max-width:600px){.a{display:inline}}</style><p class=a style='height:0;overflow:hidden'>x</p>"
    ),
    "on a narrow screen, in its padding": (
        "<style>@media (max-width:600px){.a{padding:9px}}</style><p class=a style='height:0;overflow:hidden'>x</p>"
    ),
    "on a narrow screen, apart from what is around it": (
        "<style>@media (max-width:600px){.a{position:absolute}}</style>"
        "<div style='height:0;overflow:hidden'><p class=a>x</p></div>"
    ),
    "perhaps, by what is around it": "<style>.a{display:none}td .a{display:block}</style><p class=a>x</p>",
    "where only what is elsewhere is hidden": "<style>td .a{display:none}</style><p class=a>x</p>",
    "where another attribute is asked for": "<style>.a[title]{display:none}</style><p class=a>x</p>",
    "where the sheet is in a comment": "<!-- <style>.a{display:none}</style> --><p class=a>x</p>",
    "where Outlook alone reads the sheet": "<!--[if mso]><style>.a{display:none}</style><![endif]--><p class=a>x</p>",
    "where the rule is in a comment": "<style>/*.a{display:none}*/</style><p class=a>x</p>",
    "where another element of the class is hidden": "<style>p.a{display:none}</style><div class=a>x</div>",
    "where only what has two classes is hidden": "<style>.a.b{display:none}</style><p class=a>x</p>",
    "where another class is hidden": "<style>.ab{display:none}</style><p class=a>x</p>",
    "where the rule is none": "<style>; .a{display:none}</style><p class=a>x</p>",
    "where one of several selectors is wrong": "<style>!, .a{display:none}</style><p class=a>x</p>",
    "where the name is none": "<style>.1a{display:none}#-1{display:none}</style><p class=1a id=-1>x</p>",
    "where one of several names is none": "<style>.1a, .a{display:none}</style><p class=a>x</p>",
    "where a condition is a list": "<style>p:not(.b, .a, .c){display:none}</style><p class=a>x</p>",
    "perhaps, under a condition in a condition": (
        "<style>.a{display:none}.a:not(:is(:not(.b))){display:block}</style><p class=a>x</p>"
    ),
    "by an escaped name": (
        "<style>.a{display:none}.sm\\:show{display:block}.\\62{display:block}</style><p class='a sm:show'>x</p>"
    ),
    "perhaps, by a rule in a rule": "<style>.a{display:none}p{top:0;&.a{display:block}}</style><p class=a>x</p>",
    "where what is in it is hidden": "<style>.a{.b{display:none}}</style><p class=a>x</p>",
    "where a string has the rule": "<style>.b{content:'\\'}.a{display:none}'}</style><p class=a>x</p>",
    "by what stands between two strings": (
        "<style>.a{display:none}.b{content:'/*'}.a{display:block}.b{content:'*/'}</style><p class=a>x</p>"
    ),
    "where an attribute has the sheet": "<p class=a title='<style>.a{display:none}</style>'>x</p>",
    "where a title has the sheet": "<title><style>.a{display:none}</style></title><p class=a>x</p>",
    "where a template has the sheet": "<template><style>.a{display:none}</style></template><p class=a>x</p>",
    "by a sheet behind a comment that was none": (
        "<style>.a{display:none}</style><!--><style>.a{display:block}</style><!-- --><p class=a>x</p>"
    ),
    "where the sheet is of another kind": "<style type=text/less>.a{display:none}</style><p class=a>x</p>",
    "perhaps, by one of too many classes": (
        f"<style>.a{{display:none}}.b{{display:block}}</style><p class='a{' c' * MAX_CLASSES} b'>x</p>"
    ),
    "in a dark cell": "<style>td{background:#000}</style><table><td><font color=white>x</font></td></table>",
}


@pytest.mark.parametrize("way", HIDDEN)
def test_text_is_hidden(way: str) -> None:
    found = hunt(HIDDEN[way])
    assert (found.shown.strip(), found.hidden) == ("", "x")


@pytest.mark.parametrize("way", SHOWN)
def test_text_is_seen(way: str) -> None:
    found = hunt(SHOWN[way])
    assert (found.shown.strip(), found.hidden) == ("x", "")


def test_a_link_that_a_class_hides_is_no_lure() -> None:
    page = "<style>.a{display:none}</style><a href=http://a.com>buy</a><div class=a><a href=http://b.com>b</a></div>"
    assert hunt(page).links == [("http://a.com", "html:a"), ("http://b.com", "html:hidden")]


def test_a_link_without_words_is_seen_where_its_class_makes_a_box_of_it() -> None:
    link = "<a class=b href=http://a.com></a>"
    assert hunt(f"<style>.b{{width:200px}}</style>{link}").links == [("http://a.com", "html:a")]
    assert hunt(f"<style>.c{{width:200px}}</style>{link}").links == [("http://a.com", "html:hidden")]


@pytest.mark.parametrize(
    "unread",
    [
        "<link rel=stylesheet href=http://a.com/a.css>",
        "<style>@import url(http://a.com/a.css);</style>",
        f"<style>{'a' * MAX_SHEET_CHARS}b{{display:block}}</style>",
        f"<style>{'a,' * MAX_RULES}b{{display:block}}</style>",
        f"<style>{'@media screen{' * 9}.a{{display:block}}</style>",
    ],
    ids=["elsewhere", "imported", "too long", "too many rules", "too deep"],
)
def test_rules_that_were_not_read_make_what_is_hidden_doubtful(unread: str) -> None:
    assert hunt(unread).doubtful
    assert not hunt("<style>.a{display:none}</style>").doubtful


def test_many_rules_for_many_elements_are_given_up() -> None:
    tags = 2 * MAX_TRIES // MAX_RULES
    page = f"<style>{'*,' * (MAX_RULES - 1)}p{{color:red}}</style>" + "".join(f"<p id=a{n}>x</p>" for n in range(tags))
    found = hunt(page)
    assert found.doubtful
    assert found.shown.count("x") == tags


@given(
    st.lists(
        st.sampled_from(
            [
                *"{};:,.#*>[]()@'\" ap",
                *("/*", "*/", "<!--", "-->", "<style>", "</style>", "<link stylesheet", "@media screen"),
                *("display:none", "color", "!important", ":not(", "::before", "\x00", "\u0130"),
            ]
        ),
        max_size=40,
    ).map("".join)
)
def test_no_sheet_makes_it_raise(text: str) -> None:
    StyleSheets(f"<style>{text}").style("p", {"class": text, "id": text, "style": text})
