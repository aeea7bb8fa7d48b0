"""What a part says of itself, in all the ways in which mail programs write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.parsing.content_type import content_type, file_name

NAMES = {
    "plain": (b'attachment; filename="invoice.pdf"', "invoice.pdf"),
    "without quotes": (b"attachment; filename=invoice.pdf", "invoice.pdf"),
    "with quotes inside": (rb'attachment; filename="a \"b\".pdf"', 'a "b".pdf'),
    "in a charset (RFC 2231)": (b"attachment; filename*=UTF-8'en'%e2%82%ac%20bill.pdf", "€ bill.pdf"),
    "in pieces (RFC 2231)": (b'attachment; filename*1="ice.pdf"; filename*0="invo"', "invoice.pdf"),
    "in coded pieces": (b"attachment; filename*0*=iso-8859-1''f%FC; filename*1=r.pdf", "für.pdf"),
    "for old readers and for new ones": (b"attachment; filename=\"x.pdf\"; filename*=UTF-8''%c3%bc.pdf", "ü.pdf"),
    "as an encoded word": (b'attachment; filename="=?utf-8?B?w7wucGRm?="', "ü.pdf"),
    "with letters of 8 bits": ("attachment; filename=ü.pdf".encode("latin-1"), "ü.pdf"),
    "with line breaks": (b'attachment; filename="a\r\n b.pdf"', "a b.pdf"),
}


@pytest.mark.parametrize("form", NAMES)
def test_a_file_has_its_name(form: str) -> None:
    disposition, name = NAMES[form]
    assert file_name({"content-disposition": disposition}) == name


def test_the_name_in_the_content_type_is_the_second_best() -> None:
    assert file_name({"content-type": b"application/pdf; name=a.pdf"}) == "a.pdf"
    both = {"content-type": b"application/pdf; name=a.pdf", "content-disposition": b"attachment; filename=b.pdf"}
    assert file_name(both) == "b.pdf"


def test_a_name_is_bounded() -> None:
    assert len(file_name({"content-disposition": b"attachment; filename=" + b"a" * 100_000})) == 255


def test_what_is_no_media_type_is_the_default() -> None:
    assert content_type(b"nonsense; charset=x", "text/plain").value == "text/plain"
    assert content_type(b"Text/HTML;charset=X", "text/plain").value == "text/html"


def test_a_multipart_of_no_kind_is_one_all_the_same() -> None:
    assert content_type(b"Multipart/; boundary=b", "text/plain").value == "multipart/mixed"
    assert content_type(b"multipart; boundary=b", "text/plain").value == "text/plain"


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    assert len(file_name({"content-disposition": b"attachment;" + raw, "content-type": raw})) <= 255


@given(
    st.lists(st.sampled_from([b"; ", b"filename", b"*", b"0", b"=", b'"', b"\\", b"''", b"%", b"%c3", b"=?", b"?="]))
)
def test_no_soup_of_parameters_makes_it_raise(pieces: list[bytes]) -> None:
    file_name({"content-disposition": b"attachment; filename" + b"".join(pieces)})
