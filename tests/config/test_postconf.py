"""Postfix's own words are read as Postfix means them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.config.postconf import Postfix, services, words


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("", ()),
        ("a, b  c,,d", ("a", "b", "c", "d")),
        ("{ unix:x.sock, default_action=accept } inet:h:1", ("{ unix:x.sock, default_action=accept }", "inet:h:1")),
        ("inline:{ {a = b, c}, d=e }, hash:/x", ("inline:{ {a = b, c}, d=e }", "hash:/x")),
        ("a } b", ("a", "}", "b")),
    ],
)
def test_blanks_and_commas_part_elements_but_not_within_braces(text: str, elements: tuple[str, ...]) -> None:
    assert words(text) == elements


@given(st.text(max_size=200))
def test_nothing_but_separators_is_lost(text: str) -> None:
    def bare(value: str) -> str:
        return "".join(one for one in value if one != "," and not one.isspace())

    assert "".join(map(bare, words(text))) == bare(text)


LINES = (
    "smtp       inet  n       -       y       -       -       smtpd",
    "10025      inet  n       -       -       -       -       /usr/lib/postfix/sbin/smtpd -o smtpd_milters=",
    "pickup     unix  n       -       y       60      1       pickup",
    "",
)


@pytest.mark.parametrize("by_default", [True, False])
def test_a_service_is_chrooted_where_it_says_so_or_by_default(by_default: bool) -> None:
    options = {("10025", "inet"): {"smtpd_milters": ""}}
    found = services(LINES, options, chroot_by_default=by_default)
    assert [(one.name, one.chroot, one.command) for one in found] == [
        ("smtp", True, "smtpd"),
        ("10025", by_default, "smtpd"),
        ("pickup", True, "pickup"),
    ]
    postfix = Postfix({"smtpd_milters": "unix:x"}, found)
    assert [postfix.value("smtpd_milters", one) for one in postfix.servers()] == ["unix:x", ""]
