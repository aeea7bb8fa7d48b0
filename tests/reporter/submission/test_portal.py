import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.reporter.caught import TOKEN
from tests.servers.broken_http import listener
from tests.servers.portal import Answer, Portal
from trapline.reporter.submission.answers import (
    Accepted,
    Counts,
    Known,
    NotAuthorised,
    Outcome,
    Page,
    Refused,
    ThreatType,
    TooLarge,
    TryLater,
)
from trapline.reporter.submission.portal import (
    MAX_ANSWER_BYTES,
    MAX_CODE,
    MAX_LIST_BYTES,
    MAX_THREAT_TYPES,
    MAX_WORDS,
    request_body,
)
from trapline.reporter.submission.portal import Portal as Client


@pytest.fixture
def client(portal: Portal) -> Iterator[Client]:
    speaking = Client(portal.url, TOKEN, timedelta(seconds=5))
    yield speaking
    speaking.close()


def submit(client: Client, address: str = "11.0.0.66") -> Outcome:
    return client.submit("ip", "spam", "Spam trap hit", address).outcome


def answered(client: Client, portal: Portal, answer: Answer) -> Outcome:
    portal.script(answer)
    return submit(client)


def test_a_submission_is_sent_as_the_portal_wants_it(client: Client, portal: Portal) -> None:
    client.submit("email", "spam", "Spam trap hit", "Subject: Grüße\n\nHello\n")
    (sent,) = portal.submissions
    assert sent.request.path.endswith("/submissions/add/email")
    assert sent.request.headers["authorization"] == f"Bearer {TOKEN}"
    assert sent.request.headers["content-type"] == "application/json"
    assert sent.body == {
        "threat_type": "spam",
        "reason": "Spam trap hit",
        "source": {"object": "Subject: Grüße\n\nHello\n"},
    }
    assert sent.request.body == request_body("spam", "Spam trap hit", "Subject: Grüße\n\nHello\n")


def test_200_with_an_id_is_accepted(client: Client, portal: Portal) -> None:
    assert submit(client) == Accepted("ip-000001")


def test_an_id_may_be_a_number(client: Client, portal: Portal) -> None:
    assert answered(client, portal, Answer(200, body=b'{"id": 271828}')) == Accepted("271828")


@pytest.mark.parametrize("style", ["status", "body"])
def test_208_is_known_in_the_status_line_and_in_the_body_of_a_200(client: Client, portal: Portal, style: str) -> None:
    portal.repeats = "status" if style == "status" else "body"
    submit(client)
    assert submit(client) == Known()


@pytest.mark.parametrize("status", [400, 413])
def test_a_refusal_is_final_and_has_the_portals_words(client: Client, portal: Portal, status: int) -> None:
    said = json.dumps({"status": status, "message": "Invalid\x1b[31m object"}).encode()
    assert answered(client, portal, Answer(status, body=said)) == Refused(f"HTTP {status}: Invalid?[31m object")


def test_the_portals_words_are_bounded(client: Client, portal: Portal) -> None:
    outcome = answered(client, portal, Answer(400, body=json.dumps({"message": "x" * 5_000}).encode()))
    assert isinstance(outcome, Refused)
    assert len(outcome.message) <= MAX_WORDS + 10


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_told_apart(client: Client, portal: Portal, status: int) -> None:
    assert isinstance(answered(client, portal, Answer(status)), NotAuthorised)


@pytest.mark.parametrize(
    ("asked", "given"),
    [("7", 7), ("0", 1), ("86400", 3600), ("999999999", 3600)],
    ids=["as asked", "a second at least", "an hour at most", "not a year"],
)
def test_429_waits_as_long_as_the_portal_asks_within_bounds(
    client: Client, portal: Portal, asked: str, given: int
) -> None:
    outcome = answered(client, portal, Answer.slow_down(asked))
    assert outcome == TryLater("HTTP 429: scripted", timedelta(seconds=given), everyone=True, failure=False)


@pytest.mark.parametrize("asked", [None, "soon", "-5", "12.5", "1e9"])
def test_429_without_a_readable_time_leaves_it_to_the_back_off(
    client: Client, portal: Portal, asked: str | None
) -> None:
    outcome = answered(client, portal, Answer.slow_down(asked))
    assert isinstance(outcome, TryLater)
    assert outcome.after is None


def test_retry_after_may_be_a_date(client: Client, portal: Portal) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    outcome = answered(client, portal, Answer.slow_down(when))
    assert isinstance(outcome, TryLater)
    assert outcome.after is not None
    assert timedelta(minutes=9) < outcome.after <= timedelta(minutes=10)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_trouble_of_the_portal_is_tried_again_and_may_be_this_submissions_own(
    client: Client, portal: Portal, status: int
) -> None:
    outcome = answered(client, portal, Answer(status))
    assert outcome == TryLater(f"HTTP {status}: scripted", None, everyone=False)


