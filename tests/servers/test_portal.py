from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.servers.portal import TOKEN, Answer, Portal

REASON = "hit a trap"


def post(portal: Portal, kind: str, value: str, reason: str = REASON, token: str = TOKEN) -> requests.Response:
    body = {"threat_type": "spam", "reason": reason, "source": {"object": value}}
    headers = {"Authorization": f"Bearer {token}"}
    return requests.post(f"{portal.url}/submissions/add/{kind}", json=body, headers=headers, timeout=10)


def get(portal: Portal, path: str) -> Any:
    headers = {"Authorization": f"Bearer {portal.token}"}
    return requests.get(f"{portal.url}/{path}", headers=headers, timeout=10).json()


def test_a_submission_is_accepted_and_recorded(portal: Portal) -> None:
    answer = post(portal, "ip", "11.0.1.1")
    assert answer.status_code == 200
    (submission,) = portal.submissions
    assert answer.json()["id"] == submission.id
    assert (submission.kind, submission.object, submission.reason) == ("ip", "11.0.1.1", "hit a trap")
    assert submission.request.headers["content-type"] == "application/json"


@pytest.mark.parametrize(("style", "line"), [("status", 208), ("body", 200)])
def test_a_repeat_is_208_in_either_place_and_carries_no_id(portal: Portal, style: Any, line: int) -> None:
    portal.repeats = style
    post(portal, "domain", "pills-r-us.com")
    again = post(portal, "domain", "pills-r-us.com")
    assert (again.status_code, again.json()["status"], "id" in again.json()) == (line, 208, False)
    assert [one.status for one in portal.submissions] == [200, 208]


@pytest.mark.parametrize(
    ("kind", "value", "reason"), [("ip", "999.1.1.1", "x"), ("ip", "11.0.1.1", ""), ("url", "x.com", "x" * 256)]
)
def test_a_bad_request_says_what_is_bad(portal: Portal, kind: str, value: str, reason: str) -> None:
    answer = post(portal, kind, value, reason)
    assert answer.status_code == 400
    assert answer.json()["status"] == 400
    assert answer.json()["message"]


def test_255_characters_are_no_bytes(portal: Portal) -> None:
    assert post(portal, "ip", "11.0.1.1", "ü" * 255).status_code == 200


def test_another_token_is_refused(portal: Portal) -> None:
    assert post(portal, "ip", "11.0.1.1", token="stolen").status_code == 401


def test_a_body_past_150000_bytes_is_too_large(portal: Portal) -> None:
    frame = len(b'{"threat_type": "spam", "reason": "hit a trap", "source": {"object": ""}}')
    assert post(portal, "email", "x" * (150_000 - frame)).status_code == 200
    assert post(portal, "email", "y" * (150_001 - frame)).status_code == 413


def test_scripted_answers_come_first_and_once(portal: Portal) -> None:
    portal.script(Answer.slow_down("2", X_Ratelimit_Remaining="0"), Answer(500), Answer.without_json())
    slow, broken, hotel = (post(portal, "ip", "11.0.1.1") for _ in range(3))
    assert (slow.status_code, slow.headers["Retry-After"], slow.headers["X-Ratelimit-Remaining"]) == (429, "2", "0")
    assert (broken.status_code, hotel.status_code) == (500, 200)
    assert b"<html>" in hotel.content
    assert post(portal, "ip", "11.0.1.1").status_code == 200


def test_a_held_answer_has_been_judged_already(portal: Portal) -> None:
    held = portal.hold()
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{portal.url}/submissions/add/ip", data=b"{}", timeout=0.2)
    assert held.reached.is_set()
    assert [one.status for one in portal.submissions] == [401]


def test_the_list_shows_the_newest_first_with_their_review(portal: Portal) -> None:
    for value in ("a.com", "b.com", "c.com"):
        post(portal, "domain", value)
    portal.review("a.com", ["DBL"])
    portal.review("b.com", [])
    assert [item["source"]["object"] for item in get(portal, "submissions/list?items=2&page=1")] == ["c.com", "b.com"]
    pending, checked, listed = get(portal, "submissions/list")
    assert (pending["listed"], pending["last_check"]) == (None, None)
    assert (checked["listed"], bool(checked["last_check"])) == (None, True)
    assert listed["listed"] == ["DBL"]
    assert get(portal, "submissions/count") == {"total": 3, "matched": 1}


def test_threat_types_have_code_description_and_type(portal: Portal) -> None:
    assert {"code", "desc", "type"} <= set(get(portal, "lookup/threats-types")[0])


def test_an_item_of_the_list_is_as_the_portals_clients_read_it(portal: Portal) -> None:
    mail = "Subject: Cheap\n\nBuy\n"
    for kind, value in {"ip": "11.0.1.1", "domain": "a.com", "url": "http://a.com/x", "email": mail}.items():
        post(portal, kind, value)
    portal.review("11.0.1.1", ["SBL"], datetime(2026, 11, 21, 12, tzinfo=UTC))
    portal.review("a.com", ["DBL"], checked=False)
    email, url, domain, address = get(portal, "submissions/list")
    assert (address["attributes"], address["last_check"]) == (
        {"address": "11.0.1.1", "mask": "32"},
        "2026-11-21T12:00:00Z",
    )
    assert (domain["listed"], domain["last_check"]) == (["DBL"], None)
    assert (url["listed"], list(url["attributes"])) == (None, ["sha-256"])
    assert (email["source"]["object"], email["attributes"]) == (mail, {"subject": "Cheap"})
    portal.unlisted = []
    assert get(portal, "submissions/list")[0]["listed"] == []
