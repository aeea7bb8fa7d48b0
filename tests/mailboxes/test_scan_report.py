"""The message that is filed with a report can be read by anybody, and taken apart again before learning from it."""

import email
import email.policy

from hypothesis import given
from hypothesis import strategies as st

from tests.filters.messages import SPAM
from trapline.filters.scanner import Score
from trapline.filters.wrapping import unwrapped
from trapline.mailboxes.scan_report import with_report

SCORE = Score(spam=True, score=7.25, threshold=5.0, report="3.5 BAYES_99\n\x1b[31m1.0 Bücher\n")


def test_it_has_sender_and_subject_the_report_and_the_original() -> None:
    message = email.message_from_bytes(with_report(SPAM, "spamd", SCORE), policy=email.policy.default)
    assert (message["From"], message["Subject"]) == ("Carla <carla@harbour-notes.com>", "Our plans")
    assert message["X-Spam-Status"] == "Yes, score=7.25 required=5"
    report, original = message.iter_parts()
    assert "3.5 BAYES_99\r\n [31m1.0 Bücher" in report.get_content(), "control characters are gone"
    assert original.get_content()["Message-ID"] == "<note-1.20261121090000@harbour-notes.com>"


@given(st.binary(max_size=300).map(lambda body: SPAM + body) | st.binary(max_size=300))
def test_the_original_comes_out_as_it_was(original: bytes) -> None:
    assert unwrapped(with_report(original, "rspamd", SCORE)) == unwrapped(original)
