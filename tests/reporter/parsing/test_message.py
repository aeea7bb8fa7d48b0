"""Any byte string is a message: what is read of it, and what bounds it."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.parsing import message as module
from trapline.reporter.parsing.attachments import Attachment
from trapline.reporter.parsing.message import Message, parse


def texts(data: bytes) -> list[str]:
    return [part.text.strip() for part in parse(data).texts]


def multipart(*parts: bytes, end: bytes = b"--b--\n", kind: bytes = b"mixed") -> bytes:
    head = b"Content-Type: multipart/" + kind + b'; boundary="b"\n\npreamble\n'
    return head + b"".join(b"--b\n" + part + b"\n" for part in parts) + end


def test_header_fields_are_unfolded_and_kept_in_order() -> None:
    message = parse(b"Received: one\n\tmore\r\nReceived: two\nSubject:  Hi \n\nbody")
    assert message.fields == (("received", b"one more"), ("received", b"two"), ("subject", b"Hi"))


def test_a_message_without_any_header_is_all_text() -> None:
    assert texts(b"Just a line\nand another") == ["Just a line\nand another"]


def test_an_mbox_line_on_top_is_passed_over() -> None:
    assert parse(b"From anna Mon Jan  1\nSubject: x\n\nb").value("subject") == b"x"


def test_every_text_part_is_read_and_attachments_of_other_kinds_are_not() -> None:
    data = multipart(
        b"Content-Type: text/plain\n\nplain",
        b"Content-Type: text/html\n\n<b>html</b>",
        b"Content-Type: application/pdf\n\n%PDF",
    )
    assert [(part.html, part.text.strip()) for part in parse(data).texts] == [(False, "plain"), (True, "<b>html</b>")]


def test_a_boundary_that_is_never_closed_lasts_until_the_end() -> None:
    assert texts(multipart(b"\none", b"\ntwo", end=b"")) == ["one", "two"]


def test_a_multipart_without_a_boundary_is_read_by_its_first_delimiter() -> None:
    data = b"Content-Type: multipart/mixed\n\n--guess\nContent-Type: text/plain\n\none\n--guess--\n"
    assert texts(data) == ["one"]


def test_a_multipart_without_any_delimiter_is_read_as_text() -> None:
    assert texts(b"Content-Type: multipart/mixed; boundary=x\n\nhttp://pills.com/") == ["http://pills.com/"]


def test_a_boundary_in_the_middle_of_a_line_is_none() -> None:
    assert texts(multipart(b"\none --b\ntwo")) == ["one --b\ntwo"]


def test_boundaries_in_the_middle_of_lines_do_not_hide_the_parts_below_them() -> None:
    assert texts(multipart(b"\none --b\n" * (module.MAX_PARTS + 1), b"\ntwo"))[-1] == "two"


def test_parts_of_a_digest_are_messages() -> None:
    inner = b"\nSubject: x\nContent-Type: text/html\n\n<p>inner</p>"
    assert [part.html for part in parse(multipart(inner, kind=b"digest")).texts] == [True]


def test_attached_messages_are_read_coded_or_not() -> None:
    plain = multipart(b"Content-Type: message/rfc822\n\nSubject: x\n\ninside")
    coded = multipart(b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKaW5zaWRl")
    assert texts(plain) == texts(coded) == ["inside"]


def test_an_html_file_attached_as_bytes_is_html() -> None:
    data = multipart(b'Content-Type: application/octet-stream; name="Invoice.HTM"\n\n<a href="x">')
    assert [part.html for part in parse(data).texts] == [True]


def test_deep_nesting_ends_at_its_bound_and_says_so() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(500))
    message = parse(nested + b"\ntext")
    assert len(message.types) <= module.MAX_DEPTH + 1
    assert message.problem is not None
    assert "nested deeper" in message.problem


def test_the_number_of_parts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PARTS", 50)
    message = parse(multipart(*[b"\nx"] * 100))
    assert len(message.texts) < 50
    assert message.problem == "more than 50 parts: the rest was not read"


def test_the_text_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TEXT_BYTES", 100)
    message = parse(multipart(b"\n" + b"a" * 90, b"\n" + b"b" * 90, b"\nc"))
    assert sum(len(part.text) for part in message.texts) == 100
    assert message.problem == "more than 100 bytes of text: the rest was not read"


def test_a_header_of_many_continuation_lines_takes_linear_time() -> None:
    message = parse(b"A:\n" + b" x\n" * 500_000)
    assert len(message.fields) == 1


@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert isinstance(parse(data), Message)


@given(st.lists(st.sampled_from([b"--b\n", b"--b--\n", b"Content-Type: ", b"multipart/mixed; boundary=b\n",
    b"message/rfc822\n", b"\n", b"text\n", b'text/html; charset="', b"\0", b"Content-Transfer-Encoding: base64\n"]),
    max_size=30))  # fmt: skip
def test_no_mixture_of_mime_makes_it_raise(pieces: list[bytes]) -> None:
    assert isinstance(parse(b"Content-Type: multipart/mixed; boundary=b\n" + b"".join(pieces)), Message)


def test_files_are_kept_by_name_type_size_and_digest_of_what_is_in_them() -> None:
    data = multipart(
        b"Content-Type: text/plain\n\nbody",
        b'Content-Type: application/pdf; name="a.pdf"\nContent-Transfer-Encoding: base64\n\naGVsbG8=',
        b"Content-Type: image/png\nContent-ID: <x>\n\npng",
        b"Content-Type: text/plain\nContent-Disposition: attachment\n\nnotes",
    )
    hello = hashlib.sha256(b"hello").hexdigest()
    assert parse(data).attachments[0] == Attachment("a.pdf", "application/pdf", 5, hello)
    assert [one.type for one in parse(data).attachments] == ["application/pdf", "image/png", "text/plain"]


def test_a_files_type_is_kept_as_what_a_line_and_a_database_take() -> None:
    (found,) = parse(b"Content-Type: application/x\0\x1b[31m\xff\n\nx").attachments
    assert found.type == "application/x??[31m?"


def test_an_attached_message_is_a_file_and_its_own_files_are_evidence_too() -> None:
    inner = multipart(b"Content-Type: application/zip; name=x.zip\n\nPK")
    data = multipart(
        b'Content-Type: message/rfc822; name="fwd.eml"\n\n' + inner.replace(b"--b", b"--c").replace(b'"b"', b'"c"')
    )
    assert [one.name for one in parse(data).attachments] == ["fwd.eml", "x.zip"]


def test_files_past_the_bound_are_only_counted() -> None:
    message = parse(multipart(*[b"Content-Type: image/gif\n\nx"] * 200))
    assert (len(message.attachments), message.files, message.problem) == (50, 200, None)


def test_no_more_is_decoded_than_the_bound_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_DECODED_BYTES", 1_000)
    message = parse(multipart(*[b"Content-Type: image/gif\n\n" + b"x" * 400] * 3))
    assert (len(message.attachments), message.files) == (2, 3)
    assert message.problem == "more than 1000 bytes to decode: the rest was not read"


PDF = b"Content-Type: application/octet-stream; name=a.pdf\n\n%PDF-1.7 /URI(http://pills-now.com/"


def test_links_of_attached_documents_are_read_whatever_they_are_called() -> None:
    documents = parse(multipart(PDF + b"1)", PDF + b"2)")).documents
    assert documents == (("http://pills-now.com/1",), ("http://pills-now.com/2",))


def test_documents_past_the_bound_are_not_read_and_it_says_so() -> None:
    message = parse(multipart(*[PDF + b"1)"] * 11))
    assert len(message.documents) == 10
    assert message.problem == "more than 10 documents: the rest was not read"


def test_a_document_that_is_too_large_is_not_read_and_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_DOCUMENT_BYTES", 20)
    message = parse(multipart(PDF + b"1)"))
    assert message.documents == ()
    assert message.problem == "a document of more than 20 bytes: it was not read"


@pytest.mark.parametrize("name", ["x.html", "x.SVG", "x.shtml"])
def test_a_file_that_opens_in_a_browser_is_read_as_html_whatever_its_type(name: str) -> None:
    data = multipart(f"Content-Type: application/octet-stream; name={name}\n\n<a href=x>".encode())
    assert [part.html for part in parse(data).texts] == [True]


def test_a_saved_message_is_read_whatever_its_type() -> None:
    data = multipart(b"Content-Type: application/octet-stream; name=x.eml\n\nSubject: x\n\ninside")
    assert texts(data) == ["inside"]


def test_an_attached_shortcut_is_read() -> None:
    shortcut = (
        b"Content-Type: application/octet-stream; name=Bill.url\n\n[InternetShortcut]\r\nURL=https://pills.com/x\r\n"
    )
    assert "https://pills.com/x" in parse(shortcut).texts[0].text


@pytest.mark.parametrize("junk", [b"X-%d: y\n", b"X-%d: y\n folded\n"])
def test_header_fields_before_it_do_not_hide_the_text(junk: bytes) -> None:
    coded = base64.b64encode(b"<a href='http://pills.com'>")
    told = b"From: a@pills.com\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\n" + coded
    message = parse(b"".join(junk % number for number in range(2_100)) + told)
    assert [text.text for text in message.texts] == ["<a href='http://pills.com'>"]
    assert message.value("from") == b"a@pills.com"
    assert message.problem is not None
    assert "header fields" in message.problem


def test_a_header_that_is_too_large_to_be_read_is_said() -> None:
    message = parse(b"X-1: " + b"y" * 600_000 + b"\nFrom: a@pills.com\n\nHello")
    assert message.problem is not None
    assert "header" in message.problem
