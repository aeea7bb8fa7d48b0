"""A caught message, from its bytes to what would be submitted: parsed, judged, and made ready to be sent.

Every byte string gets a judgement, within the bounds that docs/speed.md names; nothing that is reported tells the trap,
and all of it can be stored and sent.
"""

import json
import logging
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from fuzzing.target import Target
from fuzzing.told import FORMS, LOCAL, TRAP, tells
from tests.reporter.caught import MESSAGE, an_envelope
from trapline.config.settings import Settings
from trapline.reporter.description import describe
from trapline.reporter.evidence.collect import collect
from trapline.reporter.evidence.urls import normal
from trapline.reporter.indicators import Report
from trapline.reporter.judge import Context, Judgement, context
from trapline.reporter.message import MAX_PARTS, MAX_TEXT_BYTES, parse
from trapline.reporter.planning import MAX_OF_A_KIND, Planner, Taken
from trapline.reporter.portal import MAX_REQUEST_BYTES, request_body
from trapline.traps.file import parse as parse_traps
from trapline.traps.matching import TrapSet

SAMPLES = Path(__file__).parents[2] / "tests" / "data" / "messages"
_ENVELOPE = an_envelope(mail_from="bounce@pills-shop.com")
_MAX_REASON = 255


@cache
def _traps() -> TrapSet:
    return TrapSet(parse_traps(Path("traps"), f"{TRAP}  old shop page"))


@cache
def _context() -> Context:
    settings = Settings.model_validate({"reporter": {"authserv_ids": ["mx.trap-mx.com"]}})
    return context(settings, _traps().domains)


@cache
def _planner() -> Planner:
    logging.getLogger("trapline").setLevel(logging.CRITICAL)  # a defect is raised here, not logged
    return Planner(_context(), _traps())


def check(data: bytes) -> None:
    """A judgement within the bounds; what is reported tells nobody and fits the portal."""
    taken = _planner().plan(_ENVELOPE, data, whole=True)
    message = parse(data)
    if not taken.evidence.readable:
        collect(message, _ENVELOPE, None)
        raise AssertionError("not readable because of the authentication")
    assert len(message.types) <= MAX_PARTS
    assert sum(len(part.text) for part in message.texts) <= 2 * MAX_TEXT_BYTES
    _check_reports(taken)
    _check_storable(taken)


def _check_reports(taken: Taken) -> None:
    reported = [plan for plan in taken.plans if isinstance(plan.judged.decision, Report)]
    for plan in reported:
        kind = plan.judged.indicator.kind
        assert plan.content, f"an empty {kind} is reported"
        assert len(request_body("source-of-spam", plan.reason, plan.content)) <= MAX_REQUEST_BYTES
        assert len(plan.reason) <= _MAX_REASON
        assert tells(plan.reason) is None, f"the reason of {kind} tells the trap"
        if kind != "email":  # the target `sample` reads that one
            assert tells(plan.content) is None, f"the {kind} tells the trap"
        if kind == "url":
            again = normal(plan.content)
            assert again is not None, "what is reported is no URL any more"
            assert again.text == plan.content, "a URL's normal form has another one"
        number = sum(other.judged.indicator.kind == kind for other in reported)
        assert number <= MAX_OF_A_KIND


def _check_storable(taken: Taken) -> None:
    """UTF-8 without NUL, which PostgreSQL refuses; the subject and the files' names are shown, so they tell nobody."""
    decided = [
        (one.indicator.value, one.indicator.sources, getattr(one.decision, "reason", "")) for one in taken.judged
    ]
    content = taken.evidence.content.to_json()
    auth = taken.evidence.auth
    results = None if auth is None else (auth.spf, auth.dkim, auth.dmarc)
    kept = json.dumps([decided, content, taken.subject, taken.evidence.error, results], ensure_ascii=False)
    kept.encode("utf-8")
    assert "\\u0000" not in kept, "NUL"
    shown = json.dumps([taken.subject, content])
    assert LOCAL not in shown.lower(), "the subject or a file's name tells the trap"
    json.dumps(describe("file", Judgement(taken.evidence, tuple(taken.judged), taken.listing)))


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
