"""What `extract --json` prints: the contract of the design."""

import json

from tests.reporter.messages import envelope, html
from trapline.reporter.judge import Context, judge
from trapline.reporter.overview.description import describe


def test_the_object_has_the_contracts_keys_and_is_json() -> None:
    page = '<a href="http://pills-now.com/buy">x</a><a href="http://11.0.0.1/y">y</a>'
    described = describe("a.eml", judge(html(page), envelope(), Context()))
    assert json.loads(json.dumps(described)) == described
    assert described == {
        "file": "a.eml",
        "client_address": "11.2.3.4",
        "mail_from": "news@pills-now.com",
        "subject": "Buy",
        "auth": None,
        "content": {
            "language": None,
            "characters": 3,
            "hidden_characters": 0,
            "hidden_by": [],
            "attachments": [],
            "files": 0,
        },
        "ips": [
            {"value": "11.2.3.4", "decision": "report", "reason": "seen in client", "sources": ["client"]},
        ],
        "emails": [
            {"value": "20260101-1", "decision": "report", "reason": "seen in message", "sources": ["message"]},
        ],
        "domains": [
            {
                "value": "pills-now.com",
                "decision": "report",
                "reason": "seen in from, helo, html:a, mail_from",
                "sources": ["from", "helo", "html:a", "mail_from"],
            }
        ],
        "urls": [
            {
                "value": "http://pills-now.com/buy",
                "decision": "report",
                "reason": "seen in html:a",
                "sources": ["html:a"],
            },
            {"value": "http://11.0.0.1/y", "decision": "report", "reason": "seen in html:a", "sources": ["html:a"]},
        ],
        "error": None,
    }


def test_what_is_skipped_is_an_item_with_its_reason() -> None:
    described = describe("a.eml", judge(html('<img src="https://www.w3.org/i.png">'), envelope(), Context()))
    items = {item["value"]: (item["decision"], item["reason"]) for item in described["urls"] + described["domains"]}
    assert items["https://www.w3.org/i.png"] == ("skip", "a picture, not a link")
    assert items["w3.org"][0] == "skip"


def test_what_is_not_known_is_null() -> None:
    at = envelope(client=None, mail_from=None, helo=None)
    described = describe("a.eml", judge(b"", at, Context()))
    assert described["client_address"] is described["mail_from"] is described["subject"] is described["auth"] is None
    assert described["urls"] == described["domains"] == described["ips"] == []


def test_authentication_is_told_where_it_is_believed() -> None:
    field = "Authentication-Results: mx.ours.com; spf=pass smtp.mailfrom=a.com; dkim=fail header.d=b.com"
    described = describe("a", judge(html("x", field), envelope(), Context(authserv_ids=("mx.ours.com",))))
    assert described["auth"] == {"spf": "pass", "dkim": "fail", "dmarc": None}
    switched_off = Context(authserv_ids=("mx.ours.com",), authentication="off")
    assert describe("a", judge(html("x", field), envelope(), switched_off))["auth"] is None


def test_an_encoded_subject_is_read_on_one_line() -> None:
    data = b"Subject: =?utf-8?b?R3LDvMOfZQ==?=\n =?nonsense?q?_an?=\n all\n\n"
    assert describe("a", judge(data, envelope(), Context()))["subject"] == "Grüße an all"
