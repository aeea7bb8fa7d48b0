"""A stand-in for Spamhaus's Submission Portal: a real HTTP server on a loopback port.

It holds to the portal's contract as documentation and public clients tell it (design.md, "Facts about the outside
world") and knows nothing of trapline. `python -m tests.servers.portal --port N` runs it in the foreground and prints
each request.
"""

import argparse
import json
import re
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

from tests.servers.portal_http import Answer, Request, Server, json_answer, says
from tests.servers.portal_rules import MAX_REASON, THREAT_TYPES, attributes, complaint

__all__ = ["MAX_BODY_BYTES", "MAX_REASON", "TOKEN", "Answer", "Hold", "Portal", "Request", "Submission"]

TOKEN = "canary-token-31415926"  #: must never be seen in a log or a report
BASE = "/portal/api/v1"  # as the real one has it
MAX_BODY_BYTES = 150_000  # of the JSON request; the real limit is 150 KB, and clients disagree about of what
MAX_ITEMS = 10_000

_ADD = re.compile(re.escape(BASE) + r"/submissions/add/(ip|domain|url|email)")


@dataclass(frozen=True, slots=True)
class Submission:
    """One POST to submissions/add/…, and how it was answered."""

    kind: str
    object: str  # source.object, "" where it was missing
    threat_type: str
    reason: str
    status: int  # what it means: 200, 208, 400 … (also where the status line said 200 and the body 208)
    id: str | None
    request: Request
    at: datetime  # when it came

    @property
    def body(self) -> Any:
        """The JSON that was sent."""
        return json.loads(self.request.body)


@dataclass(slots=True)
class Hold:
    """Keeps one answer back: the request has been judged and recorded, the client does not know yet."""

    reached: threading.Event = field(default_factory=threading.Event)  # set when the request is there
    released: threading.Event = field(default_factory=threading.Event)

    def release(self) -> None:
        """Let the answer go."""
        self.released.set()


Scripted = Answer | Hold


