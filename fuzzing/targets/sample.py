"""What is submitted of a caught message: however the trap is written into it, neither sample nor link tells it."""

import base64
import json
from collections.abc import Iterator
from functools import cache

from fuzzing.target import Target
from fuzzing.targets import message
from fuzzing.told import FORMS, LOCAL, SECRETS, TRAP, WHOLE, message_tells, tells
from trapline.reporter.indicators import Report
from trapline.reporter.parsing.parts import split
from trapline.reporter.planning import MAX_OF_A_KIND, Planned, Planner
from trapline.reporter.submission.portal import MAX_REQUEST_BYTES, request_body

_MAX_REASON = 255  #: characters


@cache
def _planner() -> Planner:
    return Planner(message.as_configured(), message.traps())


def check(data: bytes) -> None:
    """In pieces the message is still the message; what is reported, and what is shown of it, tells nobody."""
    assert b"".join(split(data).segments()) == data, "taking it apart changes it"
    taken = _planner().plan(message.ENVELOPE, data, whole=True)
    reported = [plan for plan in taken.plans if isinstance(plan.judged.decision, Report)]
    for plan in reported:
        _check_report(plan)
    kinds = [plan.judged.indicator.kind for plan in reported]
    assert all(kinds.count(kind) <= MAX_OF_A_KIND for kind in kinds)
    shown = json.dumps([taken.subject, taken.evidence.content.to_json()])
    assert LOCAL not in shown.lower(), "the subject or a file's name tells the trap"


def _check_report(plan: Planned) -> None:
    kind = plan.judged.indicator.kind
    assert plan.content, f"an empty {kind} is reported"
    assert "\0" not in plan.content
    assert len(plan.reason) <= _MAX_REASON
    assert len(request_body("source-of-spam", plan.reason, plan.content)) <= MAX_REQUEST_BYTES
    assert (found := tells(plan.reason)) is None, f"the trap stands in the reason of the {kind} ({found})"
    # A domain for each recipient would tell him whatever it is called; only the address itself may not be in it.
    secrets = WHOLE if kind == "domain" else SECRETS
    found = message_tells(plan.content) if kind == "email" else tells(plan.content, secrets)
    assert found is None, f"the trap stands in the {kind} ({found})"


def seeds() -> Iterator[bytes]:
    """The message target's, and the trap in each place and form."""
    yield from message.seeds()
    head = "From: n@pills-shop.com\nTo: {trap}\nSubject: for {form}\nX-A: {form}\n"
    for form in FORMS:
        yield (head + "\nDear {form},\nhttp://p.com/?u={form}&x=1\n").format(trap=TRAP, form=form).encode()
        coded = base64.encodebytes(f"Dear {form}, hi".encode()).decode()
        yield (
            (head + "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{coded}")
            .format(trap=TRAP, form=form, coded=coded)
            .encode()
        )
    part = "Content-Type: {kind}; name={form}\nContent-Transfer-Encoding: 8bit\nContent-ID: <{form}>\n\nx {form}\n"
    for form in FORMS[:4]:
        inner = "".join("--b\n" + part.format(kind=kind, form=form) for kind in ("text/plain", "image/svg+xml"))
        yield f"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n{form}\n{inner}--b--\n{form}\n".encode()


TARGET = Target("sample", check, seeds, words=message.TARGET.words, max_bytes=4_096)
