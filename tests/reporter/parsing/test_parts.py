from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.parsing.parts import MAX_DEPTH, MAX_PARTS, Part, raw_fields, split

MULTIPART = (
    b"From: a@pills.com\nContent-Type: multipart/mixed; boundary=B\n\npreamble\n"
    b"--B\nContent-Type: text/plain\n\nHello\n"
    b'--B\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="bill.pdf"\n\nPDF\n'
    b"--B--\nepilogue\n"
)

_LINES = st.sampled_from(
    [
        *(b"--B", b"--B--", b"--C", b"--C--", b"", b"text", b" folded", b"X: y", b"\xff\0", b"\r"),
        b"Content-Type: multipart/mixed; boundary=B",
        b"Content-Type: multipart/mixed; boundary=C",
        b"Content-Type: message/rfc822",
    ]
)


def whole(part: Part) -> bytes:
    return b"".join(part.segments())


@given(st.lists(_LINES, max_size=40).map(b"\n".join))
def test_the_pieces_joined_are_the_message_again(raw: bytes) -> None:
    assert whole(split(raw)) == raw


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message(raw: bytes) -> None:
    assert whole(split(raw)) == raw


@given(st.lists(_LINES, max_size=20).map(b"\n".join))
def test_the_fields_joined_are_the_header_again(raw: bytes) -> None:
    assert b"".join(raw_fields(raw)) == raw


def test_a_multipart_is_taken_apart_at_its_boundaries() -> None:
    text, bill = split(MULTIPART).children
    assert (text.type, text.body) == ("text/plain", b"Hello\n")
    assert (bill.type, bill.name, bill.attached) == ("application/pdf", "bill.pdf", True)


def test_an_attached_message_is_taken_apart_too() -> None:
    part = split(b"Content-Type: message/rfc822\n\nSubject: inner\n\nbody\n")
    assert [leaf.body for leaf in part.leaves()] == [b"body\n"]


def test_nesting_without_end_stays_one_piece_below_a_depth() -> None:
    raw = b"Content-Type: message/rfc822\n\n" * 500 + b"Subject: x\n\nbody\n"
    part, depth = split(raw), 0
    while part.children:
        part, depth = part.children[0], depth + 1
    assert depth == MAX_DEPTH


def test_parts_without_number_stay_one_piece() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=B\n\n" + b"--B\n\n\n" * (MAX_PARTS + 1)
    assert split(raw).children == ()
