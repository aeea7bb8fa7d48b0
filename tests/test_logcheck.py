"""config/logcheck/: what the daemons say every day is ignored, what an admin must see is not. By logcheck's grep."""

import re
import signal
import subprocess
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.e2e.dialogue import send
from tests.e2e.messages import SPAMMER, ordinary, spam
from tests.servers.mail_exchanger import ANNA, TRAP, MailExchanger
from tests.servers.portal import Answer
from tests.servers.processes import until
from tests.servers.trapline_process import Daemon
from trapline.config.events import Dialogue, Event, Fact

RULES = Path(__file__).parents[1] / "config/logcheck/ignore.d.server/trapline"
HEADS = ("Nov 21 12:00:00 mx", "2026-11-21T12:00:00.123456+01:00 mx")  # rsyslog's older and newer form
DIALOGUE = Dialogue(ip_address("11.0.0.66"), "mail.pills.com", "4bXyZ1")
HIT: dict[str, Fact] = {"id": "57febb2f9030a393", "label": "web page, footer"}


def names(text: str) -> set[str]:
    return set(text.split())


EVERY_DAYS = names(
    "refused deferred listed tagged forged-tag trapped probe zone-well resolver-back queries reload taken-in "
    "submission newly-listed review removed mailbox-taken mailbox-read mailbox-back blocklisted "
    "blocklist-extended blocklist-spared blocklist-waiting learned"
)
WORTH_A_LOOK = names(
    "lookup-error capture-error zone-left-out zone-back zone-not-tested zone-error resolver-left-alone "
    "blocklist-error blocklist-back queries-near-the-limit queries-at-the-limit reload-error started stopped "
    "cut-short failed worker-died defect ripe-stat large-senders dnswl-error dnswl-back review-error dropped "
    "token-refused failed-file unreadable not-removed mailbox-failed mailbox-message-refused "
    "mailbox-message-given-up mailbox-renumbered mailbox-without-keywords blocklist-held blocklist-not-written "
    "blocklist-command-failed blocklist-well own-client learning-error"
)


def seen(lines: list[str], head: str = HEADS[0]) -> list[str]:
    """What logcheck mails: the lines that no rule matches."""
    text = "".join(f"{head} trapline[4711]: {line}\n" for line in lines)
    grep = ["grep", "-E", "-v", "-f", str(RULES)]
    done = subprocess.run(grep, input=text, capture_output=True, text=True, check=False)
    assert done.returncode < 2, done.stderr
    return [line.partition("]: ")[2] for line in done.stdout.splitlines()]


def said(log: str) -> list[str]:
    """The lines of a daemon's log without time and level."""
    return [line.group(1) for line in re.finditer(r"^[-0-9]+ [:,0-9]+ [A-Z]+ (.*)$", log, re.MULTILINE)]


def test_an_ordinary_days_lines_are_ignored_and_the_others_are_not(mx: MailExchanger, tmp_path: Path) -> None:
    """Lines of the real daemons: refused and caught mail, submissions, a bad trap file, a broken file in the spool."""
    before = len(mx.milter_log())
    with mx.client("11.0.0.2") as smtp:
        smtp.mail(SPAMMER)
        assert smtp.rcpt(ANNA)[0] == 550
    for number in range(2):
        with mx.client(f"11.0.1.{number + 7}") as smtp:
            send(smtp, SPAMMER, [TRAP], spam())
    with mx.client("11.0.1.9") as smtp:
        smtp.mail(SPAMMER)
        smtp.rcpt(TRAP)
    with mx.client("11.0.1.8") as smtp:
        send(smtp, "carla@harbour-letters.com", [ANNA], ordinary())
    (mx.folder / "traps").write_text("canary@mx.com\n", encoding="utf-8")
    mx.milter.signal(signal.SIGHUP)
    until("the bad trap file to be told", lambda: "reload error" in mx.milter_log()[before:])
    mx.write_traps(mx.traps)
    (mx.spool_folder / "new" / "broken").write_bytes(b"no\n")
    mx.portal.script(Answer(400))
    reporter = Daemon(["reporter"], mx.config, tmp_path / "log")
    reporter.start()
    for text in ("accepted ", "taken in", "put aside in", "blocklisted", "refused ip"):
        reporter.wait_for_output(text)
    assert reporter.stop() == 0
    lines = [*said(mx.milter_log()[before:]), *said(reporter.output())]
    for head in HEADS:
        shown = seen(lines, head)
        assert {"refused", "trapped", "probe", "blocklisted"} <= {line.split()[1] for line in set(lines) - set(shown)}
        important = ("the old traps", "put aside in", "refused ip")
        assert [words for words in important if not any(words in line for line in shown)] == []
        expected = (*important, "started", "stopped", "lookup error")
        assert [line for line in shown if not any(words in line for words in expected)] == []


