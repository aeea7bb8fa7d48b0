"""The client of rspamd: its worker is asked what a message is, its controller is taught. HTTP, in a bounded time.

What an answer means is `rspamd_answer.py`'s subject. Redirects are not followed, and a proxy is used for neither: the
message is for this server alone.
"""

import time
from collections.abc import Mapping
from functools import partial

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from trapline.config.filters import Rspamd as RspamdSettings
from trapline.config.http_answer import read_answer
from trapline.config.http_session import Session
from trapline.config.patience import within
from trapline.filters.rspamd_answer import learnt, lessons, score
from trapline.filters.scanner import (
    NOTHING_SEEN,
    FilterDownError,
    FilterError,
    Learnt,
    Lesson,
    Score,
    Seen,
    TooLargeError,
    UnableError,
)
from trapline.filters.wrapping import unwrapped

MAX_ANSWER_BYTES = 1_048_576  #: of JSON; a message with many symbols makes some kilobytes
MAX_FACT_LENGTH = 1_000  #: characters of HELO and sender, which rspamd is told in header fields


class Rspamd:
    """rspamd at the URLs of the settings; `password` is the controller's, None where it trusts our address."""

    name = "rspamd"

    def __init__(self, settings: RspamdSettings, password: str | None) -> None:
        self._settings = settings
        self._password = password

    def scan(self, message: bytes, seen: Seen = NOTHING_SEEN) -> Score:
        """What rspamd says of `message`, knowing what we saw of its transaction. Raises FilterError."""
        return score(*self._post(f"{self._settings.url}/checkv2", message, _facts(seen)))

    def learn(self, message: bytes, lesson: Lesson) -> Learnt:
        """Teach its Bayes classifier, after taking off what a filter wrapped `message` in. Raises FilterError.

        It says yes to every lesson, one without a classifier too, so its own count of them has to grow: that is asked
        for before and after, so there are three requests.
        """
        headers = {} if self._password is None else {"Password": self._password}
        before = self._lessons(headers)
        said = learnt(*self._post(f"{self._settings.controller}/learn{lesson}", unwrapped(message), headers))
        if said is Learnt.LEARNT and self._lessons(headers) <= before:
            raise FilterError("rspamd: it says yes, and learned nothing: has its Bayes classifier a Redis?")
        return said

    def forget(self, message: bytes) -> Learnt:  # noqa: ARG002 - as every pupil is asked
        """Raises UnableError: rspamd has no such command; teaching it the opposite replaces what it learned."""
        raise UnableError("rspamd can't forget a message: teach it the opposite, if that is what it is")

    def _lessons(self, headers: Mapping[str, str]) -> int:
        return lessons(*self._request("GET", f"{self._settings.controller}/stat", b"", headers))

    def _post(self, url: str, message: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body. Raises FilterError."""
        if len(message) > self._settings.max_bytes:
            raise TooLargeError(f"rspamd: the message has more than filters.rspamd.max_bytes ({len(message)} bytes)")
        return self._request("POST", url, message, headers)

    def _request(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        timeout = self._settings.timeout_seconds
        try:
            return within(timeout, partial(_exchange, timeout, method, url, body, headers))
        except requests.ConnectTimeout:
            raise FilterDownError(f"rspamd: no connection to {url} within {timeout / 2:g} s") from None
        except (requests.Timeout, ReadTimeoutError, TimeoutError):
            raise FilterError(f"rspamd: no answer within {timeout:g} s") from None
        except requests.exceptions.SSLError:
            raise FilterDownError(f"rspamd: the certificate of {url} or its TLS was not accepted") from None
        except (requests.RequestException, HTTPError, OSError):
            raise FilterDownError(f"rspamd: no connection to {url}, or it broke") from None


def _exchange(timeout: float, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Half of the time is for connecting, so that a host which can't be reached is told from one that is slow.

    Raises FilterError: the answer is too long. Raises what requests, urllib3 and the socket raise.
    """
    bounds = (timeout / 2, timeout)  # for connecting, for each read
    deadline = time.monotonic() + timeout
    with Session() as session:
        session.trust_env = False  # no proxy, and no password of a .netrc file
        with session.request(method, url, data=body, headers=headers, timeout=bounds, stream=True) as response:
            answer, whole = read_answer(response, MAX_ANSWER_BYTES, deadline)
            if not whole:
                raise FilterError(f"rspamd: an answer of more than {MAX_ANSWER_BYTES} bytes")
            return response.status_code, answer


def _facts(seen: Seen) -> dict[str, str]:
    """What we saw, as the header fields in which rspamd is told ("Protocol": IP, Helo, From)."""
    facts = {"IP": seen.client and str(seen.client), "Helo": seen.helo, "From": seen.mail_from}
    return {name: value for name, value in facts.items() if value and _fits(value)}


def _fits(value: str) -> bool:
    """Whether a text that a sender wrote can stand in a header field; rspamd does without it otherwise."""
    return len(value) <= MAX_FACT_LENGTH and value.isascii() and value.isprintable() and value == value.strip()
