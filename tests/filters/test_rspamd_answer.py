"""What rspamd's JSON means."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.filters.rspamd_answer import learnt, lessons, score
from trapline.filters.scanner import FilterDownError, FilterError, Symbol


def said(action: str = "no action", points: object = 1.5, **more: object) -> bytes:
    return json.dumps({"action": action, "score": points, **more}).encode()


@pytest.mark.parametrize(
    ("action", "spam"),
    [
        ("reject", True),
        ("add header", True),
        ("rewrite subject", True),
        ("greylist", False),
        ("soft reject", False),
        ("no action", False),
    ],
)
def test_what_only_asks_a_sender_to_come_back_is_no_spam(action: str, spam: bool) -> None:
    assert score(200, said(action)).spam == spam


def test_the_threshold_is_that_of_the_mildest_action_against_spam_where_it_is_told() -> None:
    told = {"reject": 15, "add header": 6, "rewrite subject": None, "greylist": 4}
    assert score(200, said(thresholds=told, required_score=15)).threshold == 6
    assert score(200, said(required_score=15)).threshold is None


def test_symbols_come_heaviest_first_and_the_report_says_what_they_hit_on() -> None:
    symbols = {
        "MIME_GOOD": {"score": -0.1},
        "RBL": {"score": 5, "description": "listed", "options": ["pills.com:from", "a\nb"]},
    }
    answer = score(200, said("reject", 20, symbols=symbols))
    assert answer.symbols == (Symbol("RBL", 5.0), Symbol("MIME_GOOD", -0.1))
    assert answer.report == "rspamd: reject, score 20.00\n  5.00 RBL  listed [pills.com:from, a b]\n -0.10 MIME_GOOD"


@pytest.mark.parametrize("points", [None, "7", True, float("nan"), float("inf"), 10**400])
def test_a_score_that_is_no_number_is_an_error_and_no_zero(points: object) -> None:
    with pytest.raises(FilterError, match="no action and score"):
        score(200, said(points=points))


@pytest.mark.parametrize(("status", "body"), [(404, b"not found"), (500, b'{"error": "invalid command"}')])
def test_a_worker_that_does_not_do_that_is_down_for_every_message(status: int, body: bytes) -> None:
    for read in (score, learnt, lessons):
        with pytest.raises(FilterDownError, match="mixed up"):
            read(status, body)


def test_a_lesson_that_failed_is_told_with_rspamds_words() -> None:
    with pytest.raises(FilterError, match="all learn conditions denied") as raised:
        learnt(500, b'{"error": "all learn conditions denied"}')
    assert not isinstance(raised.value, FilterDownError)


@given(
    st.integers(100, 599),
    st.binary(max_size=100)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["action", "score", "symbols", "thresholds", "options", "X"]), inner, max_size=6
            )
        ),
    ).map(lambda value: json.dumps(value).encode()),
)
def test_any_bytes_are_an_answer_or_an_error_of_ours(status: int, body: bytes) -> None:
    for read in (score, learnt, lessons):
        with suppress(FilterError):
            read(status, body)
