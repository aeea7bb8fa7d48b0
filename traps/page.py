"""HTML that shows addresses to harvesters and to nobody else.

Harvesters search the source of a page for whatever looks like an address, or follow its mailto links; few apply styles.
People must never meet a trap: no variant renders a character, can be reached by keyboard or screen reader, or has a
link with something in it to click, even where a text browser or a feed reader drops styles and attributes.

Sources: HTML (html.spec.whatwg.org): 13.1.6 comments, 6.1 hidden, 6.6.3 tabindex, 4.12.1 data blocks; WAI-ARIA 1.2,
aria-hidden; Google's data-nosnippet, since a search engine must not show a trap to people either.
"""

import json
from collections.abc import Sequence
from html import escape


def variants(addresses: Sequence[str]) -> dict[str, str]:
    """The HTML by the name of its kind; each holds all `addresses`, and one is enough for a page."""
    return {
        "comment": _comment(addresses),
        "hidden link": _hidden_links(addresses),
        "hidden field": _hidden_fields(addresses),
        "data block": _data_block(addresses),
    }


def _comment(addresses: Sequence[str]) -> str:
    return "\n".join(["<!-- contact:", *(f"  {escape(address)}" for address in addresses), "-->"])


def _hidden_links(addresses: Sequence[str]) -> str:
    """Links without text, so that there is nothing to click where `hidden` is not obeyed."""
    links = (f'  <a href="mailto:{escape(address)}" tabindex="-1" rel="nofollow"></a>' for address in addresses)
    return "\n".join(['<div hidden aria-hidden="true" data-nosnippet>', *links, "</div>"])


def _hidden_fields(addresses: Sequence[str]) -> str:
    """Outside a form, else the browser would send them along."""
    return "\n".join(f'<input type="hidden" value="{escape(address)}">' for address in addresses)


def _data_block(addresses: Sequence[str]) -> str:
    """A script of a type that browsers neither run nor show; no Content-Security-Policy applies to it."""
    return f'<script type="application/json">{json.dumps({"contact": list(addresses)})}</script>'
