"""Reading the answer to an HTTP request within a bound, in bytes and in time.

requests' own time limit is for each read alone: a server that sends a byte now and then would hold a thread for ever,
and one that sends without end would fill the memory. The request is to be made with `stream=True`.
"""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests  # the milter reads settings too, and speaks no HTTP

_CHUNK_BYTES = 65_536


def read_answer(response: "requests.Response", limit: int, deadline: float) -> tuple[bytes, bool]:
    """The body up to `limit` bytes, and whether that was all.

    `deadline` is a moment of `time.monotonic`. Raises TimeoutError: it has passed. Raises what urllib3 raises.
    """
    body = bytearray()
    while len(body) <= limit:
        chunk = response.raw.read1(_CHUNK_BYTES)
        if not chunk:
            return bytes(body), True
        body += chunk
        if time.monotonic() > deadline:
            raise TimeoutError
    return bytes(body[:limit]), False
