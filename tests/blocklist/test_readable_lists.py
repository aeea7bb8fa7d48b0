"""The lists as plain text and JSON: what is read back is what is listed."""

import json
from ipaddress import ip_network
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.blocklist.entries import ANSWERS, NOON, STAMP, entry, lists, table, v4_networks, v6_networks
from trapline.blocklist.details import details
from trapline.blocklist.entry import Entry
from trapline.blocklist.formats import Format, written
from trapline.blocklist.plain_text import plain_text
from trapline.blocklist.table import Table


def content(form: Format, of: Table) -> str:
    return b"".join(written(form, of, STAMP)).decode("ascii")


def read(of: Table) -> list[dict[str, Any]]:
    document = json.loads(content(details(ANSWERS), of))
    assert document["written"] == "2026-11-21T12:00:00Z"
    return list(document["entries"])


@given(lists(v4_networks()), lists(v6_networks()))
def test_both_name_every_network_that_is_served(v4: list[Entry], v6: list[Entry]) -> None:
    of = table(*v4, *v6)
    served = [one.network for one in of.entries()]
    text = [line for line in content(plain_text(), of).splitlines() if not line.startswith("#")]
    assert [ip_network(line) for line in text] == served
    assert [ip_network(one["network"]) for one in read(of)] == served


def test_plain_text_has_an_address_or_network_a_line() -> None:
    of = table(entry("11.0.0.66"), entry("11.1.0.0/16"), entry("2001:db8:0:1::/64"))
    assert content(plain_text(), of).splitlines()[1:] == ["11.1.0.0/16", "11.0.0.66", "2001:db8:0:1::/64"]


def test_json_has_all_that_is_known_of_an_entry() -> None:
    one = entry("11.0.0.66", repeated=True, label="shop page", hits=3, expires=None)
    assert read(table(one)) == [
        {
            "network": "11.0.0.66",
            "first_hit": "2026-11-21T12:00:00Z",
            "last_hit": "2026-11-21T12:00:00Z",
            "hits": 3,
            "labels": ["shop page"],
            "last_label": "shop page",
            "reason": "a message to a trap",
            "expires": None,
            "repeated": True,
            "codes": ["127.0.0.5", "127.0.0.3"],
        }
    ]


def test_an_empty_list_is_a_document_too() -> None:
    assert read(table()) == []


@given(st.text(st.characters(codec="utf-8"), max_size=50))
def test_any_label_and_reason_is_read_back(text: str) -> None:
    (found,) = read(table(entry("11.0.0.66", label=text, reason=text, last_hit=NOON)))
    assert (found["labels"], found["last_label"], found["reason"]) == ([text], text, text)
