"""Which address is a trap."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.traps.errors import TrapFileError
from trapline.traps.file import parse, read
from trapline.traps.matching import TrapSet
from trapline.traps.traps import Trap

FILE = Path("/etc/trapline/traps")


def traps(text: str, delimiter: str = "") -> TrapSet:
    return TrapSet(parse(FILE, text), delimiter)


def refused(text: str) -> str:
    with pytest.raises(TrapFileError) as caught:
        parse(FILE, text)
    return str(caught.value)


def test_a_plain_line_traps_its_address_in_any_case_and_form() -> None:
    found = traps("Hidden@MX.com  web page, footer")
    assert found.match("<hidden@mx.com>") == Trap("web page, footer", "pristine")
    assert found.match("HIDDEN@mx.com.") is not None
    assert found.match('"hidden"@mx.com') is not None
    assert found.match("<@relay.com:hidden@mx.com>") is not None
    assert found.match("anna@mx.com") is None
    assert found.match("hidden@sub.mx.com") is None
    assert found.match("") is None


def test_the_last_word_is_the_kind_only_if_it_is_one_of_the_three() -> None:
    found = traps("a@mx.com old shop recycled\nb@mx.com old shop\nc@mx.com misspelt bank typo\nd@mx.com pristine beach")
    assert found.match("a@mx.com") == Trap("old shop", "recycled")
    assert found.match("b@mx.com") == Trap("old shop", "pristine")
    assert found.match("c@mx.com") == Trap("misspelt bank", "typo")
    assert found.match("d@mx.com") == Trap("pristine beach", "pristine")


def test_a_domain_line_traps_all_of_it_and_nothing_below() -> None:
    found = traps("@old-shop.com  old shop recycled")
    assert found.match("anybody@OLD-shop.com") == Trap("old shop", "recycled")
    assert found.match("anybody@sub.old-shop.com") is None


def test_an_internationalised_domain_matches_in_both_forms() -> None:
    found = traps("info@bücher.de  web page")
    assert found.match("info@xn--bcher-kva.de") is not None
    assert found.match("info@BÜCHER.de") is not None
    with_emoji = traps("info@i\u2764books.ws  web page")
    assert with_emoji.match("info@xn--ibooks-i50d.ws") is not None
    assert with_emoji.match("info@I\u2764\ufe0fBOOKS.ws") is not None


def test_an_extension_line_spares_the_user_herself() -> None:
    found = traps("anna+*@mx.com  mailing lists")
    assert found.match("Anna+shop@mx.com") is not None
    assert found.match("anna@mx.com") is None
    assert found.match("joanna+shop@mx.com") is None


def test_a_plain_line_covers_its_extensions_only_where_the_delimiter_is_set() -> None:
    assert traps("trap@mx.com x").match("trap+news@mx.com") is None
    assert traps("trap@mx.com x", "+").match("trap+news@mx.com") is not None


def test_a_regular_expression_matches_the_whole_address_without_case() -> None:
    found = traps(r"/info\d+@mx\.com/  guessed names")
    assert found.match("INFO12@mx.com") == Trap("guessed names", "pristine")
    assert found.match("xinfo12@mx.com") is None
    assert found.match("info12@mx.com.evil.com") is None


def test_an_expression_that_would_backtrack_for_ever_does_not() -> None:
    assert traps(r"/(a+)+b@mx\.com/ x").match("a" * 2000 + "@mx.com") is None


def test_as_many_expressions_as_a_file_may_have_each_match_their_own() -> None:
    lines = [rf"/(info|sales|shop){number}-[a-z0-9._-]{{0,20}}@mx\.com/ place {number}" for number in range(1000)]
    found = traps("\n".join(lines))
    for number in (0, 64, 999):
        assert found.match(f"Shop{number}-x@mx.com") == Trap(f"place {number}", "pristine")
    assert found.match("shop1000@mx.com.evil.com") is None


def test_expressions_that_are_too_large_together_are_an_error_of_their_file(tmp_path: Path) -> None:
    plain, large = tmp_path / "plain", tmp_path / "large"
    plain.write_text("a@mx.com x\n", encoding="utf-8")
    lines = (rf"/canary{number}.{{0,90}}@mx\.com/ x" for number in range(900))
    large.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(TrapFileError, match="too large together") as caught:
        TrapSet.load([large, plain])
    assert str(caught.value).startswith(f"{large}: ")
    assert "canary" not in str(caught.value)


def test_comments_and_blank_lines_are_skipped() -> None:
    assert len(traps("# traps of mx.com\n\n  # more\na@mx.com web page # planted in May\n")) == 1


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("canary@mx.com", "no label"),
        ("canary@mx.com recycled", "no label"),
        ("canary web page", "no @"),
        ("canary@bad..domain x", "no domain name"),
        ("can*ary@mx.com x", "a *"),
        ("*@mx.com x", "a *"),
        ("/canary@mx.com x", "two slashes"),
        ("/can(ary@mx.com/ x", "not a regular expression"),
        (r"/(?=canary)x@mx\.com/ x", "not a regular expression"),
        ("canary@mx.com " + "x" * 3000, "longer"),
        ("canary@mx.com x\rother@mx.com y", "line ends"),
        ("canary@mx.com x\u2028other@mx.com y", "line ends"),
        ("\ufeffcanary@mx.com y", "one file's text"),
        ('""canary""@mx.com x', "no plain address"),
        ('"#canary"@mx.com x', "no plain address"),
        ("@canary:@mx.com x", "no plain address"),
        ("@canary:x+*@mx.com x", "no plain address"),
        ("@canary:+*@mx.com x", "no plain address"),
        ("can.ary" * 20 + "+" * 20 + "*@mx.com x", "more than 32 signs"),
    ],
)
def test_a_bad_line_is_named_by_file_and_number_and_not_shown(line: str, why: str) -> None:
    message = refused(f"# fine\n{line}\n")
    assert message.startswith(f"{FILE}:2: ")
    assert why in message
    assert "canary" not in message


def test_the_domains_of_the_traps_are_known() -> None:
    assert traps("a@mx.com x\n@shop.com x\nb+*@lists.com x").domains == {"mx.com", "shop.com", "lists.com"}


def test_a_byte_order_mark_is_no_part_of_the_first_trap(tmp_path: Path) -> None:
    """Windows programs write one; the trap would catch nothing, and nobody would see why."""
    path = tmp_path / "traps"
    path.write_text("hidden1@mx.com  footer\n", encoding="utf-8-sig")
    assert [entry.address for entry in read(path)] == ["hidden1@mx.com"]


def test_a_file_that_is_missing_or_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrapFileError, match="absent"):
        TrapSet.load([tmp_path / "absent"])
    (tmp_path / "traps").write_bytes(b"a@mx.com x\n\xff@mx.com x\n")
    with pytest.raises(TrapFileError, match="traps:2: not UTF-8"):
        TrapSet.load([tmp_path / "traps"])


@given(st.text(max_size=200))
def test_any_recipient_has_an_answer(recipient: str) -> None:
    found = traps("a@mx.com x\n@shop.com y\nb+*@lists.com z\n/q+@mx\\.com/ w", "+-")
    assert found.match(recipient) in {None, Trap("x"), Trap("y"), Trap("z"), Trap("w")}


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_its_line(text: str) -> None:
    message = ""
    try:
        parse(FILE, text)
    except TrapFileError as error:
        message = str(error)
    assert not message or message.startswith(f"{FILE}:")


def test_lines_that_end_as_on_windows_and_blanks_of_a_word_processor_are_read() -> None:
    found = traps("\ufeffa@mx.com\u00a0web page\r\nb@mx.com\tforum\r\n")
    assert (found.match("a@mx.com"), found.match("b@mx.com")) == (Trap("web page"), Trap("forum"))


def test_a_fifo_is_no_trap_file_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "traps")
    with pytest.raises(TrapFileError, match="cannot read the trap file: it is no regular file"):
        read(tmp_path / "traps")


def test_a_trap_of_a_local_domain_is_one_under_all_names_of_the_server() -> None:
    """As its users are: whoever is refused there under one name alone is no person."""
    lines = "hidden1@mx.com x\nanna+*@mx.com y\nhidden2@shop.com z"
    found = TrapSet(parse(FILE, lines), local_domains=("mx.com", "localhost"))
    for name in ("mx.com", "localhost", "LOCALHOST.", "[11.0.0.1]", "[IPv6:2a00::1]"):
        assert found.match(f"hidden1@{name}") == Trap("x"), name
        assert found.match(f"anna+shop@{name}") == Trap("y"), name
        assert found.match(f"hidden2@{name}") is None, name
    assert found.match("hidden2@shop.com") == Trap("z")
    assert found.match("hidden1@shop.com") is None
    assert found.domains == {"mx.com", "localhost", "shop.com"}
    assert traps("hidden1@mx.com x").match("hidden1@[11.0.0.1]") is None


def test_local_domains_without_a_trap_are_no_traps_domains() -> None:
    assert TrapSet(parse(FILE, "a@shop.com x"), local_domains=("mx.com",)).domains == {"shop.com"}


@pytest.mark.parametrize("written", ["straße@mx.com", "STRASSE@mx.com", "Stra\u017f\u017fe@mx.com"])
def test_letters_are_folded_as_postfix_folds_them(written: str) -> None:
    """It is asked for by any of them, and finds the others."""
    for asked in ("straße@mx.com", "strasse@mx.com", "STRASSE@mx.com"):
        assert traps(f"{written} x").match(asked) == Trap("x"), asked
