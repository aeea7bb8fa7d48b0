"""What the Submission Portal answers, as it comes over the connection: status line, header, body.

requests and urllib3 are the real ones; of the connection only its other end is ours.
"""

import json
import socket
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from fuzzing.target import Target
from trapline.reporter.submission.answers import (
    Accepted,
    Answer,
    Counts,
    Known,
    NotAuthorised,
    Page,
    Refused,
    TooLarge,
    TryLater,
)
from trapline.reporter.submission.pace import LONGEST_PAUSE, LONGEST_REST
from trapline.reporter.submission.portal import MAX_WORDS, Portal

TOKEN = "canary-token-31415926"  # noqa: S105 - of the target
_MAX_WORDS = MAX_WORDS + 100  #: with ours around them
_LARGEST_NUMBER = 2**63 - 1  #: that the store can keep


class _Connection(HTTPConnection):
    """A connection at whose other end one answer lies ready."""

    answer = b""

    def connect(self) -> None:
        self.sock, other = socket.socketpair()
        self.sock.settimeout(1.0)
        with other:
            other.sendall(self.answer)
            other.shutdown(socket.SHUT_WR)
            self._keep = other.dup()  # what we send goes nowhere, and is no error

    def close(self) -> None:
        super().close()
        if (kept := self.__dict__.pop("_keep", None)) is not None:
            kept.close()


class _Adapter(HTTPAdapter):
    """requests' own, to `_Connection`."""

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> HTTPConnectionPool:
        pool = HTTPConnectionPool("portal.invalid", retries=False)
        pool.ConnectionCls = _Connection
        return pool


class _Portal(Portal):
    def _new_session(self) -> requests.Session:
        session = super()._new_session()
        session.mount("http://", _Adapter(max_retries=0))
        return session


def check(data: bytes) -> None:
    """Each request comes to one of its documented results, bounded and printable, and never with the token in it."""
    _Connection.answer = data
    portal = _Portal("http://portal.invalid", TOKEN, timedelta(seconds=1))
    try:
        submitted = portal.submit("ip", "spam", "hit", "11.0.0.66")
        assert isinstance(submitted, Answer)
        assert isinstance(submitted.outcome, Accepted | Known | Refused | NotAuthorised | TryLater)
        types = portal.threat_types()
        assert isinstance(types, tuple | NotAuthorised | TryLater)
        counts = portal.counts()
        assert isinstance(counts, Counts | NotAuthorised | TryLater)
        page = portal.review(100, 1)
        assert isinstance(page, Page | TooLarge | NotAuthorised | TryLater)
        for value in (submitted, types, counts, page):
            _check(value)
        assert portal.date is None or portal.date.tzinfo is not None
    finally:
        portal.close()


def _check(value: object) -> None:
    """Every text, number and time in a result."""
    match value:
        case str():
            assert TOKEN not in value, "the token is in it"
            assert len(value) <= _MAX_WORDS, f"{len(value)} characters"
            assert value.isprintable(), "a terminal, or the store, could not take it"
        case bool() | None:
            pass
        case int():
            assert abs(value) <= _LARGEST_NUMBER, "a number that the store can't keep"
        case datetime():
            assert value.tzinfo is not None
        case timedelta():
            assert timedelta(0) <= value <= max(LONGEST_PAUSE, LONGEST_REST)
        case tuple():
            for one in value:
                _check(one)
        case _ if is_dataclass(value):
            for one in fields(value):
                _check(getattr(value, one.name))


def seeds() -> Iterator[bytes]:
    """What each request is answered, well and badly."""
    item = {
        "id": "abc-1",
        "submission_type": "ip",
        "source": {"object": "11.0.0.66"},
        "listed": ["SBL", "XBL"],
        "last_check": "2026-11-21T12:00:00Z",
    }
    bodies: list[Any] = [
        {"id": "abc-1", "threat_type": "spam"},
        {"status": 208, "message": "already reported"},
        {"total": 12, "matched": 3},
        [item, item | {"listed": None, "last_check": 1763726400000}, item | {"listed": "SBL", "last_check": None}],
        [{"code": "spam", "desc": "Spam", "type": "*"}, {"code": "scam", "type": "url"}],
        {"id": TOKEN},
        [item | {"id": f"a\n{TOKEN}", "submission_type": TOKEN, "listed": [f"\x1b{TOKEN}"]}],
        [{"code": f"a\n{TOKEN}", "type": TOKEN}, {"code": "spam" * 1_000}],
    ]
    for body in bodies:
        yield _http("200 OK", json.dumps(body), "Date: Sat, 21 Nov 2026 12:00:00 GMT")
    yield _http("208 Already Reported", "{}")
    yield _http("400 Bad Request", json.dumps({"status": 400, "message": f"Invalid IP {TOKEN}"}))
    yield _http("401 Unauthorized", "")
    yield _http("413 Too Large", "<html>")
    yield _http("429 Slow Down", "{}", "Retry-After: 120", "X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset: 60")
    yield _http("503 Away", "", "Retry-After: Sat, 21 Nov 2026 13:00:00 GMT")
    yield _http("302 Found", "", "Location: http://elsewhere.com/")
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n" + b'{"id":7}\r\n0\r\n\r\n'


def _http(status: str, body: str, *header: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *header, f"Content-Length: {len(body.encode())}"]
    return "\r\n".join([*lines, "", body]).encode()


TARGET = Target(
    "portal",
    check,
    seeds,
    words=(
        TOKEN.encode(),
        b"HTTP/1.1 200 OK\r\n",
        b"\r\n\r\n",
        b"\r\nDate: ",
        b"\r\nDate: Fri, 31 Dec 9999 23:59:59 -0100\r\n",
        b"\r\nRetry-After: ",
        b"\r\nX-Ratelimit-Remaining: 0\r\nX-Ratelimit-Reset: ",
        b"\r\nContent-Length: ",
        b"\r\nContent-Encoding: gzip\r\n",
        b"\r\nTransfer-Encoding: chunked\r\n",
        b'"id": ',
        b'"message": ',
        b'"submission_type": ',
        b'"last_check": ',
        b'"listed": ',
        b'"code": ',
        b'"type": ',
        b'"total": ',
        b"\\ud800",
        b"99999999999999999999",
        b"1e999",
        b"null",
        b"\xff\xfe",
    ),
    max_bytes=4_096,
)
