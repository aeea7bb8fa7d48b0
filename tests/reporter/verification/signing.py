"""Really signed messages, and the records that their signers publish."""

import subprocess
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import dkim

from tests.servers.processes import program

MAIL = (
    b"From: Pills <news@pills-shop.com>\n"
    b"To: somebody@elsewhere.com\n"
    b"Subject:  Cheap\n\tpills\n"
    b"Message-ID: <1@pills-shop.com>\n"
    b"\n"
    b"Buy them  now \n\nat http://landing-pills.com/now\n\n\n"
)


@cache
def private_key(bits: int = 2048) -> bytes:
    """A key of this length, made once, in the form that dkimpy reads (PKCS#1)."""
    made = subprocess.run([program("openssl"), "genrsa", "-traditional", str(bits)], capture_output=True, check=True)
    return made.stdout


@cache
def key_record(bits: int = 2048, *more: str) -> str:
    """What the signer publishes for that key, with `more` tags."""
    command = [program("openssl"), "rsa", "-pubout"]
    public = subprocess.run(command, input=private_key(bits), capture_output=True, check=True).stdout.decode()
    letters = "".join(line for line in public.splitlines() if not line.startswith("-"))
    return "; ".join(("v=DKIM1", "k=rsa", *more, f"p={letters}"))


class _Signer(dkim.DKIM):
    """Makes signatures that dkimpy refuses to: with an end, or without From."""

    expires: datetime | None = None
    without_from = False

    def gen_header(
        self, fields: list[tuple[bytes, bytes]], include_headers: Sequence[bytes], *rest: Any, **options: Any
    ) -> bytes:
        if self.without_from:
            include_headers = [name for name in include_headers if name != b"from"]
            fields = [(name, b":".join(include_headers) if name == b"h" else value) for name, value in fields]
        if self.expires is not None:
            fields = [*fields[:-1], (b"x", str(int(self.expires.timestamp())).encode()), fields[-1]]
        return super().gen_header(fields, include_headers, *rest, **options)


def signed(
    mail: bytes = MAIL,
    domain: str = "pills-shop.com",
    bits: int = 2048,
    expires: datetime | None = None,
    without_from: bool = False,
    **options: Any,
) -> bytes:
    """`mail`, with a signature on top by the selector `s1` of `domain`; line ends are LF, as in the spool."""
    signer = _Signer(mail.replace(b"\n", b"\r\n"))
    signer.expires = expires
    signer.without_from = without_from
    field = signer.sign(b"s1", domain.encode(), private_key(bits), **options)
    return field.replace(b"\r\n", b"\n") + mail