def test_of_each_event_it_is_decided_whether_it_is_an_every_days_one() -> None:
    """A new one is seen until it is: whoever adds it to docs/log.md adds it above, and to the rules if need be."""
    page = (Path(__file__).parents[1] / "docs/log.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    documented = {name for row in rows for name in re.findall(r"`([a-z-]+)`", row)}
    assert documented == EVERY_DAYS | WORTH_A_LOOK
    assert not EVERY_DAYS & WORTH_A_LOOK


@pytest.mark.parametrize("name", sorted(WORTH_A_LOOK))
def test_the_name_of_an_event_that_is_worth_a_look_is_ignored_in_no_form(name: str) -> None:
    facts = {"why": "timeout", "zone": "zen"}
    lines = [str(Event(name.replace("-", " "), facts, dialogue=dialogue)) for dialogue in (None, DIALOGUE)]
    assert seen(lines) == lines


@pytest.mark.parametrize(
    "event",
    [
        Event("lookup error", {"zone": "zen", "why": "timeout"}, dialogue=DIALOGUE),
        Event("capture error", {"why": "No space left on device", "label": "x"}, dialogue=DIALOGUE),
        Event("trapped", HIT | {"people": 0, "warning": "own client"}, dialogue=DIALOGUE),
        Event("zone left out", {"zone": "zen", "why": "the DQS key"}),
        Event("zone error", {"zone": "zen", "answer": "127.255.255.250"}, dialogue=DIALOGUE),
        Event("reload error", {"why": "x"}),
        Event("blocklist error", {"entries": 0, "why": "x"}),
        Event("blocklist held", {"held": 3, "network": "11.0.0.1/32"}),
        Event("queries at the limit", {"day": "2026-11-21", "sent": 9}),
        Event("worker died", {"status": 9}),
        Event("mailbox failed", {"mailbox": "x", "why": "y"}),
        Event("defect", {"callback": "eom"}, dialogue=DIALOGUE),
        Event("started", {"mode": "enforce", "traps": 3}),
        Event("stopped"),
        Event("token refused", text="the Submission Portal refuses the token (HTTP 401): nothing is sent"),
        Event(
            "removed", text="removed as old: 3 files of caught mail (1 of them were never taken in), 0 messages' rows"
        ),
    ],
    ids=lambda event: event.name,
)
def test_what_an_admin_must_see_is_not_ignored(event: Event) -> None:
    assert seen([str(event)]) == [str(event)]


@pytest.mark.parametrize(
    "event", ["refused", "deferred", "tagged", "blocklisted", "blocklist extended", "blocklist spared"]
)
def test_a_clients_words_do_not_make_an_ordinary_line_unusual(event: str) -> None:
    odd = Event(event, {"object": 'a b", c=d', "zone": ("zen", "dbl"), "label": "x, y=z"}, dialogue=DIALOGUE)
    assert seen([str(odd)]) == []


@pytest.mark.parametrize("event", ["trapped", "blocklist spared"])
def test_an_ordinary_line_without_a_client_is_ignored_too(event: str) -> None:
    facts: dict[str, Fact] = HIT | {"people": 0} if event == "trapped" else HIT
    assert seen([str(Event(event, facts, dialogue=Dialogue(None, None, None)))]) == []


def test_a_clients_words_do_not_hide_an_important_line() -> None:
    odd = Event("lookup error", {"zone": "zen", "why": "x\nA1: refused client=x"}, dialogue=DIALOGUE)
    assert seen([str(odd)]) == [str(odd)]


def test_another_programs_lines_are_none_of_ours() -> None:
    line = f"{HEADS[0]} sshd[1]: A1: refused client=x[11.0.0.1], zone=zen"
    done = subprocess.run(["grep", "-E", "-q", "-f", str(RULES)], input=line, text=True, check=False)
    assert done.returncode == 1
