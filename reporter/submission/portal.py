"""Speaking to Spamhaus's Submission Portal, and what its answers mean.

One request, one `Outcome` (answers.py); when to send what is sender.py's business, and nothing is retried here. The
token is known to this file alone: it is in no text, no `repr` and no error that leaves it. Redirects are not followed,
since they would carry the token elsewhere, and every answer is read up to a bound in size and waited for up to one in
time.
Sources: submit.spamhaus.org/api; what other clients saw of it (a 208 in the status line, or in the body of a 200).
"""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, ReadTimeoutError

from trapline.config.dates import date_in
from trapline.config.http_answer import read_answer
from trapline.config.http_session import Session
from trapline.config.patience import within
from trapline.config.printable import printable
from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.submission.answers import (
    Accepted,
    Answer,
    Counts,
    Known,
    NotAuthorised,
    Outcome,
    Page,
    Refused,
    ThreatType,
    TooLarge,
    TryLater,
)
from trapline.reporter.submission.portal_list import portal_id, reviewed
from trapline.reporter.submission.slow_down import rest, retry_after

MAX_REQUEST_BYTES = 150_000  #: of the JSON; the portal says 150 KB of mail, and clients disagree about what is counted
MAX_ANSWER_BYTES = 1_000_000
MAX_LIST_BYTES = 4_000_000  #: of one page of `submissions/list`, which echoes whole mails
MAX_WORDS = 300  #: characters of the portal's own words that are kept
MAX_THREAT_TYPES = 500
MAX_CODE = 60  #: characters of one


class _Bearer(AuthBase):
    """The token, as an auth object: so requests does not replace it by one from a .netrc file."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def hide(self, value: Any) -> Any:
        """`value`, which came as JSON, without the token, should somebody echo it."""
        match value:
            case str():
                return value.replace(self._token, "[token]")
            case list():
                return [self.hide(one) for one in value]
            case dict():
                return {self.hide(key): self.hide(one) for key, one in value.items()}
        return value


@dataclass(frozen=True, slots=True)
class _Reply:
    """An HTTP answer, read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool  #: False where it was cut


def request_body(threat_type: str, reason: str, content: str) -> bytes:
    """The JSON of a submission, exactly as it is sent; UTF-8, since escapes could make a sample six times as large."""
    table = {"threat_type": threat_type, "reason": reason, "source": {"object": content}}
    return json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


