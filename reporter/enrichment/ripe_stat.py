"""Asking RIPE Stat about an address: within a bounded time, and reading a bounded answer.

Both calls run beside each other in threads of their own, since even a name's resolution may take longer than anybody
wants to wait, and what is late is dropped. Nothing is tried again here: submission/networks.py decides when to ask.
Redirects are not followed, and only the address is told.
Sources: stat.ripe.net/docs (data calls `whois` and `prefix-overview`; `sourceapp` says who asks).
"""

import json
import queue
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from trapline.config.http_answer import read_answer
from trapline.config.http_session import Session
from trapline.config.names import IpAddress
from trapline.reporter.enrichment.network import Network, announcement, combined, registration

PATIENCE = timedelta(seconds=3)  #: for both answers together; the pace of 15 a minute leaves four
MAX_ANSWER_BYTES = 262_144

_CALLS = ("whois", "prefix-overview")
_NOTHING_KNOWN = frozenset({400, 404})  # of this address; anything else is the service's own trouble

_Answers = queue.SimpleQueue[tuple[str, Any, str | None]]  # call, data, failure


class RipeStatError(Exception):
    """RIPE Stat gave no answer, or none that can be read: the text says why, without a word of theirs."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking about one address."""

    network: Network  #: as far as it is known
    failure: str | None = None  #: why a part of it is missing


class RipeStat:
    """RIPE Stat at `api`."""

    def __init__(self, api: str, patience: timedelta = PATIENCE) -> None:
        self._api = api
        self._patience = patience.total_seconds()
        self._late = f"no answer within {self._patience:g} s"

    def ask(self, address: IpAddress) -> Asked:
        """What is known of the network of `address` within the patience. Never raises for what the network does."""
        deadline = time.monotonic() + self._patience
        answers: _Answers = queue.SimpleQueue()
        for call in _CALLS:
            threading.Thread(target=self._answer, args=(call, address, deadline, answers), daemon=True).start()
        data: dict[str, Any] = {}
        failure = None
        for _ in _CALLS:
            try:
                call, data[call], failed = answers.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                failed = self._late
            failure = failed or failure
        said = registration(address, data.get("whois"))
        return Asked(combined(address, said, announcement(address, data.get("prefix-overview"))), failure)

    def _answer(self, call: str, address: IpAddress, deadline: float, answers: _Answers) -> None:
        try:
            answers.put((call, self._get(call, address, deadline), None))
        except RipeStatError as error:
            answers.put((call, None, str(error)))
        except Exception as error:  # noqa: BLE001 - a defect in this thread is one more answer that fails
            answers.put((call, None, f"a defect of trapline: {type(error).__name__}"))

    def _get(self, call: str, address: IpAddress, deadline: float) -> Any:
        """The `data` of one call; None where RIPE Stat knows nothing. Raises RipeStatError."""
        try:
            with Session() as session:
                session.auth = _as_it_is
                session.trust_env = self._api.startswith("https:")  # a proxy is for the Internet, not for loopback
                session.headers["Accept"] = "application/json"
                with session.get(
                    f"{self._api}/{call}/data.json",
                    params={"resource": str(address), "sourceapp": "trapline"},
                    timeout=self._patience,
                    stream=True,
                ) as response:
                    if response.status_code in _NOTHING_KNOWN:
                        return None
                    if response.status_code != 200:
                        raise RipeStatError(f"HTTP {response.status_code}")
                    body, whole = read_answer(response, MAX_ANSWER_BYTES, deadline)
                    if not whole:
                        raise RipeStatError(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
                    return _data(body)
        except (requests.Timeout, ReadTimeoutError, TimeoutError):
            raise RipeStatError(self._late) from None
        except (requests.RequestException, HTTPError, OSError) as error:
            raise RipeStatError(f"no connection, or it broke ({type(error).__name__})") from None


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No authentication: else requests would send what a .netrc file has for every host."""
    return request


def _data(body: bytes) -> Any:
    try:
        table = json.loads(body)
    except (ValueError, RecursionError):
        raise RipeStatError("no JSON in the answer") from None
    if not isinstance(table, dict) or not isinstance(table.get("data"), dict):
        raise RipeStatError("no data in the answer")
    return table["data"]
