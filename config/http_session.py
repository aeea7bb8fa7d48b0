"""The session in which we ask an HTTP server: one that is sent nowhere else.

A redirect would carry a secret or a message to another host. requests reads where one leads even when it is told not to
follow (a Location that is no UTF-8 then raises UnicodeDecodeError, which no caller expects), so here there is none.
"""

import requests


class Session(requests.Session):
    """As requests has it, where every answer is the last one."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - whatever it says
        """None: it leads nowhere."""
        return
