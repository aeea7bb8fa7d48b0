"""Which attribute of which HTML element leads where; the source's name says how a person meets it.

Sources: HTML Living Standard, 4.6.1 (a, area), 4.10.18.6 (form actions), 4.8 (embedded content); SVG 2, 16.2 (xlink);
Microsoft's VML, which Outlook draws buttons with; AMP for Email (amp-form, amp-img), which Gmail shows.
"""

from collections.abc import Mapping

#: By element: the attributes that hold a URL, each with its source.
ATTRIBUTES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "a": (("href", "html:a"), ("xlink:href", "html:a")),
    "area": (("href", "html:area"),),
    "form": (("action", "html:form"), ("action-xhr", "html:form")),
    "button": (("formaction", "html:form"),),
    "input": (("formaction", "html:form"), ("src", "html:img")),
    "iframe": (("src", "html:iframe"),),
    "frame": (("src", "html:iframe"),),
    "embed": (("src", "html:iframe"),),
    "object": (("data", "html:iframe"),),
    "img": (("src", "html:img"),),
    "amp-img": (("src", "html:img"),),
    "video": (("src", "html:img"), ("poster", "html:img")),
    "audio": (("src", "html:img"),),
    "source": (("src", "html:img"),),
    "image": (("href", "html:img"), ("xlink:href", "html:img")),
    "body": (("background", "html:img"),),
    "table": (("background", "html:img"),),
    "td": (("background", "html:img"),),
    "v:fill": (("src", "html:img"),),
    "v:imagedata": (("src", "html:img"),),
    "v:roundrect": (("href", "html:a"),),
    "v:rect": (("href", "html:a"),),
    "v:oval": (("href", "html:a"),),
    "v:shape": (("href", "html:a"),),
    "link": (("href", "html:link"),),
}
