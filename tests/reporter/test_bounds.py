"""Any byte string is a message: hostile ones are judged within the bounds of time and memory, and never lost.

Each is made and judged in a process of its own, whose memory and CPU time the kernel limits.
"""

import base64
import io
import multiprocessing
import re
import resource
import zipfile
import zlib
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.reporter.messages import envelope
from trapline.reporter.evidence import links, page_links, style_sheets
from trapline.reporter.judge import Context, judge
from trapline.reporter.parsing import attachments, documents, message, office, pdf
from trapline.spool import contents, header

MB = 1024 * 1024
MAX_MEMORY_BYTES = 1024 * MB  #: of addresses, libraries and the message itself among them
MAX_CPU_SECONDS = 60  #: on any machine, a slow and busy one too; an ordinary one takes a tenth


def page(body: bytes) -> bytes:
    return b"From: a@pills-now.com\nContent-Type: text/html\n\n" + body


def plain(body: bytes, *fields: bytes) -> bytes:
    return b"".join(field + b"\n" for field in fields) + b"Content-Type: text/plain\n\n" + body


def parts(one: bytes, count: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=b\n\n" + (b"--b\n" + one) * count


def nested(depth: int, inside: bytes) -> bytes:
    return b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(depth)) + inside


def attached(depth: int, inside: bytes) -> bytes:
    for _ in range(depth):
        coded = base64.encodebytes(inside)
        inside = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + coded
    return inside


