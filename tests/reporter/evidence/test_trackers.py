"""Tokens that tell a recipient by where else they stand."""

import time
from email import message_from_string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu_time import within
from tests.reporter.caught import an_envelope
from trapline.reporter.evidence.trackers import Trackers, of_message, of_sender
from trapline.reporter.indicators import Report
from trapline.reporter.judge import Context, judge
from trapline.reporter.redaction.redaction import ours
from trapline.reporter.redaction.sample import Sample, prepare

TOKEN = "8fe21c77aa"


def sample(body: str, *fields: str, mail_from: str = "bounce@pills-shop.com", kind: str = "plain") -> str:
    head = "\n".join(("From: news@pills-shop.com", *fields, f"Content-Type: text/{kind}"))
    prepared = prepare(
        f"{head}\n\n{body}\n".encode(), an_envelope(mail_from=mail_from), ours(lambda _: False, frozenset())
    )
    assert isinstance(prepared, Sample)
    return prepared.text


@pytest.mark.parametrize(
    ("link", "left"),
    [
        (f"http://pills.com/u/{TOKEN}/go", "http://pills.com/u/"),
        (f"http://pills.com/go?a=1&u={TOKEN}&z=9", "http://pills.com/go?a=1&u="),
        (f"http://pills.com/{TOKEN}", "http://pills.com/"),
        (f"http://pills.com/go#x-{TOKEN}", "http://pills.com/go#"),
        (f"http://{TOKEN}.pills.com/go", "http://XXXXXXXXXX.pills.com/go"),
    ],
)
@pytest.mark.parametrize(
    ("fields", "mail_from"),
    [
        ((), f"bounce-{TOKEN}-7@pills-shop.com"),
        ((f"List-Unsubscribe: <mailto:leave+{TOKEN}@pills-shop.com>",), "x@pills-shop.com"),
        ((f"List-Unsubscribe: <https://else.com/u?{TOKEN}>",), "x@pills-shop.com"),
        ((f"Message-ID: <{TOKEN}.1@pills-shop.com>",), "x@pills-shop.com"),
        ((f"Feedback-ID: 1:{TOKEN}:esp",), "x@pills-shop.com"),
        ((f"X-Mailer-RecptId: {TOKEN}",), "x@pills-shop.com"),
    ],
    ids=["VERP", "List-Unsubscribe by mail", "List-Unsubscribe", "Message-ID", "Feedback-ID", "X-"],
)
def test_a_link_is_cut_before_a_token_that_also_stands_where_senders_put_the_recipient(
    link: str, left: str, fields: tuple[str, ...], mail_from: str
) -> None:
    text = sample(f"see {link} now", *fields, mail_from=mail_from)
    assert TOKEN not in text
    assert message_from_string(text).get_payload() == f"see {left} now\n"


def test_the_fields_that_hold_the_token_stay_fields() -> None:
    text = sample(
        f'<a href="http://pills.com/?t={TOKEN}">x</a>',
        f"Message-ID: <{TOKEN}@pills-shop.com>",
        f"List-Unsubscribe: <http://pills.com/u/{TOKEN}>, <mailto:u-{TOKEN}@pills-shop.com>",
        kind="html",
    )
    parsed = message_from_string(text)
    assert parsed["Message-ID"] == "<XXXXXXXXXX@pills-shop.com>"
    assert parsed["List-Unsubscribe"] == "<http://pills.com/u/>, <mailto:u-XXXXXXXXXX@pills-shop.com>"
    assert parsed.get_payload() == '<a href="http://pills.com/?t=">x</a>\n'


def test_a_boundary_with_the_token_goes_too_and_the_parts_stay_parts() -> None:
    part = f"--b1_{TOKEN}\n\nsee http://pills.com/{TOKEN}\n--b1_{TOKEN}--\n"
    head = f'Message-ID: <{TOKEN}@pills-shop.com>\nContent-Type: multipart/mixed; boundary="b1_{TOKEN}"\n\n{part}'
    prepared = prepare(head.encode(), an_envelope(), ours(lambda _: False, frozenset()))
    assert isinstance(prepared, Sample)
    assert TOKEN not in prepared.text
    *_, inner = message_from_string(prepared.text).walk()
    assert inner.get_payload() == "see http://pills.com/"


