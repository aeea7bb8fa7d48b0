"""What of an HTML page a person can't see, and what only looks like that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.evidence.html import hunt
from trapline.reporter.evidence.visibility import PAGE, look

HIDDEN = {
    "display": ('<div style="display:none">x</div>', "display:none"),
    "display, in capitals and with blanks": ('<DIV STYLE="DISPLAY : NONE !important">x</DIV>', "display:none"),
    "visibility": ('<p style="visibility:hidden">x</p>', "visibility:hidden"),
    "the attribute": ("<p hidden>x</p>", "hidden"),
    "letters of no size": ('<span style="font-size:0">x</span>', "font-size"),
    "letters of a pixel": ('<span style="font-size: 1px;">x</span>', "font-size"),
    "no opacity": ('<span style="opacity:0">x</span>', "opacity:0"),
    "a box without height": ('<div style="max-height:0px;overflow:hidden">x</div>', "max-height:0"),
    "a box that could be scrolled": ('<div style="height:0;overflow:auto">x</div>', "height:0"),
    "a box that is cut across": ('<p style="width:0%;overflow-x:hidden">x</p>', "width:0"),
    "a part of a line that is made a box": ('<b style="display:inline-block;width:0;overflow:hidden">x</b>', "width:0"),
    "a part of a line that floats": ('<b style="float:left;max-width:0;overflow:hidden">x</b>', "max-width:0"),
    "a box that is drawn at no size": ('<div style="transform:scale(0)">x</div>', "scale(0)"),
    "an indent of what is around": ('<div style="text-indent:-9999px"><p>x</p></div>', "off the page"),
    "cut off all around": ('<div style="position:absolute;clip:rect(0 0 0 0)">x</div>', "clip"),
    "beside the page": ('<div style="position:absolute;left:-9999px">x</div>', "off the page"),
    "indented off the page": ('<div style="text-indent:-9999px">x</div>', "off the page"),
    "white, behind red letters": (
        "<font color=red></font><center><font color=white>x</font></center>",
        "colour of the background",
    ),
    "for Outlook": ('<div style="mso-hide:all">x</div>', "mso-hide:all"),
    "for Outlook, and for all": ('<div style="mso-hide:all;opacity:0">x</div>', "opacity:0"),
    "for Outlook, and for all by the box": (
        '<p style="mso-hide:all;max-height:0;overflow:hidden">x</p>',
        "max-height:0",
    ),
    "for Outlook, and for all within": ('<p style="mso-hide:all"><b style="display:none">x</b></p>', "display:none"),
    "for Outlook, and for all by its visibility": (
        '<p style="mso-hide:all;visibility:hidden">x</p>',
        "visibility:hidden",
    ),
    "white on the white page": ("<font color=#FFFFFF>x</font>", "colour of the background"),
    "nearly white on white": ('<p style="color:#fefefe">x</p>', "colour of the background"),
    "black on black": (
        '<table><td bgcolor=black><p style="color:rgb(0, 0, 0)">x</p></table>',
        "colour of the background",
    ),
    "transparent": ('<p style="color:transparent">x</p>', "colour of the background"),
    "transparent by its alpha": ('<p style="color:rgba(9,9,9,0)">x</p>', "colour of the background"),
    "white on a white box of a dark cell": (
        '<td bgcolor=black><p style="background:#fff;color:#fff">x</p></td>',
        "colour of the background",
    ),
    "a link's own blue on blue": ('<p style="background:#0000ee"><a href="/y">x</a></p>', "colour of the background"),
    "white on the page that shows through": ('<p style="background:none;color:#fff">x</p>', "colour of the background"),
    "letters of no size, said with their font": ('<p style="font:0/0 a">x</p>', "font-size"),
    "letters of a pixel, said with their font": ('<p style="font:bold 400 1px Arial">x</p>', "font-size"),
    "letters of two pixels": ('<p style="font-size:2px">x</p>', "font-size"),
    "letters of no part of the others'": ('<p style="font-size:0em">x</p>', "font-size"),
    "twice nothing": ('<p style="font-size:0"><b style="font-size:2em">x</b></p>', "font-size"),
    "more than nothing": ('<p style="font-size:0"><b style="font-size:larger">x</b></p>', "font-size"),
    "no size of its own": ('<p style="font-size:0"><b size=4>x</b></p>', "font-size"),
    "inside of what is hidden": ('<div style="display:none"><p style="display:block">x</p></div>', "display:none"),
}
SHOWN = {
    "ordinary text": "<p>x</p>",
    "white on a dark cell": '<td bgcolor="#222222"><font color="#ffffff">x</font></td>',
    "white on a dark style": '<td style="background:#1a73e8"><span style="color:white">x</span></td>',
    "white on a picture": '<td background="http://x.com/y.png"><span style="color:#fff">x</span></td>',
    "white where a style sheet colours": "<style>.a{background:#123}</style><p class=a><font color=white>x",
    "white where an unknown sheet may colour": "<link rel=stylesheet href=a.css><p class=a><font color=white>x",
    "letters in a cell that closes the gaps of pictures": '<td style="font-size:0"><p style="font-size:9px">x</p></td>',
    "letters of a word's size where others have none": '<p style="font-size:0"><b style="font-size:medium">x</b></p>',
    "letters of the page's size where others have none": '<p style="font-size:0"><b style="font-size:1rem">x</b></p>',
    "letters of a font's size where others have none": '<p style="font-size:0"><font size=1>x</font></p>',
    "small letters, said with their font": '<p style="font:400 9px/0 Arial">x</p>',
    "small letters": '<p style="font-size:3px">x</p>',
    "a link where all is white": '<p style="color:#fff"><a href="/y">x</a></p>',
    "white on a picture in the style": '<p style="background:url(y.png);color:#fff">x</p>',
    "white on a gradient": '<p style="background:linear-gradient(#000,#333);color:#fff">x</p>',
    "half an opacity": '<p style="opacity:0.5">x</p>',
    "a box that shows what is higher": '<div style="height:0">x</div>',
    "a part of a line, which has no height": '<span style="height:0;overflow:hidden">x</span>',
    "a part of a line, which is not scaled": '<span style="transform:scale(0)">x</span>',
    "a part of a line, which begins none": '<span style="text-indent:-9999px">x</span>',
    "a box made a part of a line": '<div style="display:inline;width:0;overflow:hidden">x</div>',
    "a cell, which is as large as what is in it": '<table><td style="height:0;width:0;overflow:hidden">x</table>',
    "a button, which has a padding of its own": '<button style="height:0;overflow:hidden">x</button>',
    "in its line, where clip cuts off nothing": '<p style="clip:rect(0,0,0,0)">x</p>',
    "a part of a height that is not known": '<div style="height:0%;overflow:hidden">x</div>',
    "a box that has a least height": '<div style="height:0;min-height:20px;overflow:hidden">x</div>',
    "within the padding of a box": '<div style="height:0;overflow:hidden;padding:0 0 20px">x</div>',
    "placed outside of a box that is cut away": (
        '<div style="height:0;overflow:hidden"><p style="position:absolute">x</p></div>'
    ),
    "indented as usual again": '<div style="text-indent:-9999px"><p style="text-indent:0">x</p></div>',
    "a table where lines are indented": '<div style="text-indent:-9999px"><table><td>x</table></div>',
    "hidden by an attribute that a style overrules": '<p hidden style="display:block">x</p>',
    "behind what was hidden": '<div style="display:none">y</div>x',
    "behind what was hidden and never closed": '<table><tr><td style="display:none">y<td>x</table>',
    "made visible again": '<p style="visibility:hidden">y<b style="visibility:visible">x</b></p>',
    "a link on blue, which is not known to be white": '<div style="background:#0000ee;color:#fff">x</div>',
    "a colour nobody knows": '<p style="color:var(--a);background:var(--b)">x</p>',
}


@pytest.mark.parametrize("way", HIDDEN)
def test_text_is_hidden_by(way: str) -> None:
    page, how = HIDDEN[way]
    found = hunt(page)
    assert (found.shown.strip(), found.hidden, found.hidden_by) == ("", "x", (how,))


@pytest.mark.parametrize("way", SHOWN)
def test_text_is_seen(way: str) -> None:
    found = hunt(SHOWN[way])
    assert found.shown.strip() == "x"
    assert "x" not in found.hidden


@pytest.mark.parametrize(
    "style",
    [
        "display:none-x",
        "display:none\\9",
        "display:none!ie",
        "display:none none",
        "*display:none",
        "_display:none",
        "visibility:hiddenx",
        "font-size:0x",
        "font-size:16x",
        "font-size:1.55x",
        "font-size:-1px",
        "color:#ffffffx",
        "max-height:0x;overflow:hidden",
        "position:absolute;clip:rect(0, 90px, 90px, 0)",
    ],
)
def test_what_no_browser_understands_hides_nothing(style: str) -> None:
    assert hunt(f'<p style="{style}">x</p>').shown.strip() == "x"
    assert hunt(f"<style>p {{{style}}}</style><p>x</p>").shown.strip() == "x"


@pytest.mark.parametrize(
    "style",
    [
        "display: none ! important",
        "display:none;*display:inline",
        "visibility:collapse!important",
        "font-size:0 !important",
        "font-size:1PX",
        "font-size:0em",
        "color:#FFFFFFff",
        "color:#fffc",
        "color:white!important",
        "position:absolute;clip:rect(0 0 0 0)",
        "position:absolute;clip: rect( 0px, 0px, 0px, 0px )",
        "position:absolute;left:-9999",
        "position:absolute;left:-9999999px",
    ],
)
def test_what_hides_is_understood_in_its_forms(style: str) -> None:
    assert hunt(f'<p style="{style}">x</p>').hidden == "x"
    assert hunt(f"<style>p {{{style}}}</style><p>x</p>").hidden == "x"


@pytest.mark.parametrize("more", ["opacity:0", "visibility:hidden", "max-height:0;overflow:hidden", "font-size:0"])
def test_a_link_that_is_hidden_from_all_is_not_only_hidden_from_outlook(more: str) -> None:
    link = '<a href="https://b.com/">x</a>'
    assert hunt(f'<p style="mso-hide:all">{link}</p>').links == [("https://b.com/", "html:a")]
    assert hunt(f'<p style="mso-hide:all;{more}">{link}</p>').links == [("https://b.com/", "html:hidden")]


def test_a_name_is_read_as_a_person_sees_it_without_what_is_hidden_in_it() -> None:
    assert hunt('www.pi<i style="display:none">xyz</i>lls.com').shown.strip() == "www.pills.com"


_PIECES = (
    "color display opacity font-size left background clip position:absolute none rgba( : ; - 9 . % px 1,2, ) # fff 0 !"
)


@given(st.lists(st.sampled_from([*_PIECES.split(), " "]), max_size=30))
def test_no_style_makes_it_raise(pieces: list[str]) -> None:
    look("p", {"bgcolor": "".join(pieces)}, PAGE, style="".join(pieces))


@given(st.text(max_size=60))
def test_no_attribute_makes_it_raise(text: str) -> None:
    look("font", {"color": text, "bgcolor": text, "size": text}, PAGE, style=text)
