"""A caught message, from its bytes to the judgement: every byte string gets one, within the bounds of docs/speed.md."""

import base64
import json
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from fuzzing.target import Target
from fuzzing.told import FORMS, TRAP
from tests.reporter.caught import MESSAGE, an_envelope
from trapline.config.names import domain_name
from trapline.config.settings import Settings
from trapline.reporter.evidence.collect import MAX_SUBJECT_CHARS, collect
from trapline.reporter.evidence.evidence import Evidence
from trapline.reporter.evidence.links import MAX_URLS
from trapline.reporter.evidence.urls import MAX_URL_CHARS, normal
from trapline.reporter.indicators import Report
from trapline.reporter.judge import Context, Judgement, context, judge
from trapline.reporter.overview.description import describe
from trapline.reporter.parsing.attachments import MAX_ATTACHMENTS
from trapline.reporter.parsing.message import MAX_PARTS, MAX_TEXT_BYTES, parse
from trapline.traps.file import parse as parse_traps
from trapline.traps.matching import TrapSet

SAMPLES = Path(__file__).parents[2] / "tests" / "data" / "messages"
DOCUMENTS = SAMPLES.parent / "documents"
ENVELOPE = an_envelope(mail_from="bounce@pills-shop.com")


@cache
def traps() -> TrapSet:
    """The one trap that a message may tell."""
    return TrapSet(parse_traps(Path("traps"), f"{TRAP}  old shop page"))


@cache
def as_configured() -> Context:
    """A reporter that believes its server's authentication results."""
    settings = Settings.model_validate({"reporter": {"authserv_ids": ["mx.trap-mx.com"]}})
    return context(settings, traps().domains)


def check(data: bytes) -> None:
    """A judgement within the bounds, of names and URLs in normal form, that can be kept and printed."""
    message = parse(data)
    assert len(message.types) <= MAX_PARTS
    assert sum(len(part.text) for part in message.texts) <= 2 * MAX_TEXT_BYTES
    judgement = judge(data, ENVELOPE, as_configured())
    if not judgement.evidence.readable:
        collect(message, ENVELOPE, None)
        raise AssertionError("not readable because of the authentication")
    _check_evidence(judgement.evidence)
    _check_reports(judgement)
    _check_storable(judgement)


def _check_evidence(evidence: Evidence) -> None:
    assert len(evidence.urls) <= MAX_URLS
    for seen in evidence.urls:
        again = normal(seen.url.text)
        assert again is not None, "a normalised URL is none any more"
        # What was cut before a `?` may end in a quote, which `normal` takes for one around a link.
        assert again == seen.url or seen.url.text.endswith(("'", "`")), "a URL's normal form has another one"
        assert len(seen.url.text) <= 4 * MAX_URL_CHARS
    assert len(evidence.subject or "") <= MAX_SUBJECT_CHARS
    assert len(evidence.content.attachments) <= MAX_ATTACHMENTS


def _check_reports(judgement: Judgement) -> None:
    for judged in judgement.judged:
        if judged.indicator.kind == "domain" and isinstance(judged.decision, Report):
            assert domain_name(judged.indicator.value) == judged.indicator.value, "what is reported is no domain"


def _check_storable(judgement: Judgement) -> None:
    """UTF-8 without NUL: PostgreSQL takes nothing else."""
    evidence = judgement.evidence
    decided = [(one.indicator.value, getattr(one.decision, "reason", "")) for one in judgement.judged]
    results = None if evidence.auth is None else (evidence.auth.spf, evidence.auth.dkim, evidence.auth.dmarc)
    kept = json.dumps([decided, evidence.content.to_json(), evidence.error, results], ensure_ascii=False)
    kept.encode("utf-8")
    assert "\\u0000" not in kept, "NUL"
    json.dumps(describe("file", judgement))


