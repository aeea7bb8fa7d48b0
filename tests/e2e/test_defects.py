"""A callback that raises: the trace is logged with the queue ID, the message goes on, and the milter with it."""

from pathlib import Path

from tests.servers.lone_milter import DOMAIN, MESSAGE, PERSON, STRANGER, TRAP, LoneMilter
from tests.servers.milter_client import CONTINUE
from tests.servers.rbldnsd import Rbldnsd

# Python runs a module of this name at its start: a defect where recipients are looked up.
DEFECT = """
from trapline.traps.matching import TrapSet

sound = TrapSet.match

def match(self, recipient):
    if "defect" in recipient:
        raise RuntimeError("a defect of the tests")
    return sound(self, recipient)

TrapSet.match = match
"""


def test_a_callback_that_raises_takes_neither_the_message_nor_the_daemon_down(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(DEFECT, encoding="utf-8")
    with Rbldnsd() as dns:
        milter = LoneMilter(tmp_path, dns)
        try:
            milter.start({"PYTHONPATH": str(tmp_path)})
            pid = milter.daemon.pid
            with milter.client(i="4bXyZ1") as client:
                client.connect(STRANGER)
                client.helo("mail.harbour-news.com")
                client.mail("news@harbour-news.com")
                assert client.rcpt(f"defect@{DOMAIN}") == CONTINUE
                assert client.rcpt(PERSON) == CONTINUE
                assert client.data().verdict == "accept"
                client.mail("news@harbour-news.com")
                assert client.rcpt(TRAP) == client.rcpt(f"defect@{DOMAIN}") == client.rcpt(TRAP) == CONTINUE
                assert client.data().verdict == "accept", "else a person's mail would be discarded with the trap's"
                client.mail("news@harbour-news.com")
                assert client.rcpt(TRAP) == CONTINUE
                assert client.data() == CONTINUE
                assert client.message(MESSAGE).verdict == "discard"
            assert len(milter.stored()) == 1
            assert milter.daemon.pid == pid
            assert milter.daemon.running
            defect, _ = [line for line in milter.daemon.output().splitlines() if "defect in" in line]
            assert "4bXyZ1: " in defect
            assert "rcpt" in defect
            assert "Traceback (most recent call last)" in milter.daemon.output()
            assert "\nRuntimeError\n" in milter.daemon.output(), "its kind, not its words: those may be a client's"
        finally:
            milter.daemon.stop()