@pytest.mark.parametrize(
    "answer",
    [
        Answer.without_json(),
        Answer(200, body=b""),
        Answer(200, body=b"[]"),
        Answer(200, body=b'{"id": null}'),
        Answer(200, body=b'{"id": true}'),
        Answer(200, body=b'{"status": 200}'),
        Answer(200, body=b"[" * 100_000),
        Answer(202, body=b"{}"),
    ],
    ids=["a web page", "nothing", "no object", "no id", "a flag", "only a status", "nested", "202"],
)
def test_a_200_that_says_neither_id_nor_208_is_a_failure_to_be_tried_again(
    client: Client, portal: Portal, answer: Answer
) -> None:
    outcome = answered(client, portal, answer)
    assert isinstance(outcome, TryLater)
    assert outcome.failure


def test_an_answer_without_end_is_read_up_to_a_bound(client: Client, portal: Portal) -> None:
    body = b'{"id": "' + b"x" * (2 * MAX_ANSWER_BYTES) + b'"}'
    assert isinstance(answered(client, portal, Answer(200, body=body)), TryLater)


@pytest.mark.parametrize("elsewhere", ["/elsewhere", "\xfcno-utf-8", "http://[no-address/"])
def test_redirects_are_not_followed_since_they_would_take_the_token_along(
    client: Client, portal: Portal, elsewhere: str
) -> None:
    outcome = answered(client, portal, Answer(307, {"Location": f"{portal.url}{elsewhere}"}))
    assert isinstance(outcome, TryLater)
    assert "spamhaus.api" in outcome.why
    assert len(portal.requests) == 1


def test_a_wrong_url_refuses_no_submission(client: Client, portal: Portal) -> None:
    wrong = Client(portal.url + "/nowhere", TOKEN, timedelta(seconds=5))
    outcome = submit(wrong)
    wrong.close()
    assert isinstance(outcome, TryLater | NotAuthorised)


def test_remaining_nothing_asks_for_a_rest(client: Client, portal: Portal) -> None:
    portal.script(Answer(200, {"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": "20"}, b'{"id": "1"}'))
    assert client.submit("ip", "spam", "r", "11.0.0.1").rest == timedelta(seconds=20)


@pytest.mark.parametrize("unit", [1, 1000], ids=["seconds since 1970", "milliseconds since 1970"])
def test_a_reset_that_is_a_moment_is_read_as_one(client: Client, portal: Portal, unit: int) -> None:
    reset = str(int((time.time() + 60) * unit))
    portal.script(Answer(200, {"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": reset}, b'{"id": "1"}'))
    rest = client.submit("ip", "spam", "r", "11.0.0.1").rest
    assert rest is not None
    assert timedelta(seconds=55) < rest <= timedelta(seconds=60)


@pytest.mark.parametrize("headers", [{}, {"X-Ratelimit-Remaining": "3", "X-Ratelimit-Reset": "20"}])
def test_no_rest_is_taken_while_something_remains(client: Client, portal: Portal, headers: dict[str, str]) -> None:
    portal.script(Answer(200, headers, b'{"id": "1"}'))
    assert client.submit("ip", "spam", "r", "11.0.0.1").rest is None


def test_the_threat_types_are_those_of_the_account(client: Client, portal: Portal) -> None:
    portal.threat_types = [{"code": "spam", "desc": "Spam", "type": "*"}, {"code": "scam", "desc": "", "type": "url"}]
    assert client.threat_types() == (ThreatType("spam", "*"), ThreatType("scam", "url"))


def test_threat_types_are_bounded_and_printable(client: Client, portal: Portal) -> None:
    """They stand in the log where none of them is ours."""
    forged = {"code": "x\n2026-11-21 12:00:00,000 INFO accepted ip \x1b[31m", "type": "*\n" * 999}
    portal.threat_types = [forged, {"code": "y" * 200_000, "type": "*"}, *[{"code": "z"}] * 9_999]
    offered = client.threat_types()
    assert isinstance(offered, tuple)
    assert offered[0].code == "x?2026-11-21 12:00:00,000 INFO accepted ip ?[31m"
    assert max(len(text) for one in offered for text in (one.code, one.type)) == MAX_CODE
    assert len(offered) == MAX_THREAT_TYPES


def test_the_threat_types_need_the_right_token(portal: Portal) -> None:
    stranger = Client(portal.url, "wrong", timedelta(seconds=5))
    assert isinstance(stranger.threat_types(), NotAuthorised)
    stranger.close()


@pytest.mark.parametrize(
    ("behave", "why"),
    [
        ("silent", "did not answer within"),
        ("hangs up", "no connection"),
        ("drips", "did not answer within"),
        ("drips headers", "did not answer within"),
    ],
)
def test_a_broken_line_is_the_whole_accounts_trouble(behave: str, why: str) -> None:
    with listener(behave) as url:
        client = Client(url, TOKEN, timedelta(seconds=0.3))
        began = time.monotonic()
        outcome = submit(client)
        took = time.monotonic() - began
        client.close()
    assert isinstance(outcome, TryLater)
    assert why in outcome.why
    assert outcome.everyone
    assert took < 5


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 -0100", "Sat, 21 Nov 2026 12:00:00 -9999", "soon", ""])
def test_a_date_that_makes_no_sense_costs_the_date_alone(date: str) -> None:
    with listener(f"HTTP/1.1 401 No\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n") as url:
        client = Client(url, TOKEN, timedelta(seconds=5))
        outcome = submit(client)
        client.close()
    assert outcome == NotAuthorised("HTTP 401")
    assert client.date is None


