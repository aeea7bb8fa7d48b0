"""What spamd's words mean."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.filters.scanner import FilterDownError, FilterError, Learnt, Symbol
from trapline.filters.spamd_protocol import answer, learnt, lesson_headers, request, score

REPORT = """Content preview:  Buy now!
---- ---------------------- ------
 9.9 FORGED_BY_SENDER       drawn into the message

Content analysis details:   (7.1 points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
 3.5 BAYES_99               BODY: Bayes spam probability is 99 to 100%
                            [score: 1.0000]
-0.1 DKIM_VALID             Message has at least one valid signature
1000 GTUBE                  BODY: Generic Test
"""


def reply(report: str, verdict: str = "True ; 7.1 / 5.0") -> bytes:
    body = report.encode()
    return b"SPAMD/1.1 0 EX_OK\r\nContent-length: %d\r\nSpam: %s\r\n\r\n%s" % (len(body), verdict.encode(), body)


def test_a_request_is_a_line_fields_and_the_message_byte_for_byte() -> None:
    sent = request("TELL", b"Subject: x\r\n\r\n\xff\x00", {"User": "anna", **lesson_headers("spam")})
    assert sent == (
        b"TELL SPAMC/1.5\r\nUser: anna\r\nMessage-class: spam\r\nSet: local\r\nContent-length: 16\r\n\r\n"
        b"Subject: x\r\n\r\n\xff\x00"
    )


def test_forgetting_names_no_class() -> None:
    assert lesson_headers(None) == {"Remove": "local"}


def test_symbols_are_read_from_the_reports_own_table_and_from_none_that_a_sender_drew() -> None:
    said = score(answer(reply(REPORT)))
    assert said.symbols == (Symbol("BAYES_99", 3.5), Symbol("DKIM_VALID", -0.1), Symbol("GTUBE", 1000.0))


def test_a_report_of_another_form_has_no_symbols() -> None:
    assert score(answer(reply("all is well"))).symbols == ()


@pytest.mark.parametrize("verdict", ["", "Maybe ; 1 / 5", "True ; 1..2 / 5.0", "True ; nan / 5.0", "True ; . / 5.0"])
def test_a_score_that_can_not_be_read_is_an_error_and_no_zero(verdict: str) -> None:
    with pytest.raises(FilterError, match="no score"):
        score(answer(reply(REPORT, verdict)))


def test_an_answer_that_was_cut_off_is_an_error() -> None:
    with pytest.raises(FilterError, match="cut off"):
        answer(reply(REPORT)[:-5])


def test_what_is_wrong_is_said_in_spamds_words_and_whose_fault_it_is() -> None:
    with pytest.raises(FilterError, match=r"76: Bad header line: \?") as raised:
        answer(b"SPAMD/1.0 76 Bad header line: \x1b\r\n")
    assert not isinstance(raised.value, FilterDownError)
    for down in (b"SPAMD/1.0 77 no\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\r\n"):
        with pytest.raises(FilterDownError):
            answer(down)


def test_a_lesson_that_changed_nothing_is_told_from_one_that_did() -> None:
    assert learnt(answer(b"SPAMD/1.1 0 EX_OK\r\nDidSet: local\r\n\r\n\r\n")) is Learnt.LEARNT
    assert learnt(answer(b"SPAMD/1.1 0 EX_OK\r\nDidRemove: local\r\n\r\n\r\n")) is Learnt.LEARNT
    assert learnt(answer(b"SPAMD/1.1 0 EX_OK\r\n\r\n\r\n")) is Learnt.NOTHING_NEW


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda tail: b"SPAMD/1.1 0 EX_OK\r\nSpam: True ; " + tail))
def test_any_bytes_are_an_answer_or_an_error_of_ours(raw: bytes) -> None:
    with suppress(FilterError):
        score(answer(raw))