HOSTILE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "50 MB of NULs": lambda: bytes(50 * MB),
    "50 MB of text": lambda: plain(b"buy at http://pills-now.com/a today\n" * (50 * MB // 36)),
    "50 MB of HTML": lambda: page(b"<p>buy <a href='http://pills-now.com/a'>here</a>\n" * (50 * MB // 48)),
    "a file of 36 MB": lambda: plain(
        base64.encodebytes(bytes(36 * MB)), b"Content-Disposition: attachment", b"Content-Transfer-Encoding: base64"
    ),
    "12,000 parts": lambda: parts(b"Content-Type: text/html\n\n<a href=http://pills-now.com>y</a>\n", 12_000),
    "12,000 files": lambda: parts(b"Content-Type: image/png; name*=utf-8''%41\n\nx\n", 12_000),
    "100,000 links": lambda: page(
        b"".join(b"<a href=http://pills%d.com/a?b=%d>y</a>" % (i, i) for i in range(100_000))
    ),
    "5,000 multiparts in each other": lambda: nested(5_000, b"x"),
    "49 multiparts around 8 MB": lambda: nested(49, b"--\n" * (8 * MB // 3)),
    "attached messages in each other": lambda: attached(12, bytes(MB // 4)),
    "a million header lines": lambda: b"A: b\n" * MB,
    "500,000 lines of one header": lambda: b"Subject: b\n" + b" =?utf-8?Q?a?=\n" * (MB // 2),
    "a million addresses": lambda: b"From: " + b"a@pills-now.com," * MB + b"\n\n",
    "a comment that never ends": lambda: b"From: " + b"(" * (4 * MB) + b"\n\n",
    "a type of 100,000 parameters": lambda: b"Content-Type: text/html" + b"; a*0=b" * 100_000 + b"\n\nx",
    "100,000 elements in each other": lambda: page(b"<table><b style='color:#fff'>" * 100_000),
    "an attribute of 5 MB": lambda: page(b"<a href='http://pills-now.com/" + b"a" * (5 * MB) + b"'>"),
    "a style of 5 MB": lambda: page(b"<a style='" + b"color:" * MB + b"'>"),
    "4,000 rules for each of many elements": lambda: page(
        b"<style>" + b"*{color:red}" * 4_000 + b"</style>" + b"".join(b"<p id=a%d>" % i for i in range(200_000))
    ),
    "400 rules for each of many elements, in 500 pages": lambda: parts(
        page(b"<style>" + b"*{color:red}" * 400 + b"</style>" + b"".join(b"<p id=a%d>\n" % i for i in range(1_200))),
        500,
    ),
    "brackets in a style sheet": lambda: page(b"<style>" + b"[:a(" * 45_000 + b"{color:red}</style>"),
    "semicolons in a style sheet": lambda: page(b"<style>" + "\u2003".encode() * 100_000 + b";" * 99_000 + b"</style>"),
    "500,000 style sheets": lambda: page(b"<style>a{color:red}</style>" * (MB // 4)),
    "300,000 attributes": lambda: page(b"<a " + b"".join(b"a%d=x " % i for i in range(300_000)) + b">"),
    "entities in entities": lambda: page(
        b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>"
        + b"".join(b"<!ENTITY %c '%s'>" % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(12))
        + b"]>&m;"
    ),
    "millions of brackets": lambda: page(b"<" * (2 * MB)),
    "comments that never end": lambda: page(b"<!--" * MB),
    "base64 of single letters": lambda: plain(b"a\n\n" * (2 * MB), b"Content-Transfer-Encoding: base64"),
    "base64 in a million pieces": lambda: plain(b"YQ==" * (4 * MB), b"Content-Transfer-Encoding: base64"),
    "quoted-printable of nothing else": lambda: plain(b"=" * (8 * MB), b"Content-Transfer-Encoding: quoted-printable"),
    "a charset that shifts": lambda: b"Content-Type: text/plain; charset=utf-7\n\n" + b"+AGE-" * MB,
    "names of dots": lambda: plain(b"a." * (2 * MB)),
    "links of schemes": lambda: plain(b"http://" * MB),
    "links of 3,500 parameters": lambda: plain(
        b"".join(b"http://pills-now.com/%d?" % i + b"a&" * 3_500 + b"anna@mx.com " for i in range(50)),
        b"To: anna@mx.com",
    ),
    "long links that name a recipient": lambda: plain(
        b" ".join(b"http://pills-now.com/?" + b"a%d=1&" % i * 390 + b"x=anna.long@mx.com" for i in range(3_000)),
        b"To: anna.long@mx.com",
    ),
    "comments for Outlook": lambda: page(b"<!--[if mso]><a href=http://pills-now.com></a><![endif]-->" * 20_000),
    "scripts": lambda: page(b"<script>location='http://pills-now.com/'</script>" * 50_000),
    "20,000 links to a hundred recipients": lambda: (
        b"To: "
        + b", ".join(b"a%d@firm%d.com" % (i, i) for i in range(100))
        + b"\n"
        + page(b"".join(b"<a href='https://x%d.com/?%064x&%b'>y</a>" % (i, i, b"a=%41b&" * 40) for i in range(20_000)))
    ),
    "20,000 links below a long base": lambda: page(
        b"<base href='http://pills-now.com/"
        + b"a/" * 3_900
        + b"'>"
        + b"".join(b"<a href=%d>" % i for i in range(20_000))
    ),
    "wrappers around wrappers": lambda: page(b"<a href='" + b"https://www.google.com/url?q=" * 200 + b"'>"),
}


def files(one: bytes, count: int) -> bytes:
    coded = base64.encodebytes(one)
    return parts(b"Content-Type: application/x; name=a\nContent-Transfer-Encoding: base64\n\n" + coded, count)


def archive(names: int, text: bytes) -> bytes:
    """An Office document of so many files of relationships."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", "")
        for number in range(names):
            made.writestr(f"{number}.rels", text)
    return out.getvalue()


def object_streams(inflated: bytes, count: int, damage: bytes = b"") -> bytes:
    deflated = zlib.compress(inflated)
    one = b"1 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\n" + deflated[: len(deflated) - len(damage)] + damage
    return b"%PDF-1.7\n" + one * count


HOSTILE |= {
    "PDFs of actions that never end": lambda: files(b"%PDF-1.7" + b"/URI(" * (4 * MB // 5), 10),
    "PDFs of brackets": lambda: files(b"%PDF-1.7" + (b"/URI(" + b"(aaa)" * 2_000) * 400, 10),
    "a PDF of an action of 8 MB in brackets": lambda: files(b"%PDF-1.7/URI(" + (b"(" + b"a" * 1_000 + b")") * 7_900, 1),
    "PDFs that inflate to actions of 4 MB in brackets": lambda: files(
        object_streams(b"/URI(" + (b"(" + b"a" * 1_000 + b")") * 3_980, 1), 10
    ),
    "PDFs of many links": lambda: files(
        b"%PDF-1.7" + b"".join(b"/URI(http://pills%d.com/)" % i for i in range(100_000)), 10
    ),
    "PDFs that inflate": lambda: files(object_streams(b"/URI(" * (4 * MB), 100), 10),
    "PDFs of object streams that hold nothing": lambda: files(object_streams(b"", 60_000), 10),
    "PDFs that inflate up to a damaged end": lambda: files(
        object_streams(bytes(4 * MB - 300_000), 2_000, damage=b"\xff" * 8), 6
    ),
    "documents that inflate": lambda: files(archive(8, b"<Relationship " + b"a='" * MB), 10),
    "documents of damaged files that inflate": lambda: files(
        re.sub(rb"(?<=PK\x01\x02.{12}).{4}", b"oops", archive(200, b" " * (2 * MB)), flags=re.DOTALL), 10
    ),
    "documents of many files": lambda: files(archive(20_000, b""), 5),
    "documents of many links": lambda: files(
        archive(200, b"".join(b"<Relationship TargetMode='External' Target='//p%d.com'/>" % i for i in range(1_000))), 9
    ),
}


def judged(name: str, answer: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
    judgement = judge(HOSTILE[name](), envelope(), Context())
    answer.send((len(judgement.judged), judgement.evidence.error))


def test_the_documentation_names_the_bounds() -> None:
    page = (Path(__file__).parents[2] / "docs" / "speed.md").read_text(encoding="utf-8")
    limits = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", page, re.MULTILINE))
    assert limits == {
        "what": "limit",
        "---": "---",
        "size; decoded size": f"{contents.MAX_FILE_BYTES // MB} MB; {message.MAX_DECODED_BYTES // MB} MB",
        "parts; levels": f"{message.MAX_PARTS:,}; {message.MAX_DEPTH}",
        "text": f"{message.MAX_TEXT_BYTES // MB} MB",
        "links per part; different links": f"{page_links.MAX_LINKS:,}; {links.MAX_URLS:,}",
        "characters in links; of them searched for recipients": (
            f"{links.MAX_JUDGED_CHARS // 1_000_000} million; {links.MAX_SEARCHED_CHARS // 1_000_000} million"
        ),
        "characters in a page's style sheets": f"{style_sheets.MAX_SHEET_CHARS:,}",
        "files": f"{attachments.MAX_ATTACHMENTS}",
        "documents (PDF, Office) whose links are read; size of each": (
            f"{documents.MAX_DOCUMENTS}; {documents.MAX_DOCUMENT_BYTES // 1_000_000} MB"
        ),
        "decompressed of each PDF; of each Office file": (
            f"{pdf.MAX_INFLATED_BYTES // 1_000_000} MB; {office.MAX_INFLATED_BYTES // 1_000_000} MB"
        ),
        "each header": f"{header.MAX_HEADER_BYTES // 1024} KB and {header.MAX_FIELDS:,} fields",
    }


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_is_judged_within_bounds(name: str) -> None:
    context = multiprocessing.get_context("forkserver")  # small from the start, whatever other tests have loaded
    context.set_forkserver_preload([__name__])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=judged, args=(name, theirs))
    process.start()
    theirs.close()
    try:
        indicators, error = ours.recv()
    except EOFError:
        pytest.fail(f"the process ended with {process.exitcode}: out of time, or of memory")
    finally:
        process.join()
    assert indicators >= 1
    assert error is None or "the rest was not" in error or "was not read" in error
