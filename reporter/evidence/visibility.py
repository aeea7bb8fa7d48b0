"""Can a person see the text of an HTML element? Spammers hide what only filters are to read.

Told from the element's attributes and what style sheets say of it. Each element's look follows from that of the one
around it. Pure.
Sources: CSS 2.2 (display, visibility, overflow), CSS Color 4, HTML Living Standard, 15.3 (bgcolor, font), Microsoft's
mso-hide.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from trapline.reporter.evidence.boxes import Box, box, is_placed, styled_box
from trapline.reporter.evidence.css import UNKNOWN, declarations

TINY_PIXELS = 2.0  #: letters of this size can't be read
SAME_COLOUR = 12  #: of 255: colours that differ less in each of red, green and blue look alike
FAR_OFF = 500  #: pixels from the page's border, where nobody looks

Colour = tuple[int, int, int]

_NAMED: Mapping[str, Colour] = {
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "navy": (0, 0, 128),
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "whitesmoke": (245, 245, 245),
    "ghostwhite": (248, 248, 255),
}
FROM_OUTLOOK = "mso-hide:all"  #: others show it, so what hides it from all is the better reason
_END = r"\s*(?:!\s*important\s*)*\Z"  # of a value; one with more behind it is dropped by browsers
_ZERO = r"0(?:px)?"
_GONE = (  # what nothing inside can undo
    ("display", re.compile(rf"none{_END}"), "display:none"),
    ("mso-hide", re.compile(rf"all{_END}"), FROM_OUTLOOK),
    ("opacity", re.compile(r"0*(?:\.0+\d?)?%?\s*(?:!|$)"), "opacity:0"),
)
_CLIPPED = re.compile(rf"rect\(\s*{_ZERO}(?:[\s,]+{_ZERO}){{3}}\s*\)")
_SCALED_AWAY = re.compile(r"scale\(\s*0\s*[,)]")
_INDENT = re.compile(rf"-\d{{{len(str(FAR_OFF))},}}")
_FAR_LEFT = re.compile(r"-\d{4,}")
_DISPLAY = re.compile(r"(?:^|[;\s])display\s*:")
_SOME = re.compile(rf"[1-9{UNKNOWN}]")
_CUTTING = ("hidden", "clip", "auto", "scroll")  # of overflow: what is outside of the box is not drawn
_BOX = re.compile(
    r"(?:^|[;\s])(?:(?:min-)?(?:width|height)|background|padding|border|position|display\s*:)", re.IGNORECASE
)
_UNSEEN = re.compile(rf"(?:hidden|collapse){_END}")
_LENGTH = re.compile(r"(-?\d{0,20}+(?:\.\d{1,20}+)?+)\s*(px|pt|pc|in|cm|mm|q|r?em|ex|ch|vw|vh|vmin|vmax|%|)(?![\w%-])")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+(\d{0,3}(?:\.\d{0,6})?)%?)?\s*\)")
_HEX = re.compile(  # with or without an alpha
    r"#(?:([0-9a-f]{6})(?:[0-9a-f]{2})?|([0-9a-f]{3})[0-9a-f]?)(?![\w-])|([0-9a-f]{6})\b"
)
_SIZE_IN_FONT = re.compile(
    r"(?:^|\s)(0|\d{0,9}\.?\d{1,9}(?:px|pt|pc|in|cm|mm|r?em|ex|%))(?=\s*/|\s)"
)  # a bare 400 is a weight
_LINK_BLUE: Colour = (0, 0, 238)


@dataclass(frozen=True, slots=True)
class Look:
    """How text in an element looks, as far as that matters for whether it can be seen."""

    gone: str | None = None  #: why neither it nor anything inside can be seen
    aside: str | None = None  #: why it is not seen, unless something inside is placed elsewhere
    indented: bool = False  #: off the page, while its box stays
    invisible: bool = False  #: visibility:hidden
    tiny: bool = False
    colour: Colour | None = (0, 0, 0)  #: None where it is not known
    background: Colour | None = (255, 255, 255)
    faded: bool = False  #: a transparent colour

    @property
    def away(self) -> str | None:
        """What hides text, pictures and boxes alike, in the words of CSS; None where nothing does."""
        if self.gone is None or self.aside is None:
            return self.gone or self.aside
        return _gone(self.gone, self.aside)

    @property
    def shows_boxes(self) -> bool:
        """Whether a box or a picture that looks so is seen."""
        return self.away in {None, FROM_OUTLOOK} and not self.invisible

    @property
    def hidden(self) -> str | None:
        """What hides the text, in the words of CSS; None where it can be seen."""
        if self.away and self.away != FROM_OUTLOOK:
            return self.away
        if self.invisible:
            return "visibility:hidden"
        if self.indented:
            return "off the page"
        if self.tiny:
            return "font-size"
        if self.faded or (self.colour and self.background and _alike(self.colour, self.background)):
            return "colour of the background"
        return self.away


PAGE = Look()


def look(tag: str, attributes: Mapping[str, str], around: Look, *, style: str, unread: bool = False) -> Look:
    """The look of an element `tag` in an element that looks like `around`.

    `style`: its declarations, in lower case, those of style sheets included; `unread`: there are rules not read.

    >>> look("p", {}, PAGE, style="display: none").hidden
    'display:none'
    """
    own = _as_link(around) if tag == "a" else around
    if unread and ("class" in attributes or "id" in attributes):
        own = replace(own, background=None)
    if "hidden" in attributes and _DISPLAY.search(style) is None:  # which has the last word
        own = replace(own, gone=_gone(own.gone, "hidden"))
    if "bgcolor" in attributes:
        own = replace(own, background=_colour(attributes["bgcolor"].lower()))
    if "background" in attributes:
        own = replace(own, background=None)
    for name in ("color", "text"):
        if name in attributes and tag in {"font", "body", "basefont"}:
            own = replace(own, colour=_colour(attributes[name].lower()), faded=False)
    if tag == "table" and own.indented:
        own = replace(own, indented=False)  # as browsers' own style sheets have it
    if tag == "font" and "size" in attributes:
        own = replace(own, tiny=False)  # its smallest size can be read
    return own if not style else _styled(own, style, box(tag))


@lru_cache(maxsize=500)
def _as_link(around: Look) -> Look:
    return replace(around, colour=_LINK_BLUE, faded=False)


@lru_cache(maxsize=5_000)
def _styled(around: Look, style: str, drawn_as: Box) -> Look:
    """`around` with the declarations of `style`, of an element that is drawn so without them."""
    said = declarations(style)
    drawn_as = styled_box(drawn_as, said)
    gone = [why for name, form, why in _GONE if name in said and form.match(said[name])]
    own = replace(around, gone=_gone(around.gone, *gone))
    if is_placed(said):
        is_clipped = UNKNOWN not in said["position"] and _CLIPPED.match(said.get("clip", ""))
        own = replace(own, aside="clip" if is_clipped else None)
    own = replace(own, aside=own.aside or _off_the_page(said))
    if drawn_as != "inline":
        own = _boxed(own, said)
    if drawn_as == "block":
        own = replace(own, aside=own.aside or _cut_away(said))
    if "visibility" in said:
        own = replace(own, invisible=_UNSEEN.match(said["visibility"]) is not None)
    for name in said:
        if name in {"font", "font-size"}:
            own = replace(own, tiny=_is_tiny(_font_size(name, said[name]), inherited=own.tiny))
    if "color" in said:
        own = replace(own, colour=_colour(said["color"]), faded=_is_transparent(said["color"]))
    for name in said:
        if name in {"background", "background-color", "background-image"}:
            own = replace(own, background=_background(said[name], own.background))
    return own


def may_show(attributes: Mapping[str, str], *, style: str, unread: bool) -> bool:
    """Whether a link without words may be seen: as a box of its own, or as one that rules not read make of it."""
    return (unread and ("class" in attributes or "id" in attributes)) or _BOX.search(style) is not None


def _gone(*reasons: str | None) -> str | None:
    """The first of `reasons`; one that holds for Outlook alone only if there is no other."""
    return min(filter(None, reasons), key=lambda why: why == FROM_OUTLOOK, default=None)


def _boxed(own: Look, said: Mapping[str, str]) -> Look:
    """What is said of boxes alone."""
    if _SCALED_AWAY.match(said.get("transform", "")):
        own = replace(own, gone=_gone(own.gone, "scale(0)"))
    return replace(own, indented=_INDENT.match(said["text-indent"]) is not None) if "text-indent" in said else own


def _cut_away(said: Mapping[str, str]) -> str | None:
    """A box without height or width, of which nothing sticks out, and nothing shows within its padding."""
    cuts = any(said.get(name, "").startswith(_CUTTING) for name in ("overflow", "overflow-x", "overflow-y"))
    if not cuts or any(name.startswith("padding") and _SOME.search(said[name]) for name in said):
        return None
    for name in ("height", "max-height", "width", "max-width"):
        least = said.get(f"min-{name.removeprefix('max-')}", "0")
        if name in said and _is_none(name, said[name]) and _pixels(least) == 0:
            return f"{name}:0"
    return None


def _is_none(name: str, length: str) -> bool:
    """Whether it is 0; a part of a height is none of one that depends on what is in it."""
    return _pixels(length) == 0 and not (name.endswith("height") and "%" in length)


def _off_the_page(said: Mapping[str, str]) -> str | None:
    if _FAR_LEFT.match(said.get("margin-left", "")):
        return "off the page"
    if said.get("position", "").startswith(("absolute", "fixed", "relative")):
        for name in ("left", "top"):
            pixels = _pixels(said.get(name, ""))
            if pixels is not None and pixels <= -FAR_OFF:
                return "off the page"
    return None


def _font_size(name: str, value: str) -> str:
    """The size in `font-size`, or in `font`, where the font's name stands behind it; "" where there is none."""
    if name == "font-size":
        return value
    found = _SIZE_IN_FONT.search(value)
    return "" if found is None else found[1]


