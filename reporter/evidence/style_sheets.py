"""What the style sheets of a page say of one element, as far as its tag, id and classes tell.

A spammer hides what only filters are to read by a class as well as by a style attribute. There is no tree here: what a
rule says that depends on more than the element itself (on what is around it, on the width of the window) is unknown,
and what is unknown hides nothing. Pure.
Sources: Selectors 4 (specificity), CSS Cascade 4 (order, `!important`), HTML Living Standard, 4.2.6 (style). Names are
compared without case, as in quirks mode, which most pages in mail have.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from trapline.reporter.evidence.css import ESCAPED, UNKNOWN, blocks, declarations, declare, plain

MAX_SHEET_CHARS = 200_000  #: of the style sheets of one page that are read
MAX_RULES = 4_000  #: selectors of one page that are read
MAX_TRIES = 500_000  #: of a selector on an element, in one page; and as many as it has characters
FEW_TRIES = 2_000  #: that any page has
MAX_CLASSES = 50  #: of one element; of one with more nothing is said
MAX_STYLE_CHARS = 4_000  #: of a style attribute that are read
MAX_VALUE_CHARS = 80  #: of a value in a style sheet; what matters stands in front
MAX_DEPTH = 3  #: of blocks in blocks

_TOLD = re.compile(  # the properties that tell what can be seen
    r"display|visibility|opacity|mso-hide|text-indent|margin-left|clip|transform|overflow(?:-[xy])?|position|left|top"
    r"|float|(?:min-|max-)?(?:width|height)|font(?:-size)?|color|(?:background|padding|border)[a-z-]*"
)
_OPENING = re.compile(
    r"<!--|<style\b(?:[^<>\"']++|\"[^\"]{0,1000}\"|'[^']{0,1000}'){0,50}+>|<link\b[^<>]{0,1000}\bstylesheet\b",
    re.IGNORECASE,
)
_COMMENT_END, _SHEET_END = re.compile("-->"), re.compile("</style", re.IGNORECASE)
# Of what browsers read no rules in.
_OTHER_TYPE = re.compile(r"(?<![\w-])type\s*=\s*[\"']?(?!text/css)[^\"'>\s]", re.IGNORECASE)
_MEDIA = re.compile(r"\bmedia\s*=\s*[\"']?([^\"'>]{0,200})", re.IGNORECASE)
_SCREEN = frozenset({"", "all", "screen", "only screen"})
_NO_SCREEN = frozenset({"print", "only print", "speech"})
_NESTING = re.compile(r"@(media|supports|layer|container)\b(.*)", re.DOTALL)
_PASSING = re.compile(r"::|:(?:hover|active|focus|visited|target|before|after|first-l)")  # no element as it is shown
_CONDITION = re.compile(r"\[[^\[\]]*\]|::?[\w-]+(?:\((?:[^()]|\([^()]*\))*+\))?")
_COMBINATOR = re.compile(r"[\s>+~]+")
_WORD = r"[.#](?!-?\d)(?:[\w-]|[^\x00-\x7f])+"  # browsers drop a rule for `.1a`
_COMPOUND = re.compile(rf"(\*|[a-z][\w-]*)?((?:{_WORD})*)[:\x01]*")
_NAME = re.compile(_WORD)
_SIGN = re.compile(r"[!-,./:-@\[-^`{-~]")  # that stands escaped in a sheet
_PERHAPS, _NEVER = ":", "\x01"  # in the place of a condition
_OTHER_FORMS = re.compile(r"[(|]")  # of selectors that may be right, and are not read
_HEAVIEST = (MAX_SHEET_CHARS, 0, 0, 0)  # the weight of a rule that may be of any weight
_IMPORTANT = " !important"


@dataclass(frozen=True, slots=True)
class _Rule:
    """One selector, and what is declared for it."""

    weight: tuple[int, int, int, int]  #: ids, classes, tags, place in the page: the greatest wins
    tag: str | None
    names: frozenset[str]  #: as ".class" and "#id"
    said: Mapping[str, str]


class StyleSheets:
    """Those of one page.

    They are found in the source, before the page is parsed. Where the parser then meets fewer or more `<style>` than
    were found (`elements`), mere text was taken for a sheet, or a sheet was missed: nothing that was read counts then
    (`unsure`).
    """

    def __init__(self, html: str) -> None:
        self._rules: defaultdict[str, list[_Rule]] = defaultdict(list)  # by one name each needs, or its tag
        self._count = 0
        self._tries_left = min(MAX_TRIES, max(FEW_TRIES, len(html)))
        self._known: dict[tuple[str, str, str], tuple[str, str]] = {}
        self.unread = False  #: there are rules that were not read, which may say anything
        self.elements = 0  #: `<style>` that were found
        chars = 0
        for media, sheet in _sheets(html):
            self.elements += sheet is not None
            chars += MAX_SHEET_CHARS if sheet is None else len(sheet)
            if sheet is None or chars > MAX_SHEET_CHARS:
                self.unread = True
            elif (holds := _holds(media)) is not False:
                self._read(plain(sheet), certain=holds is True)

    @classmethod
    def unsure(cls) -> "StyleSheets":
        """Those of a page whose style sheets nobody can tell."""
        sheets = cls("")
        sheets.unread = True
        return sheets

    def __bool__(self) -> bool:
        """Whether they may say anything of an element."""
        return bool(self._rules) or self.unread

    def style(self, tag: str, attributes: Mapping[str, str]) -> str:
        """What is declared for an element, its style attribute included, in lower case; what wins stands last."""
        own = attributes.get("style", "")[:MAX_STYLE_CHARS].lower()
        if not self._rules:
            return own
        key = (tag, attributes.get("id", "").lower(), attributes.get("class", "").lower())
        if key not in self._known:
            self._known[key] = self._said(*key)
        before, after = self._known[key]
        if not before and not after:
            return own
        last = [(name, value) for name, value in declarations(own).items() if _is_important(value)]
        return ";".join((before, plain(own), after, _joined(last)))

    def _read(self, sheet: str, *, certain: bool, depth: int = 1) -> None:
        self.unread |= "@import" in sheet or depth > MAX_DEPTH
        for prelude, block in blocks(sheet) if depth <= MAX_DEPTH else ():
            if "{" in block and not prelude.startswith("@"):  # rules in a rule (CSS Nesting)
                self._take(prelude, block, certain=False)
                self._read(block, certain=False, depth=depth + 1)
            elif not prelude.startswith("@"):
                self._take(prelude if certain else _nested(prelude), block, certain=certain)
            elif (nesting := _NESTING.match(prelude)) is not None:
                holds = _holds(nesting[2]) if nesting[1] == "media" else None
                if holds is not False:
                    self._read(block, certain=certain and holds is True, depth=depth + 1)

    def _take(self, selectors: str, block: str, *, certain: bool) -> None:
        said = {
            name: _with(value[:MAX_VALUE_CHARS], value)
            for name, value in declarations(block).items()
            if _TOLD.fullmatch(name)
        }
        every = _CONDITION.sub(_mark, selectors).split(",") if said else ()
        certain = certain and all(map(_is_read, every))
        for selector in every:
            if self._count == MAX_RULES:
                self.unread = True
                return
            self._count += 1
            rule = _rule(selector.strip(), said, place=self._count, certain=certain)
            if rule is not None:
                self._rules[min(rule.names, default=rule.tag or "*")].append(rule)

    def _said(self, tag: str, own_id: str, classes: str) -> tuple[str, str]:
        """What is declared before a style attribute, and what behind it, as important."""
        if self._tries_left < 0 or classes.count(" ") > MAX_CLASSES:
            self.unread = True
            return "", ""
        names = {f"#{own_id}", *(f".{name}" for name in classes.split())}
        names = {name[0] + _SIGN.sub(ESCAPED, name[1:]) for name in names}
        tried = [rule for key in (*names, tag, "*") for rule in self._rules.get(key, ())]
        self._tries_left -= len(tried)
        holding = [rule for rule in tried if rule.tag in {None, tag} and rule.names <= names]
        holding.sort(key=attrgetter("weight"))
        every = [declaration for rule in holding for declaration in rule.said.items()]
        return (
            _joined((name, value) for name, value in every if not _is_important(value)),
            _joined((name, value) for name, value in every if _is_important(value)),
        )


def _sheets(html: str) -> Iterator[tuple[str, str | None]]:
    """The media and the text of each style sheet, in lower case; None for the text of one that lies elsewhere."""
    at = 0
    while (opening := _OPENING.search(html, at)) is not None:
        if opening[0] == "<!--":
            at = _behind(_COMMENT_END, html, opening.end())
        elif opening[0][1] in "lL":
            yield "", None
            at = opening.end()
        else:
            media = _MEDIA.search(opening[0])
            at = _behind(_SHEET_END, html, opening.end())
            read = _OTHER_TYPE.search(opening[0]) is None
            sheet = html[opening.end() : at].lower().removesuffix("</style") if read else ""
            yield "" if media is None else media[1].lower(), sheet.replace("<!--", " ").replace("-->", " ")


def _nested(prelude: str) -> str:
    """The selectors of a rule in another, where what stands before may be declarations; `&` is the outer element."""
    return prelude.rpartition(";")[2].replace("&", "*")


def _behind(end: re.Pattern[str], html: str, start: int) -> int:
    """Where the next `end` is over; that of the page where there is none."""
    found = end.search(html, start)
    return len(html) if found is None else found.end()


def _holds(media: str) -> bool | None:
    """Whether rules for `media` hold on a screen; None where it depends on that screen."""
    media = media.strip()
    if media in _SCREEN:
        return True
    return False if media in _NO_SCREEN else None


def _is_important(value: str) -> bool:
    return value.endswith("important")


def _mark(condition: re.Match[str]) -> str:
    """A sign in the place of a condition: whether it can hold for an element as it is shown."""
    return _NEVER if _PASSING.match(condition[0]) else _PERHAPS


def _is_read(selector: str) -> bool:
    """Whether `selector`, with its conditions marked, is understood; browsers drop a list that has a wrong one."""
    last = _COMBINATOR.split(selector.strip())[-1]
    return last != "" and _COMPOUND.fullmatch(last) is not None


def _rule(selector: str, said: Mapping[str, str], *, place: int, certain: bool) -> _Rule | None:
    """The rule of one selector, with its conditions marked; None where it says nothing of an element at rest."""
    if _NEVER in selector:
        return None
    compounds = _COMBINATOR.split(selector.replace(_PERHAPS, ""))
    element = _COMPOUND.fullmatch(compounds[-1])
    if element is None or not selector:
        return _Rule(_HEAVIEST, None, frozenset(), _unknown(said)) if _OTHER_FORMS.search(selector) else None
    certain = certain and selector == compounds[-1]
    names = _NAME.findall(" ".join(compounds))
    ids = sum(name.startswith("#") for name in names)
    classes = len(names) - ids + selector.count(_PERHAPS)
    tags = sum(compound[:1].isalpha() for compound in compounds)
    return _Rule(
        (ids, classes, tags, place),
        element[1] if element[1] != "*" else None,
        frozenset(_NAME.findall(element[2])),
        said if certain else _unknown(said),
    )


def _unknown(said: Mapping[str, str]) -> dict[str, str]:
    return {name: _with(UNKNOWN, value) for name, value in said.items()}


def _with(value: str, whole: str) -> str:
    """`value`, as important as `whole` is."""
    return value.removesuffix(_IMPORTANT) + _IMPORTANT if _is_important(whole) else value


def _joined(said: Iterable[tuple[str, str]]) -> str:
    last: dict[str, str] = {}
    for name, value in said:
        declare(last, name, value)
    return ";".join(f"{name}:{value}" for name, value in last.items())
