"""What is outside of the mail server in the container: DQS, the portal, a mailbox, and clients that send mail.

A program, since it runs in the container's network: it takes a command a line (JSON) and prints its answer. `World`
starts it and speaks to it.
"""

import json
import smtplib
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.container.container import ROOT, Container
from tests.e2e.messages import SPAMMER, spam
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.portal import Portal
from tests.servers.rbldnsd import Rbldnsd

JUNK_OWNER = "anna@harbour-mail.com"


class World:
    """Running while the `with` block does, in the network of `container`."""

    def __init__(self, container: Container) -> None:
        self._command = [*container.enter("-n"), sys.executable, "-m", "tests.container.world"]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.facts: dict[str, Any] = self._answer()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def mail(self, client: str, recipient: str) -> tuple[int, str]:
        """Spam from `client` to `recipient`; how RCPT, or else the message, was answered."""
        code, text = self._ask(do="mail", client=client, recipient=recipient)
        return code, text

    def submissions(self) -> list[list[Any]]:
        """Kind, object and status of what the portal has got."""
        answer: list[list[Any]] = self._ask(do="submissions")
        return answer

    def junk(self) -> None:
        """A message comes into the Junk folder of the mailbox."""
        self._ask(do="junk")

    def _ask(self, **command: str) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the world has ended; its words are above"
        return json.loads(line)


def _mail(client: str, recipient: str) -> tuple[int, str]:
    with smtplib.SMTP("127.0.0.1", 25, local_hostname="mail.harbour-news.com", timeout=60) as smtp:
        smtp.ehlo()
        smtp.docmd("XCLIENT", f"ADDR={client} NAME=[UNAVAILABLE] HELO=mail.harbour-news.com")
        smtp.ehlo()
        smtp.mail(SPAMMER)
        code, text = smtp.rcpt(recipient)
        if code == 250:
            code, text = smtp.data(spam())
    return code, text.decode()


def _serve() -> None:
    with ExitStack() as stack:
        dns = stack.enter_context(Rbldnsd())
        portal = stack.enter_context(Portal())
        dovecot = stack.enter_context(Dovecot())
        authority = Path(dovecot.certificates.authority).read_text(encoding="ascii")
        facts = {"key": dns.key, "nameserver": dns.nameserver, "portal": portal.url, "token": portal.token}
        _say(facts | {"imaps": dovecot.imaps, "authority": authority, "password": PASSWORD})
        for line in sys.stdin:
            command = json.loads(line)
            if command["do"] == "mail":
                _say(_mail(command["client"], command["recipient"]))
            elif command["do"] == "junk":
                dovecot.deliver(JUNK_OWNER, spam().replace(b"\n", b"\r\n"))
                _say(None)
            else:
                _say([[one.kind, one.object, one.status] for one in portal.submissions])


def _say(value: object) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        _serve()