def test_nobody_there_is_the_whole_accounts_trouble() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    client = Client(f"http://127.0.0.1:{free}/api", TOKEN, timedelta(seconds=5))
    outcome = submit(client)
    client.close()
    assert isinstance(outcome, TryLater)
    assert outcome.everyone


def test_the_token_is_in_no_text_that_leaves(client: Client, portal: Portal, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    echo = json.dumps({"message": f"Bearer {TOKEN} is not welcome", "id": None}).encode()
    seen = [repr(client), repr(vars(client)), str(client)]
    seen += [repr(answered(client, portal, Answer(status, body=echo))) for status in (200, 400, 401, 429, 500)]
    closed = Client("http://127.0.0.1:1/api", TOKEN, timedelta(seconds=1))
    seen.append(repr(submit(closed)))
    closed.close()
    assert TOKEN not in "".join(seen) + caplog.text


ESCAPED = "".join(f"\\u{ord(letter):04x}" for letter in TOKEN)


@pytest.mark.parametrize("token", [TOKEN, ESCAPED], ids=["plain", "escaped"])
def test_nor_is_it_where_the_portal_echoes_it(client: Client, portal: Portal, token: str) -> None:
    """As an id it would stand in the log and the store, as a dataset in `status` too."""
    accepted = answered(client, portal, Answer(200, body=b'{"id": "%s"}' % token.encode()))
    assert accepted == Accepted("[token]")
    item = '{"id": "a %s", "submission_type": "%s", "listed": ["SBL %s"]}'.replace("%s", token)
    portal.reading["/submissions/list"] = Answer(200, body=f"[{item}]".encode())
    page = client.review(items=1, page=1)
    assert isinstance(page, Page)
    assert [(item.portal_id, item.kind, item.datasets) for item in page.items] == [
        ("a [token]", "[token]", ("SBL [token]",))
    ]
    portal.reading["/lookup/threats-types"] = Answer(200, body=b'[{"code": "%s"}]' % token.encode())
    assert client.threat_types() == (ThreatType("[token]", "*"),)


def test_a_netrc_file_does_not_replace_the_token(
    client: Client, portal: Portal, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w") as file:  # noqa: PTH123 - a path as text, as the variable wants it
        file.write("machine 127.0.0.1 login anna password other\n")
    monkeypatch.setenv("NETRC", netrc)
    submit(client)
    assert portal.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_a_plain_connection_to_loopback_uses_no_proxy(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    direct = Client(portal.url, TOKEN, timedelta(seconds=5))
    assert submit(direct) == Accepted("ip-000001")
    direct.close()


def test_the_review_is_read_page_by_page(client: Client, portal: Portal) -> None:
    for address in ("11.0.0.1", "11.0.0.2", "11.0.0.3"):
        submit(client, address)
    portal.review("11.0.0.3", ["SBL"])
    portal.review("11.0.0.2", [])
    first, second, third = (client.review(items=2, page=page) for page in (1, 2, 3))
    assert isinstance(first, Page)
    assert [(item.portal_id, item.state) for item in first.items] == [("ip-000003", "listed"), ("ip-000002", "checked")]
    assert isinstance(second, Page)
    assert [item.state for item in second.items] == ["pending"]
    assert isinstance(third, Page)
    assert third.count == 0


def test_the_counts_are_the_portals_own(client: Client, portal: Portal) -> None:
    submit(client)
    portal.review("11.0.0.66", ["SBL"])
    assert client.counts() == Counts(total=1, matched=1)


def test_a_page_of_too_many_mails_is_not_read_to_its_end(client: Client, portal: Portal) -> None:
    portal.reading["/submissions/list"] = Answer(200, body=b'["' + b"x" * (MAX_LIST_BYTES + 1) + b'"]')
    assert client.review(items=1, page=1) == TooLarge()


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"total": "many"}', b"[" * 100_000])
def test_a_review_without_sense_is_to_be_read_later(client: Client, portal: Portal, body: bytes) -> None:
    portal.reading = {"/submissions/list": Answer(200, body=body), "/submissions/count": Answer(200, body=body)}
    assert isinstance(client.review(items=1, page=1), TryLater)
    assert isinstance(client.counts(), TryLater)


def test_a_review_that_the_token_may_not_read_is_told_apart(client: Client, portal: Portal) -> None:
    portal.token = "another"
    assert isinstance(client.review(items=1, page=1), NotAuthorised)
    assert isinstance(client.counts(), NotAuthorised)
