"""`make demo`: the main job of trapline, shown on real servers, with every expectation checked.

A private Postfix, a Dovecot, rbldnsd with a small stand-in for the DQS zones, milter, mailboxes' reader and reporter
are real; the Submission Portal is a stand-in. Mail is sent by SMTP; nothing leaves the machine, nothing is left behind.
What the single parts do in every corner is the subject of tests/e2e.
"""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console

from tests.demo.scenes import BAD, JUNK, JUNK_OWNER, KNOWN, SCENES, WITHOUT_MILTER, Scene
from tests.demo.tables import MEANINGS, Outcome, answer_table, mail_table
from tests.e2e.dialogue import send
from tests.e2e.messages import landing_page, spam
from tests.servers.dovecot import Dovecot
from tests.servers.mail_exchanger import ANNA, TRAP, MailExchanger
from tests.servers.portal import Answer
from tests.servers.processes import ServerError


class Demo:
    """Plays the scenes on `mx`, then reports, and keeps what was not as expected."""

    def __init__(self, mx: MailExchanger, console: Console) -> None:
        self.mx = mx
        self.console = console
        self.failures: list[str] = []

    def run(self) -> None:
        """The whole demo, with its tables."""
        outcomes = [self._play(scene) for scene in SCENES]
        self.mx.milter_kill()
        say("the milter is killed (-9): Postfix goes on and delivers trap mail to the fallback Maildir")
        outcomes.append(self._play(WITHOUT_MILTER))
        self._read_junk()
        self._report()
        for outcome in outcomes:
            outcome.submitted = self._submitted(outcome.scene)
            self._check_submissions(outcome)
        self._check_junk()
        self.console.print(mail_table(outcomes))
        self.console.print(answer_table(self._answers()))

    def _play(self, scene: Scene) -> Outcome:
        """Send the mail of one scene and see what became of it."""
        say(f"sending: {scene.title}")
        mailbox, spool = len(self.mx.mailbox(ANNA)), set(self.mx.spool())
        fallback, log = len(self.mx.postfix.fallen_back()), len(self.mx.postfix.log())
        with self.mx.client(scene.client, helo=f"mail.{scene.sender.partition('@')[2]}") as smtp:
            seen = send(smtp, scene.sender, scene.recipients, scene.message)
        new = [
            envelope for path, envelope in zip(self.mx.spool(), self.mx.envelopes(), strict=True) if path not in spool
        ]
        fell = len(self.mx.postfix.fallen_back()) > fallback
        outcome = Outcome(
            scene,
            seen,
            what_postfix_did(self.mx.postfix.log()[log:]),
            delivered=len(self.mx.mailbox(ANNA)) > mailbox,
            caught="spool" if new else "fallback" if fell else None,
            labels=[
                recipient["label"] for envelope in new for recipient in envelope["recipients"] if recipient["trap"]
            ],
            listings=[listing["zone"] for envelope in new for listing in envelope["listings"]],
        )
        self._check_mail(outcome)
        return outcome

    def _read_junk(self) -> None:
        """A message in somebody's Junk folder, on a Dovecot: what the reporter makes of it is seen at the portal."""
        say("a message lies in a Junk folder; the mailboxes' reader takes it")
        with Dovecot() as dovecot:
            message = spam(domain=JUNK, to=JUNK_OWNER).replace(b"Half the price", b"Double your coins in a week")
            dovecot.deliver(JUNK_OWNER, message)
            taken = self.mx.read_mailboxes(dovecot.table(JUNK_OWNER))
            self._said("mailboxes", taken.last_line)
            self._expect(None, "exit code of the mailboxes' reader", taken.code, 0)
            self._expect(None, "flags of the Junk message", dovecot.flags(JUNK_OWNER), [{"$TraplineTaken"}])

    def _check_junk(self) -> None:
        sent = [one for one in self.mx.portal.submissions if JUNK in one.object]
        self._said("submitted of the Junk message", ", ".join(sorted(one.kind for one in sent)))
        self._expect(None, "submitted of the Junk message", sorted(one.kind for one in sent), ["email", "url"])
        told = b"".join(one.request.body for one in sent).decode()
        self._expect(None, "its owner's address submitted", JUNK_OWNER in told, wanted=False)

    def _check_mail(self, outcome: Outcome) -> None:
        scene, seen = outcome.scene, outcome.seen
        self._expect(scene, "replies to RCPT", tuple(reply.code for reply in seen.rcpts), scene.codes)
        self._expect(scene, "delivered to the person", outcome.delivered, scene.delivered)
        self._expect(scene, "caught in", outcome.caught, scene.caught)
        self._expect(scene, "listed", outcome.listings, [scene.listed] if scene.listed else [])
        if scene.delivered:
            self._expect(scene, "unchanged", self.mx.mailbox(ANNA)[-1].endswith(b"\n" + scene.message), True)
        if 550 in scene.codes:
            text = str(seen.rcpt).lower()
            self._expect(scene, "zone and link in the refusal", "zen" in text and "check.spamhaus.org" in text, True)

    def _report(self) -> None:
        """Three troubles first (a wrong token, a known URL, a portal in a hurry), then until all is sent."""
        portal = self.mx.portal
        portal.known |= {landing_page(KNOWN), landing_page(KNOWN).removeprefix("http://")}
        portal.invalid[BAD] = "Invalid domain"
        refused = self.mx.report(environ={"TRAPLINE_SPAMHAUS__TOKEN": "a-token-that-was-revoked"})
        self._said("reporter with a revoked token", refused.last_line)
        self._expect(None, "exit code with a revoked token", refused.code, 1)
        portal.script(Answer.slow_down("1"))
        for _ in range(10):
            sent = len(portal.submissions)
            run = self.mx.report()
            if len(portal.submissions) == sent:
                break
            self._said("reporter", run.last_line)
            time.sleep(1.0)  # what the portal asked for
        self._expect(None, "exit code of the last run", run.code, 0)
        self._expect(None, "answers of the portal", sorted(set(self._answers())), sorted(MEANINGS))
        everything = b"".join(submission.request.body for submission in portal.submissions)
        self._expect(None, "trap address submitted", TRAP.encode() in everything.lower(), wanted=False)

    def _answers(self) -> list[int]:
        """What the portal answered to each submission; a refused token is told before there is any."""
        portal = self.mx.portal
        return [submission.status for submission in portal.submissions] + [401] * len(portal.unauthorised)

    def _submitted(self, scene: Scene) -> dict[str, int]:
        """What was submitted of this scene (told by the client's address and the sender's domain), and the answer."""
        domain = scene.sender.partition("@")[2]
        return {
            submission.kind: submission.status
            for submission in self.mx.portal.submissions
            if scene.client in submission.object or domain in submission.object
        }

    def _check_submissions(self, outcome: Outcome) -> None:
        missing = outcome.scene.submitted - set(outcome.submitted)
        self._expect(outcome.scene, "kinds not submitted", sorted(missing), [])
        if outcome.scene.caught is None:
            self._expect(outcome.scene, "submitted", outcome.submitted, {})

    def _said(self, who: str, text: str) -> None:
        say(f"{who}: {text or '(said nothing)'}")

    def _expect(self, scene: Scene | None, what: str, found: object, wanted: object) -> None:
        if found != wanted:
            where = f"{scene.title}: " if scene else ""
            self.failures.append(f"{where}{what}: {found!r}, expected {wanted!r}")


