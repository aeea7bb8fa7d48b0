"""Whether anything of a trap is left in what would be sent: `python -m benchmarks.redaction FOLDER [--every N]`.

Takes every `*.eml` below FOLDER, and puts a trap's address where its old recipient stood, in header, text and links, in
each encoding (tests/reporter/encodings.py); then makes the sample, and reads it as Python's email package does:
the address, its local part, its domain and the encoded forms of all of them must be nowhere. Prints how many samples
were made, what was found in them, how large the requests are and how long it took. Nothing is fetched or sent.
"""

import argparse
import email
import html
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote, unquote

from tests.reporter.encodings import ENCODINGS
from trapline.reporter.evidence.addresses import addresses
from trapline.reporter.indicators import Skip
from trapline.reporter.parsing.parts import Part, encoded, mapped, split
from trapline.reporter.parsing.transfer import decoded_body
from trapline.reporter.redaction.redaction import ours
from trapline.reporter.redaction.sample import prepare
from trapline.reporter.submission.portal import MAX_REQUEST_BYTES, request_body
from trapline.spool.envelope import Client, Envelope, Recipient
from trapline.spool.header import split_header

LOCAL, DOMAIN = "wiltrud.kesselring7", "our-trap-mx.com"
TRAP = f"{LOCAL}@{DOMAIN}"
OLD = ("phishing@pot",)  # what those who caught the corpus's phish wrote instead of their recipients
RECIPIENT_FIELDS = ("delivered-to", "x-original-to", "to", "cc")


@dataclass(slots=True)
class Result:
    """What came of it."""

    placed: int = 0  #: messages in which an old recipient stood
    samples: int = 0
    largest: int = 0  #: request, in bytes
    seconds: float = 0.0
    broken: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def old_recipients(message: bytes) -> list[str]:
    fields, _ = split_header(message)
    found = [str(one) for name, value in fields if name in RECIPIENT_FIELDS for one in addresses(value)[:3]]
    return list(dict.fromkeys((*OLD, *found)))


def with_trap(message: bytes, token: str) -> bytes:
    """`message` with `token` where an old recipient stood, in the text of its parts too."""
    forms = {form for one in old_recipients(message) if "@" in one for form in (one, quote(one, safe=""))}
    pattern = re.compile("|".join(re.escape(form) for form in sorted(forms)).encode(), re.IGNORECASE)

    def replaced(raw: bytes) -> bytes:
        return pattern.sub(lambda _: token.encode(), raw)

    def of_leaf(leaf: Part) -> Part:
        data = decoded_body(leaf.body, leaf.encoding)
        return leaf if replaced(data) == data else replace(leaf, body=encoded(replaced(data), leaf.encoding))

    return replaced(b"".join(mapped(split(message), of_leaf).segments()))


def readings(text: str) -> Iterator[str]:
    """The sample as mail programs would show it, header and parts."""
    yield text
    for part in email.message_from_string(text).walk():
        for value in part.values():
            yield str(value)
            try:
                yield str(make_header(decode_header(str(value))))
            except (ValueError, LookupError, email.errors.HeaderParseError):
                continue
        shown = None if part.is_multipart() else part.get_payload(decode=True)
        if isinstance(shown, bytes):
            yield shown.decode("latin-1")
            yield shown.decode("utf-16-le", "ignore")


def told(text: str, tokens: set[str]) -> str | None:
    """What of the trap is in the sample."""
    for reading in readings(text):
        for seen in (reading.lower(), html.unescape(unquote(reading)).lower()):
            for token in (LOCAL, DOMAIN, *tokens):
                if token.lower() in seen:
                    return token
    return None


def run(files: list[Path], folder: Path, name: str) -> Result:
    """Every message with the trap in one encoding."""
    encode, result = ENCODINGS[name], Result()
    tokens = {encode(TRAP)} | ({encode(LOCAL)} if name != "VERP" else set())
    recipients = (Recipient(address=TRAP, trap=True, label="benchmark", kind="pristine"),)
    is_ours = ours(lambda text: text.lower() == TRAP, frozenset({DOMAIN}))
    for path in files:
        original = path.read_bytes()
        message = with_trap(original, encode(TRAP))
        result.placed += message != original
        envelope = Envelope(
            id="benchmark",
            received=datetime.now(UTC),
            source="file",
            client=Client(address=ip_address("11.2.3.4")),
            mail_from=f"bounce-{encode(TRAP)}@pills-shop.com",
            recipients=recipients,
        )
        began = time.process_time()
        sample = prepare(message, envelope, is_ours)
        result.seconds += time.process_time() - began
        if isinstance(sample, Skip):
            result.skipped[sample.reason] += 1
            continue
        result.samples += 1
        result.largest = max(result.largest, len(request_body("t" * 64, "x" * 255, sample.text)))
        if any("header" in type(one).__name__.lower() for one in email.message_from_string(sample.text).defects):
            result.broken.append(f"{path.relative_to(folder)} ({name})")
        if (found := told(sample.text, tokens)) is not None:
            result.left.append(f"{path.relative_to(folder)} ({name}): {found}")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--encoding", choices=sorted(ENCODINGS), action="append", help="only this one (again: more)")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th message")
    options = parser.parse_args()
    files = sorted(options.folder.rglob("*.eml"))[:: options.every]
    if not files:
        parser.error(f"no *.eml below {options.folder}")
    total: list[Result] = []
    for name in options.encoding or ENCODINGS:
        total.append(one := run(files, options.folder, name))
        print(f"{name:20} put into {one.placed:4}, {one.samples:4} samples, {len(one.left):3} leaks", flush=True)
    for line in [line for one in total for line in (*one.left, *one.broken)][:50]:
        print(f"  {line}")
    for reason, count in sum((one.skipped for one in total), Counter[str]()).most_common():
        print(f"  {count} times: {reason}")
    made, seconds = sum(one.samples for one in total), sum(one.seconds for one in total)
    print(
        f"{made} samples, {sum(len(one.left) for one in total)} with something of the trap in them, "
        f"{sum(len(one.broken) for one in total)} with a broken header; the largest request has "
        f"{max(one.largest for one in total):,} bytes of {MAX_REQUEST_BYTES:,}; "
        f"{1000 * seconds / max(1, made):.0f} ms of CPU each"
    )


if __name__ == "__main__":
    main()
