"""Where attached documents lead to: PDF and Office. Files of real programs are in tests/data/documents."""

import io
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.parsing.documents import document_links, is_document

DOCUMENTS = Path(__file__).parents[2] / "data" / "documents"
URL = "http://pills-now.com/x"


def pdf(objects: bytes) -> bytes:
    return b"%PDF-1.7\n1 0 obj\n" + objects + b"\nendobj\n%%EOF"


def object_stream(objects: bytes, above: bytes = b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode>>") -> bytes:
    return pdf(above + b"\nstream\r\n" + zlib.compress(objects) + b"\nendstream")


def relationship(target: str, kind: str = "hyperlink", more: str = 'TargetMode="External"') -> str:
    there = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return f'<Relationship Id="rId1" Type="{there}/{kind}" Target="{target}" {more}/>'


def office(
    *relations: str,
    name: str = "word/_rels/document.xml.rels",
    method: int = zipfile.ZIP_DEFLATED,
    encoding: str = "utf-8",
) -> bytes:
    """With a file of these relations each; all have the `name`, but for digits behind the first."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for number, one in enumerate(relations):
            text = f"<?xml version='1.0'?><Relationships>{one}</Relationships>"
            archive.writestr(f"{number or ''}{name}", text.encode(encoding))
    return out.getvalue()


@pytest.mark.parametrize("name", ["plain.pdf", "compressed.pdf", "sheet.xlsx"])
def test_the_link_of_a_document_that_a_real_program_wrote_is_found(name: str) -> None:
    assert document_links((DOCUMENTS / name).read_bytes()) == ("https://pills-now.com/a(b)?u=1&v=2",)


ACTIONS = {
    "a string": b"<</S/URI/URI(http://pills-now.com/x)>>",
    "with blanks": b"/URI \r\n (http://pills-now.com/x)",
    "with escapes": rb"/URI(http:\057\57pills\055now.com/x)",
    "over two lines": b"/URI(http://pills-\\\nnow.com/x)",
    "in hex": b"/URI<" + URL.encode().hex(" ").encode() + b">",
    "in UTF-16": b"/URI(\xfe\xff" + URL.encode("utf-16-be") + b")",
    "with a name in hex": b"/#55R#49(http://pills-now.com/x)",
}


@pytest.mark.parametrize("way", ACTIONS)
def test_a_link_of_a_pdf_is_found_as(way: str) -> None:
    assert document_links(pdf(ACTIONS[way])) == (URL,)


def test_brackets_of_a_link_that_are_balanced_are_part_of_it() -> None:
    assert document_links(pdf(rb"/URI(http://pills-now.com/a(b)c\)d)")) == ("http://pills-now.com/a(b)c)d",)


def test_an_action_that_is_longer_than_any_link_is_none_and_the_next_one_is() -> None:
    assert document_links(pdf(b"/URI(" + b"(aaa)" * 2_000 + b")/URI(" + URL.encode() + b")")) == (URL,)


def test_a_hex_string_of_odd_length_ends_with_a_zero() -> None:
    digits = b"http://pills-now.com/p".hex().encode().removesuffix(b"0")
    assert document_links(pdf(b"/URI<" + digits + b">")) == ("http://pills-now.com/p",)


@pytest.mark.parametrize(
    "link", ["logo.ai", "photos.zip", "www.pdf", "a.b.zip", "//a.com/", "mailto:a@b.com", "a@b.com"]
)
def test_a_link_without_a_host_leads_to_a_file_beside_the_document(link: str) -> None:
    assert document_links(pdf(b"/URI(" + link.encode() + b")")) == ()
    assert document_links(office(relationship(link))) == ()


@pytest.mark.parametrize(
    "link", ["www.pills-now.com", "pay.pills-now.com/x", "HTTPS:pills-now.com", "\nht\ntp://p.com"]
)
def test_a_link_that_a_reader_opens_as_one_to_the_web_is_found(link: str) -> None:
    assert len(document_links(pdf(b"/URI(" + link.encode() + b")"))) == 1


def test_what_only_begins_like_an_action_is_none() -> None:
    assert document_links(pdf(b"/URIs(http://a.com) /URI 5 0 R (http://b.com) URI(http://c.com)")) == ()


STREAMS = {
    "deflated": object_stream(b"/URI(http://pills-now.com/x)"),
    "by its short name": object_stream(b"/URI(http://pills-now.com/x)", b"<</Filter[/Fl]/Type /Obj#53tm>>"),
    "by a name in another object": object_stream(b"/URI(http://pills-now.com/x)", b"<</Filter 7 0 R/Type/ObjStm>>"),
    "behind a long dictionary": object_stream(b"/URI(http://pills-now.com/x)", b"<</Type/ObjStm/Fl" + b" " * 9_000),
    "behind a line that ends as readers let it": object_stream(b"/URI(http://pills-now.com/x)").replace(
        b"stream\r\n", b"stream \r"
    ),
    "with a false checksum": pdf(b"<</Type/ObjStm/Fl>>stream\n" + zlib.compress(ACTIONS["a string"])[:-4] + b"oops"),
    "behind another": object_stream(b"") + object_stream(b"/URI(http://pills-now.com/x)"),
    "behind a damaged one": object_stream(b"").replace(b"\x78\x9c", b"xx")
    + object_stream(b"/URI(" + URL.encode() + b")"),
}


@pytest.mark.parametrize("way", STREAMS)
def test_a_link_in_a_compressed_object_stream_is_found(way: str) -> None:
    assert document_links(STREAMS[way]) == (URL,)


def test_other_streams_of_a_pdf_are_left_alone() -> None:
    assert document_links(object_stream(b"/URI(http://a.com)", b"<</Type/XObject/Filter/FlateDecode>>")) == ()


def test_a_pdf_is_known_within_its_first_kilobyte() -> None:
    assert is_document(b"junk\n" * 100 + pdf(b""))
    assert not is_document(b"junk\n" * 1_000 + pdf(b""))


def test_a_file_that_is_both_is_read_as_both() -> None:
    both = office(relationship(URL), name="%PDF-1.7/URI(http://a.com).rels", method=zipfile.ZIP_STORED)
    assert document_links(both) == ("http://a.com", URL)


def test_links_of_an_office_document_are_found_once_with_what_it_loads_and_pictures_are_not() -> None:
    inner = relationship("styles.xml", "styles", "")
    picture = relationship("http://pics.com/a.png", "image")
    template = relationship("http://evil.com/t?a=1&amp;b=2", "attachedTemplate")
    data = office(inner + picture + relationship(URL) + template + relationship(URL).replace('"', "'"))
    assert document_links(data) == (URL, "http://evil.com/t?a=1&b=2")


def test_files_of_an_archive_that_are_no_relationships_are_not_read() -> None:
    assert document_links(office(relationship(URL), name="word/document.xml")) == ()


@pytest.mark.parametrize("kind", ["externalLinkPath", "externalLinkLongPath", "xlExternalLinkPath/xlPathMissing"])
def test_a_workbook_that_another_one_reckons_with_is_no_link(kind: str) -> None:
    assert document_links(office(relationship("https://bakery-anna.com/prices.xlsx", kind))) == ()


WAYS_OF_RELATIONS = {
    "in UTF-16": office(relationship(URL), encoding="utf-16"),
    "with a bare > in a value": office(relationship(URL).replace("Id=", "Id='>' a=")),
    "with an entity in its mode": office(relationship(URL).replace("Ext", "&#69;xt")),
    "in a file named in capitals": office(relationship(URL), name="WORD/_RELS/DOCUMENT.XML.RELS"),
}


@pytest.mark.parametrize("way", WAYS_OF_RELATIONS)
def test_a_link_of_an_office_document_is_found(way: str) -> None:
    assert document_links(WAYS_OF_RELATIONS[way]) == (URL,)


def test_a_damaged_file_of_an_archive_hides_no_other() -> None:
    data = bytearray(office(relationship("http://b.com"), relationship(URL), name="a.rels"))
    data[data.index(b"a.rels") + len("a.rels")] ^= 0xFF  # the deflated bytes begin there
    assert document_links(bytes(data)) == (URL,)


def test_an_archive_that_is_no_document_is_left_alone() -> None:
    assert not is_document(office(relationship(URL)).replace(b"[Content_Types].xml", b"[content_Typos].xml"))


def test_a_method_of_compression_that_office_does_not_know_is_left_alone() -> None:
    assert document_links(office(relationship(URL), method=zipfile.ZIP_LZMA)) == ()


def test_a_damaged_document_gives_what_can_be_read() -> None:
    whole = office(relationship(URL))
    assert document_links(whole[: len(whole) // 2]) == ()


PIECES = [
    *(b"/URI", b"(", b")", b"\\", b"<", b">", b"41", b"\xfe\xff"),
    *(b"/ObjStm", b"/Fl", b"obj", b"stream\n", zlib.compress(b"/URI(a)")),
]


@given(st.lists(st.sampled_from(PIECES)))
def test_no_pdf_makes_it_raise(pieces: list[bytes]) -> None:
    assert all(isinstance(link, str) for link in document_links(b"%PDF-" + b"".join(pieces)))


@given(st.integers(0, 400), st.binary(max_size=8))
def test_no_archive_makes_it_raise(place: int, damage: bytes) -> None:
    data = office(relationship(URL))
    damaged = data[:place] + damage + data[place + len(damage) :]
    if is_document(damaged):
        assert all(isinstance(link, str) for link in document_links(damaged))
