"""The sample of a caught message: however the trap is written into the message, the sample does not tell it."""

import base64
import json
from collections.abc import Iterator

from fuzzing.target import Target
from fuzzing.targets import message
from fuzzing.told import FORMS, TRAP, message_tells
from tests.reporter.caught import an_envelope
from trapline.reporter.parts import split
from trapline.reporter.redaction import ours
from trapline.reporter.sample import ROOM_BYTES, Sample, prepare

_ENVELOPE = an_envelope(mail_from="bounce@pills-shop.com")
_IS_OURS = ours(lambda text: text.lower() == TRAP, frozenset({"trap-mx.com"}))


def check(data: bytes) -> None:
    """A message in pieces is still the message; its sample fits, can be stored, and tells nobody."""
    assert b"".join(split(data).segments()) == data, "taking it apart changes it"
    prepared = prepare(data, _ENVELOPE, _IS_OURS)
    if not isinstance(prepared, Sample):
        return
    text = prepared.text
    assert len(json.dumps(text, ensure_ascii=False).encode("utf-8")) - 2 <= ROOM_BYTES
    assert "\0" not in text
    assert (found := message_tells(text)) is None, f"the trap stands in the sample ({found})"


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