class Portal:
    """The portal, running while the `with` block does.

    `token` is the only one it accepts. `repeats` says how a 208 looks: "status" line, or "body" under a 200.
    """

    def __init__(self, token: str = TOKEN, port: int = 0, *, verbose: bool = False) -> None:
        self.token = token
        self.repeats: Literal["status", "body"] = "status"
        self.threat_types: list[dict[str, str]] = [dict(threat) for threat in THREAT_TYPES]
        self.invalid: dict[str, str] = {}  # objects that get a 400 in any case, with its message
        self.known: set[str] = set()  # objects that somebody else has reported: 208
        self.unlisted: list[str] | None = None  # how `listed` says that there is nothing: null, or an empty list
        self.trouble: Callable[[Request], Answer | None] | None = None  # asked first; None: the portal's own judgement
        self.reading: dict[str, Answer] = {}  # what a GET of this path ("/submissions/list") gets in any case
        self.requests: list[Request] = []
        self.unauthorised: list[Request] = []  # those that read, with another token
        self.submissions: list[Submission] = []
        self._listed: dict[str, list[str]] = {}
        self._checked: dict[str, datetime] = {}
        self._script: deque[Scripted] = deque()
        self._holds: list[Hold] = []
        self._lock = threading.Lock()
        self._server = Server(self.answer, port, verbose=verbose)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}{BASE}"  # to be configured as spamhaus.api

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="portal", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop; held answers are let go, connections are cut."""
        self.reset()
        self._server.shutdown()
        self._thread.join()
        self._server.cut_connections()
        self._server.server_close()

    def reset(self) -> None:
        """Forget everything that was sent and scripted."""
        with self._lock:
            for held in self._holds:
                held.release()
            self._holds.clear()
            self._script.clear()
            self.trouble = None
            self.requests.clear()
            self.unauthorised.clear()
            self.submissions.clear()
            self.invalid.clear()
            self.known.clear()
            self.reading.clear()
            self._listed.clear()
            self._checked.clear()

    def script(self, *answers: Scripted) -> None:
        """Answer the next submissions so, one each, before the portal's own judgement is back."""
        with self._lock:
            self._script.extend(answers)
            self._holds.extend(answer for answer in answers if isinstance(answer, Hold))

    def hold(self) -> Hold:
        """Hold the answer to the next submission back until it is released."""
        held = Hold()
        self.script(held)
        return held

    def review(self, value: str, datasets: list[str], at: datetime | None = None, *, checked: bool = True) -> None:
        """What the analysts made of `value`: listed in `datasets`, or checked and not listed (an empty list).

        `at` is the time of the check, else now; with `checked` False it is listed without one, which happens.
        """
        with self._lock:
            self._listed[value] = list(datasets)
            if checked:
                self._checked[value] = at or datetime.now(UTC)

    def accepted(self, kind: str | None = None) -> list[Submission]:
        """The submissions that were answered with 200 and an id, of one kind or of all."""
        return [one for one in self.submissions if one.id is not None and kind in {None, one.kind}]

    def objects(self, kind: str) -> list[str]:
        """What was accepted of `kind`, in order."""
        return [one.object for one in self.accepted(kind)]

    def answer(self, request: Request) -> Answer:
        """The whole of the portal: what it says to `request`, recording it."""
        with self._lock:
            self.requests.append(request)
        if self.trouble is not None and (instead := self.trouble(request)) is not None:
            return instead
        parts = urlsplit(request.path)
        add = _ADD.fullmatch(parts.path)
        if request.method == "POST" and add:
            return self._add(add[1], request)
        if request.headers.get("authorization") != f"Bearer {self.token}":
            self.unauthorised.append(request)
            return says(401, "Unauthorized")
        if request.method != "GET":
            return says(405, "Method Not Allowed")
        path = parts.path.removeprefix(BASE)
        return self.reading.get(path) or self._read(path, parse_qs(parts.query))

    def _read(self, path: str, query: dict[str, list[str]]) -> Answer:
        match path:
            case "/lookup/threats-types":
                return json_answer(200, self.threat_types)
            case "/submissions/count":
                return self._count()
            case "/submissions/list":
                return self._list(query)
        return says(404, "Not Found")

    def _add(self, kind: str, request: Request) -> Answer:
        table = _parsed(request.body)
        with self._lock:
            scripted = self._script.popleft() if self._script else None
            if isinstance(scripted, Answer):
                answer, status, identifier = scripted, scripted.status, None
            else:
                answer, status, identifier = self._judge(kind, request, table)
            self.submissions.append(_submission(kind, request, table, status, identifier))
        if isinstance(scripted, Hold):
            scripted.reached.set()
            scripted.released.wait(60)
        return answer

    def _judge(self, kind: str, request: Request, table: dict[str, Any]) -> tuple[Answer, int, str | None]:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return says(401, "Unauthorized"), 401, None
        if len(request.body) > MAX_BODY_BYTES:
            return says(413, "Request Entity Too Large"), 413, None
        if fault := complaint(kind, table, self.threat_types):
            return says(400, fault), 400, None
        value = table["source"]["object"]
        if value in self.invalid:
            return says(400, self.invalid[value]), 400, None
        if value in self.known or any(one.object == value for one in self.accepted(kind)):
            line = 208 if self.repeats == "status" else 200
            return json_answer(line, {"status": 208, "message": "already reported"}), 208, None
        identifier = f"{kind}-{len(self.submissions) + 1:06}"
        echo = {"id": identifier, "submission_type": kind, **table}
        return json_answer(200, echo), 200, identifier

    def _count(self) -> Answer:
        accepted = self.accepted()
        return json_answer(
            200, {"total": len(accepted), "matched": sum(bool(self._listed.get(a.object)) for a in accepted)}
        )

    def _list(self, query: dict[str, list[str]]) -> Answer:
        try:
            items, page = int(query.get("items", ["100"])[0]), int(query.get("page", ["1"])[0])
        except ValueError:
            return says(400, "items and page are numbers")
        if not 1 <= items <= MAX_ITEMS or page < 1:
            return says(400, f"items is 1 to {MAX_ITEMS}, page 1 or more")
        newest_first = self.accepted()[::-1][(page - 1) * items : page * items]
        return json_answer(200, [self._item(submission) for submission in newest_first])

    def _item(self, submission: Submission) -> dict[str, Any]:
        value = submission.object
        return {
            "id": submission.id,
            "submission_ts": _timestamp(submission.at),
            "submission_type": submission.kind,
            "threat_type": submission.threat_type,
            "reason": submission.reason,
            "source": {"object": value},
            "attributes": attributes(submission.kind, value),
            "listed": self._listed.get(value) or self.unlisted,
            "last_check": _timestamp(self._checked[value]) if value in self._checked else None,
        }


def _timestamp(moment: datetime) -> str:
    """RFC 3339, as a public client reads it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _parsed(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`, empty where there is none."""
    try:
        table = json.loads(body)
    except ValueError:
        return {}
    return table if isinstance(table, dict) else {}


def _submission(kind: str, request: Request, table: dict[str, Any], status: int, identifier: str | None) -> Submission:
    source = table.get("source")
    value = source.get("object", "") if isinstance(source, dict) else ""
    threat_type, reason = str(table.get("threat_type", "")), str(table.get("reason", ""))
    return Submission(kind, str(value), threat_type, reason, status, identifier, request, datetime.now(UTC))


def main() -> None:
    """Run in the foreground until interrupted."""
    arguments = argparse.ArgumentParser(prog="python -m tests.servers.portal", description=__doc__)
    arguments.add_argument("--port", type=int, default=8025)
    arguments.add_argument("--token", default=TOKEN)
    chosen = arguments.parse_args()
    with Portal(chosen.token, chosen.port, verbose=True) as portal, suppress(KeyboardInterrupt):
        print(f"portal: {portal.url} (token {portal.token}); Ctrl-C ends it", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
