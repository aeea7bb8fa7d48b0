"""What stands in parentheses is left out, whatever a sender writes around it."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.spool import comments
from trapline.spool.comments import without_comments


def test_the_examples_in_the_docstrings_are_true() -> None:
    assert doctest.testmod(comments).failed == 0


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("by mx (Postfix) with ESMTP", "by mx   with ESMTP"),
        ("by mx (a (b) with ESMTPA) id 1", "by mx   id 1"),
        (r"by mx (a \) with ESMTPA) id 1", "by mx   id 1"),
        ('envelope-from="(" client-ip=11.0.0.1', 'envelope-from="(" client-ip=11.0.0.1'),
        ("by mx (never closed with ESMTPA", "by mx "),
        ("by mx) with ESMTP", "by mx) with ESMTP"),
        ('by "mx (Postfix) with ESMTP', 'by "mx   with ESMTP'),
        (r'by "mx\" (a) with ESMTP', r'by "mx\"   with ESMTP'),
    ],
)
def test_a_comment_ends_where_its_parenthesis_does(text: str, kept: str) -> None:
    assert without_comments(text) == kept


@given(st.text(alphabet='()"\\ab'), st.text(alphabet="()ab"))
def test_nothing_in_an_open_comment_counts(before: str, inside: str) -> None:
    assert "client-ip" not in without_comments(f"x (({inside.replace(')', '')} client-ip={before.replace(')', '')}")
