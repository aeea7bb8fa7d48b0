"""Which elements of a page are drawn as boxes: only those have a size, and break the line. Pure.

Sources: HTML Living Standard, 15.3 (how elements are drawn); CSS Display 3 (display), CSS 2.2, 9.7 (position, float).
"""

from collections.abc import Mapping
from typing import Literal

from trapline.reporter.evidence.css import UNKNOWN

Box = Literal["inline", "filled", "block"]  #: filled: never so small that nothing in it is seen

# What stands in a line or a box of its own; browsers show all others, also those that nobody knows, within the line.
_BLOCKS = frozenset(
    {"address", "applet", "article", "aside", "audio", "blockquote", "body", "br", "button", "canvas", "caption"}
    | {"center", "col", "colgroup", "dd", "details", "dialog", "dir", "div", "dl", "dt", "embed", "fieldset"}
    | {"figcaption", "figure", "footer", "form", "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head"}
    | {"header", "hgroup", "hr", "html", "iframe", "image", "img", "input", "isindex", "legend", "li", "listing"}
    | {"main", "marquee", "math", "menu", "meter", "nav", "noframes", "object", "ol", "optgroup", "option", "p"}
    | {"plaintext", "pre", "progress", "search", "section", "select", "summary", "svg", "table", "tbody", "td"}
    | {"textarea", "tfoot", "th", "thead", "tr", "ul", "video", "xmp"}
)
_DRAWN = ("v:", "amp-")  # by Outlook and Gmail, as boxes
_FILLED = frozenset(  # a table's parts by what is in them, the others by their padding; an object may be inline
    {"table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "col", "colgroup"}
    | {"button", "dialog", "fieldset", "object"}
)

_PLACED = frozenset({"absolute", "fixed"})
_SPECKS = frozenset({"0", "1", "0px", "1px"})


def is_block(tag: str) -> bool:
    """Whether an element stands in a line or a box of its own."""
    return tag in _BLOCKS or tag.startswith(_DRAWN)


def is_speck(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether an element is a picture of a pixel, which nobody sees."""
    return tag in {"img", "image"} and any(attributes.get(name, "").strip() in _SPECKS for name in ("width", "height"))


def box(tag: str) -> Box:
    """How an element is drawn as long as nothing is declared."""
    if tag in _FILLED:
        return "filled"
    return "block" if is_block(tag) else "inline"


def styled_box(own: Box, said: Mapping[str, str]) -> Box:
    """How an element that is drawn as `own` is drawn with the declarations `said`.

    >>> styled_box("inline", {"display": "inline-block"})
    'block'
    """
    display = said.get("display", "").partition("!")[0].strip()
    if display.startswith(("table", "inline-table")):
        return "filled"
    if display in {"inline", "contents", UNKNOWN}:
        own = "inline"
    elif display and own != "filled":
        own = "block"
    out_of_line = _position(said) in _PLACED or said.get("float", "").startswith(("left", "right"))
    return "block" if own == "inline" and out_of_line else own


def is_placed(said: Mapping[str, str]) -> bool:
    """Whether an element may stand apart from the box around it, which does not cut it off then."""
    return _position(said) in {*_PLACED, UNKNOWN}


def _position(said: Mapping[str, str]) -> str:
    return said.get("position", "").partition("!")[0].strip()
