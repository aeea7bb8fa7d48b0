"""Transfer encodings and charsets, as broken as mail has them."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.parsing.transfer import decoded_body, decoded_text, known_charset, transfer_encoding


@pytest.mark.parametrize(
    "written", [b"Base64", b'"base64"', b"'base64'", b"base64; x", b" (a) (b)base64 (c)", b"\r\n\tbase64\r\n"]
)
def test_an_encoding_is_told_by_its_name_whatever_stands_around_it(written: bytes) -> None:
    assert transfer_encoding(written) == "base64"


@pytest.mark.parametrize("coded", [b"aGVsbG8=", b"aGVs\r\nbG8=", b"aGVsbG8", b"!aGVsb?G8=", b"aGU=bGxv"])
def test_base64_is_decoded_as_far_as_it_goes(coded: bytes) -> None:
    assert decoded_body(coded, "base64") == b"hello"


def test_what_a_list_wrote_below_base64_stays() -> None:
    coded = b"aGVs\nbG8h\n\n----------\nhttp://list.com/info\n"
    assert decoded_body(coded, "base64") == b"hello!\n\n----------\nhttp://list.com/info\n"


def test_a_line_of_signs_within_base64_is_passed_over_as_mail_programs_do() -> None:
    page = b"<p>" + 20 * b"pills and more " + b"<a href=http://pills.com/>"
    coded = base64.encodebytes(page)
    assert decoded_body(b"\n\n!\n" + coded, "base64") == page
    assert decoded_body(coded[:77] + b"\n\n*\n" + coded[77:], "base64") == page


def test_quoted_printable_with_faults_is_decoded() -> None:
    assert decoded_body(b"a=3Db=\nc=ZZ", "quoted-printable") == b"a=bc=ZZ"


@pytest.mark.parametrize("coded", [b"http://pills= \n.com", b"http://pills=\t \r\n.com", b"http://pills.com= "])
def test_blanks_behind_a_soft_line_break_are_part_of_it(coded: bytes) -> None:
    assert decoded_body(coded, "quoted-printable") == b"http://pills.com"


@pytest.mark.parametrize(
    "label", ["base64", "punycode", "idna", "unicode_escape", "zlib", "rot13", "default", "3d", ""]
)
def test_only_charsets_of_text_are_used(label: str) -> None:
    assert known_charset(label) is None


@pytest.mark.parametrize(("label", "codec"), [("x-mac-cyrillic", "mac-cyrillic"), ("us-ascii", "windows-1252")])
def test_names_that_mail_uses_are_known(label: str, codec: str) -> None:
    assert known_charset(label) == codec


def test_html_may_name_its_charset_itself() -> None:
    page = '<meta charset="koi8-r"><p>Привет'.encode("koi8-r")
    assert decoded_text(page, "", html=True).endswith("Привет")


def test_without_a_charset_it_is_utf_8_or_else_windows_1252() -> None:
    assert decoded_text("é".encode(), "", html=False) == "é"
    assert decoded_text(b"\xe9\x80", "nonsense", html=False) == "é€"


def test_a_nul_in_the_middle_of_a_link_does_not_hide_it() -> None:
    assert decoded_text(b"http://pi\0lls.com", "utf-8", html=False) == "http://pills.com"


@given(st.binary(max_size=200), st.text(max_size=20), st.booleans())
def test_any_bytes_become_text_that_can_be_encoded(data: bytes, charset: str, html: bool) -> None:
    decoded_text(data, charset, html=html).encode("utf-8")


@given(st.binary(max_size=200), st.sampled_from(["base64", "quoted-printable", "x-unknown", ""]))
def test_no_encoding_raises(data: bytes, encoding: str) -> None:
    assert isinstance(decoded_body(data, encoding), bytes)