class Portal:
    """The portal at `api`, spoken to with one token. Used by one thread."""

    def __init__(self, api: str, token: str, timeout: timedelta) -> None:
        self.account = hashlib.sha256(f"{api} {token}".encode()).hexdigest()[:16]  #: a name that tells nothing
        self._api = api
        self._bearer = _Bearer(token)
        self.date: datetime | None = None  #: what the portal's clock showed when it last answered, to the second
        self._timeout = timeout.total_seconds()
        self._session = self._new_session()

    def submit(self, kind: IndicatorKind, threat_type: str, reason: str, content: str) -> Answer:
        """Submit `content`: the address, domain, URL, or the text of a mail. Never raises for what the network does."""
        reply = self._request("POST", f"submissions/add/{kind}", request_body(threat_type, reason, content))
        if isinstance(reply, TryLater):
            return Answer(reply)
        return Answer(self._meaning(reply), rest(reply.headers))

    def threat_types(self) -> tuple[ThreatType, ...] | NotAuthorised | TryLater:
        """The threat types that this account may use."""
        reply = self._request("GET", "lookup/threats-types", None)
        if isinstance(reply, TryLater):
            return reply
        table = self._json(reply)
        if reply.status == 200 and isinstance(table, list):
            rows = (row for row in table if isinstance(row, dict) and isinstance(row.get("code"), str))
            return tuple(_threat_type(row) for row in islice(rows, MAX_THREAT_TYPES))
        return self._unread(reply, "no list of threat types")

    def counts(self) -> Counts | NotAuthorised | TryLater:
        """How many submissions of the last 30 days there are, and how many matched."""
        reply = self._request("GET", "submissions/count", None)
        if isinstance(reply, TryLater):
            return reply
        table = self._json(reply)
        if reply.status == 200 and isinstance(table, dict):
            total, matched = table.get("total"), table.get("matched")
            if isinstance(total, int) and isinstance(matched, int):
                return Counts(total, matched)
        return self._unread(reply, "no total and matched")

    def review(self, items: int, page: int) -> Page | TooLarge | NotAuthorised | TryLater:
        """What became of this account's submissions of the last 30 days: page `page` (from 1) of `items` each."""
        reply = self._request("GET", f"submissions/list?items={items}&page={page}", None, MAX_LIST_BYTES)
        if isinstance(reply, TryLater):
            return reply
        if reply.status == 200 and not reply.whole:
            return TooLarge()
        table = self._json(reply)
        if reply.status == 200 and isinstance(table, list):
            found = tuple(item for item in map(reviewed, table) if item is not None)
            return Page(found, len(table), len(reply.body), rest(reply.headers))
        return self._unread(reply, "no list")

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def _json(self, reply: _Reply) -> Any:
        """The parsed body; None where it is no JSON, or was cut."""
        try:
            return self._bearer.hide(json.loads(reply.body)) if reply.whole else None
        except (ValueError, RecursionError):
            return None

    def _unread(self, reply: _Reply, what: str) -> NotAuthorised | TryLater:
        """What an answer means that should have been read and has not in it what was asked for."""
        outcome = self._meaning(reply)
        if isinstance(outcome, NotAuthorised | TryLater):
            return outcome
        return TryLater(f"{what} in the answer (HTTP {reply.status})", everyone=True)

    def _new_session(self) -> requests.Session:
        session = Session()
        session.headers["Accept"] = "application/json"
        session.trust_env = self._api.startswith("https:")  # a proxy must not see the token of a plain connection
        return session

    def _request(self, method: str, path: str, body: bytes | None, limit: int = MAX_ANSWER_BYTES) -> _Reply | TryLater:
        try:
            return within(self._timeout, partial(self._ask, self._session, method, path, body, limit))
        except (requests.RequestException, HTTPError, OSError) as error:
            if isinstance(error, TimeoutError):  # the session may still be in use, by a request that comes to nothing
                self._session.close()
                self._session = self._new_session()
            # Its own text and its causes stay here: they may show headers.
            return TryLater(_in_words(error, self._timeout), everyone=True)

    def _ask(self, session: requests.Session, method: str, path: str, body: bytes | None, limit: int) -> _Reply:
        deadline = time.monotonic() + self._timeout
        with session.request(
            method,
            f"{self._api}/{path}",
            data=body,
            headers={} if body is None else {"Content-Type": "application/json"},
            auth=self._bearer,
            timeout=self._timeout,
            stream=True,
        ) as response:
            raw, whole = read_answer(response, limit, deadline)
            self.date = date_in(response.headers.get("Date", ""))  # RFC 9110, 6.6.1
            return _Reply(response.status_code, response.headers, raw, whole)

    def _meaning(self, reply: _Reply) -> Outcome:
        """What an answer to a submission means."""
        table = self._json(reply)
        said = table if isinstance(table, dict) else {}
        words = _words(said.get("message"), reply.status)
        match reply.status:
            case status if 200 <= status < 300:
                return _taken(said, status)
            case 401 | 403:
                return NotAuthorised(words)
            case 400 | 413 | 422:
                return Refused(words)
            case 429:
                return TryLater(words, retry_after(reply.headers), everyone=True, failure=False)
            case status if status < 400 or status in {404, 405}:
                return TryLater(f"HTTP {status}: is spamhaus.api the right URL?", everyone=True)
        after = retry_after(reply.headers)  # who says how long is away for all of them
        return TryLater(words, after, everyone=after is not None)


def _threat_type(row: dict[str, Any]) -> ThreatType:
    return ThreatType(printable(row["code"], MAX_CODE), printable(str(row.get("type", "*")), MAX_CODE))


def _words(message: object, status: int) -> str:
    said = printable(message.strip(), MAX_WORDS) if isinstance(message, str) else ""
    return f"HTTP {status}: {said}" if said else f"HTTP {status}"


def _taken(said: dict[str, Any], status: int) -> Outcome:
    """A 2xx, which alone proves nothing: a captive portal answers so too."""
    if status == 208 or str(said.get("status")) == "208":
        return Known()
    if (identifier := portal_id(said.get("id"))) is not None:
        return Accepted(identifier)
    return TryLater(f"HTTP {status}, but neither an id nor a status 208 in the answer: is this the portal?")


def _in_words(error: Exception, timeout: float) -> str:
    match error:
        case requests.Timeout() | ReadTimeoutError() | TimeoutError():
            return f"the portal did not answer within {timeout:g} s"
        case requests.exceptions.SSLError():
            return "no secure connection: the portal's certificate or TLS was not accepted"
        case requests.exceptions.ProxyError():
            return "the configured proxy could not be used"
        case requests.ConnectionError() | HTTPError() | OSError():
            return "no connection to the portal, or it broke"
    return f"the request failed ({type(error).__name__})"