def _is_tiny(size: str, *, inherited: bool) -> bool:
    length = _LENGTH.match(size)
    if length is None or not length[1].strip("-."):
        return inherited and size.startswith(("inherit", "smaller", "larger"))
    if length[2] in {"em", "rem", "%", "ex"}:
        return float(length[1]) == 0 or (inherited and length[2] in {"em", "%", "ex"})
    return 0 <= float(length[1]) <= TINY_PIXELS


def _pixels(length: str) -> float | None:
    match = _LENGTH.match(length)
    return float(match[1]) if match is not None and match[1].strip("-.") else None


def _background(value: str, around: Colour | None) -> Colour | None:
    """The background that a declaration leads to; None where it can't be told: a picture, a gradient, a variable."""
    if "url(" in value or "gradient" in value or "var(" in value:
        return None
    if value.startswith(("none", "transparent", "inherit", "initial", "unset")):
        return around
    return _colour(value)


def _is_transparent(value: str) -> bool:
    match = _RGB.match(value)
    opacity = None if match is None else match[4]
    return value.startswith("transparent") or (bool(opacity) and not str(opacity).strip("0."))


@lru_cache(maxsize=5_000)
def _colour(value: str) -> Colour | None:
    value = value.strip()[:64]
    if (hexadecimal := _HEX.match(value)) is not None:
        digits = hexadecimal[1] or hexadecimal[2] or hexadecimal[3]
        digits = digits if len(digits) == 6 else "".join(2 * one for one in digits)
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if (numbers := _RGB.match(value)) is not None:
        if _is_transparent(value):
            return None  # what is behind it shows
        return int(numbers[1]), int(numbers[2]), int(numbers[3])
    return _NAMED.get(re.split(r"[\s!]", value, maxsplit=1)[0])


def _alike(one: Colour, other: Colour) -> bool:
    return all(abs(left - right) <= SAME_COLOUR for left, right in zip(one, other, strict=True))
