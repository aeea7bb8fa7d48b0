"""The HTTP side of the portal's stand-in: requests as they came, answers as they go, connections that can be cut.

What is answered is `portal.py`'s subject.
"""

import json
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

READ_LIMIT_BYTES = 50_000_000  # protects the test machine from a client gone wild


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent, as it came."""

    method: str
    path: str  # with the query
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    at: float  # seconds of the monotonic clock: for tests of the pace


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as scripted, instead of the portal's own."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None  # None: the usual JSON with status and message

    @classmethod
    def slow_down(cls, retry_after: str | None = None, **headers: str) -> Self:
        """429; headers such as X_Ratelimit_Remaining="0" are added with their underscores as dashes."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(429, more if retry_after is None else {"Retry-After": retry_after} | more)

    @classmethod
    def without_json(cls) -> Self:
        """A 200 that is a web page: some proxy on the way."""
        return cls(200, {"Content-Type": "text/html"}, b"<html>Welcome to the hotel's network</html>")


def says(status: int, message: str) -> Answer:
    """The portal's way to say what is wrong."""
    return json_answer(status, {"status": status, "message": message})


def json_answer(status: int, value: object) -> Answer:
    """`value` as JSON."""
    return Answer(status, {}, json.dumps(value).encode())


class Server(ThreadingHTTPServer):
    """Listens on a port of 127.0.0.1 (0: any) and lets `answer` say what each request gets; it may block."""

    daemon_threads = True

    def __init__(self, answer: Callable[[Request], Answer], port: int, *, verbose: bool) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answer = answer
        self.verbose = verbose
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away (killed, timed out) is no news."""

    def cut_connections(self) -> None:
        """End the connections that clients keep alive."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - as above

    def _serve(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), READ_LIMIT_BYTES)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(length), time.monotonic())
        answer = self.server.answer(request)
        body = says(answer.status, "scripted").body if answer.body is None else answer.body
        assert body is not None
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if self.server.verbose:
            print(f"{self.command} {self.path} {request.body[:300]!r} -> {answer.status} {body[:200]!r}", flush=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server has
        """Quiet: `verbose` prints more, and once."""