def what_postfix_did(log: str) -> str:
    """In a few words, from its log."""
    deeds = {
        "milter-reject: RCPT": "refused the recipient",
        "milter-discard: END-OF-MESSAGE": "discarded the message",
        f"to=<{ANNA}>, relay=virtual": "delivered to the person",
        f"to=<{TRAP}>, relay=virtual": "delivered to the fallback",
    }
    return "\n".join(words for sign, words in deeds.items() if sign in log) or "?"


def say(text: str) -> None:
    """A line of progress."""
    print(f"demo: {text}", flush=True)


@contextmanager
def tidy_end() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the demo once, and the tidying up go on whatever is pressed then."""

    def end(number: int, _frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt(signal.Signals(number).name)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, end)
    yield


def main() -> int:
    """Run it; the exit code."""
    start = time.monotonic()
    console = Console(width=None if sys.stdout.isatty() else 150)
    try:
        with tidy_end():
            say("starting Postfix, rbldnsd, the portal's stand-in and the milter")
            with MailExchanger() as mx:
                demo = Demo(mx, console)
                demo.run()
                say("stopping the servers")
    except KeyboardInterrupt:
        say("interrupted; nothing is left running or behind")
        return 130
    except ServerError as error:
        say(f"FAILED: {error}")
        return 1
    for failure in demo.failures:
        say(f"not as expected: {failure}")
    if demo.failures:
        say(f"FAILED: {len(demo.failures)} things were not as expected")
        return 1
    say(f"took {time.monotonic() - start:.0f} s")
    say("everything worked")
    return 0


if __name__ == "__main__":
    sys.exit(main())