def test_a_value_that_several_links_have_is_a_recipients() -> None:
    shown = message_from_string(
        sample(f"http://p.com/a?r={TOKEN} http://p.com/b?x=1&r={TOKEN} http://p.com/c")
    ).get_payload()
    assert shown == "http://p.com/a?r= http://p.com/b?x=1&r= http://p.com/c\n"


def test_a_word_in_the_paths_of_many_links_is_too() -> None:
    links = [f"http://p.com/{TOKEN}/{page}" for page in ("a", "b", "c")]
    assert message_from_string(sample(" ".join(links))).get_payload() == "http://p.com/ http://p.com/ http://p.com/\n"


@pytest.mark.parametrize(
    "body",
    [
        f"http://p.com/{TOKEN}/a",
        f"http://p.com/{TOKEN}/a http://p.com/{TOKEN}/b",
        "http://p.com/unsubscribe?campaign=newsletter http://p.com/view?campaign=newsletter",
        "http://p.com/20261121/a http://p.com/20261121/b http://p.com/20261121/c",
    ],
)
def test_what_is_nobodys_token_is_left(body: str) -> None:
    text = sample(body, "Message-ID: <20261121.newsletter@pills-shop.com>")
    assert message_from_string(text).get_payload() == body + "\n"


def test_the_hosts_in_fields_are_no_tokens() -> None:
    fields = [("message-id", b"<1@web12345.pills.com>"), ("list-unsubscribe", b"<http://web12345.pills.com/u>")]
    assert of_message("x@web12345.pills.com", fields, [b"http://a.com/web12345"]).tokens == frozenset()


def test_only_what_the_sender_said_outside_the_text_makes_a_link_one_recipients() -> None:
    found = of_sender(f"bounce-{TOKEN}@pills-shop.com", [("x-id", b"abc12345"), ("subject", b"zzz99999")])
    assert found.tokens == {TOKEN.encode(), b"abc12345"}


@pytest.mark.parametrize(
    ("link", "reported"),
    [
        (f"http://pills.com/u/{TOKEN}/go", ["http://pills.com/u/"]),
        (f"http://pills.com/go?a=1&u={TOKEN}", ["http://pills.com/go?a=1&u="]),
        ("http://pills.com/u/0a1b2c3d/go", ["http://pills.com/u/0a1b2c3d/go"]),
        (f"https://storage.googleapis.com/bucket7/page.html?u={TOKEN}", ["https://storage.googleapis.com/bucket7/page.html?u="]),
        (f"https://storage.googleapis.com/{TOKEN}/page.html", []),
        (f"http://pills.com/proc.php?nl=1&s={TOKEN}&act=unsub", []),
    ],
)  # fmt: skip
def test_a_link_that_is_reported_is_cut_likewise_and_never_to_a_platforms_own_page(
    link: str, reported: list[str]
) -> None:
    message = f"From: a@pills-shop.com\n\nsee {link} now\n".encode()
    judged = judge(message, an_envelope(mail_from=f"bounce-{TOKEN}@pills-shop.com"), Context()).judged
    found = [one.indicator.value for one in judged if one.indicator.kind == "url" and isinstance(one.decision, Report)]
    assert found == reported


@given(st.binary(max_size=300), st.sets(st.sampled_from([b"abc123", b"1234567", b"AbcdefGhijkl"]), max_size=3))
def test_whatever_the_text_none_is_left(raw: bytes, tokens: set[bytes]) -> None:
    trackers = Trackers(tokens)
    text = raw[:100] + b" http://p.com/" + b"/".join(tokens) + b" " + raw[100:]
    assert not trackers.are_in(trackers.cut(text))


def test_countless_links_take_no_more_than_a_moment() -> None:
    body = "".join(f"http://p.com/{number:08}abc?u={TOKEN}&v={number:07}x\n" for number in range(8_000))
    began = time.process_time()
    assert TOKEN not in sample(body, f"X-Id: {TOKEN}")
    assert within(6, began)
