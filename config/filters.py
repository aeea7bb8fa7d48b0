"""What can be configured of the spam filters that mail is scanned by and that learn: SpamAssassin's spamd, and rspamd.

Whether one is used is said where it is used (a mailbox that is scanned); here is where they are and what they get.
"""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from trapline.config.nearby import NearbySocket, NearbyUrl, TcpSocket
from trapline.config.section import Section
from trapline.config.values import AbsolutePath

Timeout = Annotated[float, Field(gt=0, le=600)]
MaxBytes = Annotated[int, Field(ge=1, le=100_000_000)]


def _user(value: str) -> str:
    """A word of spamd's protocol, which is made of lines."""
    if not re.fullmatch(r"[A-Za-z0-9@._+-]{0,100}", value):
        raise ValueError("expected a user name: letters, digits and @._+-")
    return value


User = Annotated[str, AfterValidator(_user)]


class Spamd(Section):
    """SpamAssassin's daemon."""

    address: NearbySocket = TcpSocket("127.0.0.1", 783)
    user: User = ""
    timeout_seconds: Timeout = 60.0
    max_bytes: MaxBytes = 512_000


class Rspamd(Section):
    """rspamd: a worker that scans, and the controller, which learns."""

    url: NearbyUrl = "http://127.0.0.1:11333"
    controller: NearbyUrl = "http://127.0.0.1:11334"
    password_file: AbsolutePath = Path("/etc/trapline/rspamd.password")
    timeout_seconds: Timeout = 60.0
    max_bytes: MaxBytes = 20_000_000


class Filters(Section):
    """The spam filters that mail is scanned by, and that learn."""

    spamd: Spamd = Spamd()
    rspamd: Rspamd = Rspamd()
