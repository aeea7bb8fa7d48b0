"""The session in which we ask an HTTP server: one that is sent nowhere else, and gets answers as they are.

A redirect would carry a secret or a message to another host. requests reads where one leads even when it is told not to
follow (a Location that is no UTF-8 then raises UnicodeDecodeError, which no caller expects), so here there is none.
Answers are asked for without compression: what is small when it arrives can't be large when it is unpacked.
"""

import requests


class Session(requests.Session):
    """As requests has it, where every answer is the last one."""

    def __init__(self) -> None:
        super().__init__()
        self.headers.update({"User-Agent": "trapline", "Accept-Encoding": "identity"})

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - whatever it says
        """None: it leads nowhere."""
        return
