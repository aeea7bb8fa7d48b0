"""The elements of a page: the one place where text becomes HTML.

Nothing is ever put together as text: whatever is handed in becomes a text node or an attribute's value, which the
serialiser escapes, so no label or network's name can become markup. What can't be printed is replaced before.
"""

from lxml import etree
from lxml.etree import _Element as Element

from trapline.config.printable import printable

MAX_TEXT = 2000  #: characters of one text or attribute

__all__ = ["Child", "Element", "document", "element"]

Child = Element | str | int | None


def element(name: str, /, *children: Child, **attributes: str | float) -> Element:
    """An element with what is in it; None is nothing. An attribute's `_` is a `-`, at its end nothing (`class_`)."""
    made = etree.Element(name)
    for key, value in attributes.items():
        made.set(key.rstrip("_").replace("_", "-"), printable(_number(value), MAX_TEXT))
    last: Element | None = None
    for child in children:
        if isinstance(child, Element):
            made.append(child)
            last = child
        elif child is not None:
            text = printable(str(child), MAX_TEXT)
            if last is None:
                made.text = (made.text or "") + text
            else:
                last.tail = (last.tail or "") + text
    return made


def document(title: str, style: str, policy: str, *body: Element | None) -> bytes:
    """A page of its own. `style` is ours, and is not escaped."""
    sheet = etree.Element("style")
    sheet.text = style
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="robots", content="noindex"),
        element("title", title),
        sheet,
    )
    page = element("html", head, element("body", element("main", *body)), lang="en")
    return etree.tostring(page, method="html", encoding="utf-8", doctype="<!DOCTYPE html>")


def _number(value: str | float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