def seeds() -> Iterator[bytes]:
    """The tests' messages, and one of each kind of part."""
    yield MESSAGE
    yield from (path.read_bytes() for path in sorted(SAMPLES.glob("*.eml")))
    head = b"From: News <news@pills-now.com>\nSubject: =?utf-8?q?B=C3=BCy?=\nMIME-Version: 1.0\n"
    page = (
        b'<html><base href="http://pills-now.com/a/"><body style="color:#fff"><p>Hi &lt;b&gt;</p>'
        b'<a href="x?u=1&amp;v=2">here</a><img src=//pics.pills-now.com/1.png width=1>'
        b'<div style="display:none">no</div>'
        b"<script>location='http://other-pills.com/'</script><form action=http://11.2.3.4/f></form></body></html>"
    )
    yield head + b"Content-Type: text/html; charset=utf-8\n\n" + page
    yield head + b"Content-Type: text/html; charset=utf-16\nContent-Transfer-Encoding: base64\n\nPABhAD4A\n"
    yield (
        head + b'Content-Type: multipart/mixed; boundary="b"\n\npre\n--b\nContent-Type: multipart/alternative;'
        b" boundary=c\n\n--c\n\nSee hxxp://pills-now[.]com/a and www.pills-now.com\n--c\n"
        b"Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<a href=3D'http://pills-now.com'>=\n"
        b"x</a>\n--c--\n--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nhttp://inner-pills.com\n--b\n"
        b"Content-Type: application/pdf; name*0*=utf-8''%41; name*1=b.pdf\nContent-Disposition: attachment\n"
        b"Content-Transfer-Encoding: base64\n\nJVBERi0x\n--b--\nend\n"
    )
    yield (
        head + b"Authentication-Results: mx.trap-mx.com; spf=pass smtp.mailfrom=pills-shop.com; dkim=pass"
        b" header.d=pills-now.com; dmarc=pass header.from=pills-now.com\nList-Unsubscribe: <http://pills-now.com/u?e="
        b"1>, <mailto:u@pills-now.com>\nReply-To: a@b-pills.com\nAuto-Submitted: auto-replied\nIn-Reply-To: <1@x>\n"
        b"\nx\n"
    )
    yield (
        head
        + b"Content-Type: text/html\n\n<style>.a{display:none}@media print{.b{color:#fff}}</style><a class=a href=/x>"
        b"<script>var link='https://pills-now.com/\\x61';location['href']=link;$.ajax({type:'POST',url:'//p'+'ills.com'});"
        b"document.write(atob('PGEgaHJlZj0iaHR0cDovL3BpbGxzLW5vdy5jb20iPng='))</script>"
        b"<embed src='data:text/html;charset=utf-8;base64,PGEgaHJlZj0iLy9waWxscy1ub3cuY29tIj4='>"
        b"<embed src='data:image/svg+xml,%3Ca href=//pills-now.com%3E'>"
        b"<iframe srcdoc='&lt;a href=//pills-now.com>'></iframe>"
        b"<!--[if mso]><v:roundrect href='http://pills-now.com'><![endif]-->"
        b"<form action-xhr=//pills-now.com><amp-img src=a>"
    )
    yield (
        head + b"Content-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: text/vcard\n\nURL:http\\://pil\n ls.com/x\nPHOTO:http://a.com/b.png\n"
        b"--b\nContent-Type: application/x; name=a.webloc\n\n<plist><string>http://pills-now.com</string>\n"
        b"--b\nContent-Type: application/x; name=a.url\n\nURL=http://pills-now.com/\nIconFile=http://a.com/b.ico\n"
        b"--b\n\n[![x](http://a.com/b.png)](http://pills-now.com/\xe2\x80\x8ea)\n--b--\n"
    )
    for name, coded in {
        path.name: base64.encodebytes(path.read_bytes()) for path in sorted(DOCUMENTS.iterdir())
    }.items():
        yield head + f"Content-Type: a/b; name={name}\nContent-Transfer-Encoding: base64\n\n".encode() + coded
    yield (
        head + b"Content-Type: application/pdf\n\n%PDF-1.7\n<</S/URI/URI(http:\\057/pills-now.com/(a))>>"
        b"/URI<687474703a2f2f612e636f6d>/#55RI (\xfe\xff\x00h)/ObjStm/Fl>>stream\n"
        + zlib.compress(b"/URI(http://b.com)")
    )
    yield head + b"\n" + b" ".join(f"http://p{n}.com/?u={form}".encode() for n, form in enumerate(FORMS)) + b"\n"


TARGET = Target(
    "message",
    check,
    seeds,
    words=(
        *(form.encode() for form in FORMS),
        b"\nContent-Type: multipart/mixed; boundary=b\n",
        b"\n--b\n",
        b"\nContent-Type: text/html; charset=",
        b"\nContent-Type: message/rfc822\n\n",
        b"\nContent-Transfer-Encoding: base64\n",
        b"\nContent-Transfer-Encoding: quoted-printable\n",
        b"\nContent-Disposition: attachment; filename=",
        b"http://",
        b"https://safelinks.protection.outlook.com/?url=",
        b"https://www.google.com/url?q=",
        b"<a href='",
        b"<base href=",
        b"<meta http-equiv=refresh content='0;url=",
        b"style='display:none'",
        b"<style>.a{display:none}</style>",
        b"@media print{",
        b"<script>",
        b"<iframe srcdoc='",
        b"<embed src='data:text/html;base64,",
        b"data:text/html;charset=utf-16,",
        b"<a onclick='",
        b"location.href=",
        b"document.write('<",
        b"innerHTML='<",
        b"atob('aHR0c",
        b"unescape('%3C",
        b"'+'",
        b"['href']",
        b"$.ajax({type:'POST',url:",
        b"fetch(",
        b"var link='//",
        b"\\x68",
        b"\\u{68}",
        b"\\ud83d",
        b"%u0068",
        b"<amp-img src=",
        b"<form action-xhr=",
        b"<!--[if mso]><v:roundrect href=",
        b"\nContent-Type: text/x-amp-html\n\n",
        b"\nContent-Type: text/vcard\n\n",
        b"URL:http\\://",
        b"PHOTO;VALUE=URI:",
        b"; name=a.webloc",
        b"; name=a.url",
        b"[InternetShortcut]\nURL=",
        b"; format=flowed; delsp=yes",
        b"[![x](http://",
        b"= \n",
        b"\xe2\x80\x8b",
        b"\xe2\x80\x8e",
        b"https://www.google.com/%75rl?q=",
        b"https://pills-com.cdn.ampproject.org/c/s/",
        b"https://view.officeapps.live.com/op/view.aspx?src=",
        b"utf-7",
        b"utf-16",
        b"iso-2022-jp",
        b"=?utf-8?b?",
        b"=?utf-8?q?",
        b"&#x40;",
        b"%00",
        b"\xed\xa0\x80",
        b"xn--",
        b"[.]",
    ),
    max_bytes=8_192,
)
