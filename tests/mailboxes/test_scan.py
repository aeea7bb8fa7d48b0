"""`trapline scan` as users run it: a real Dovecot, the real spamd and rspamd, and what is in the folders afterwards."""

import fcntl
import os
import pty
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.filters.messages import GTUBE, HAM, SPAM, advertising, mail
from tests.mailboxes.scanned import Anna
from tests.servers.dovecot import Dovecot
from tests.servers.processes import free_port
from tests.servers.rbldnsd import Rbldnsd
from tests.servers.rspamd import PASSWORD as CONTROLLER
from tests.servers.rspamd import Rspamd
from tests.servers.scripted_spamd import ScriptedSpamd
from tests.servers.spamd import Spamd
from tests.servers.trapline_process import COMMAND, run

JUNK = Dovecot.JUNK


@pytest.fixture
def anna(dovecot: Dovecot, spamd: Spamd, tmp_path: Path) -> Anna:
    return Anna(dovecot, spamd.address, tmp_path)


def test_nothing_is_changed_unless_asked_for(anna: Anna) -> None:
    anna.gets(HAM, SPAM)
    done = run("scan", "anna", config=anna.config)
    assert done.code == 0
    assert anna.has() == [HAM, SPAM]
    assert anna.flags() == [set(), set()], "not even read"
    assert anna.has(JUNK) == []
    assert done.last_line == "anna: 2 new messages: 1 ham, 1 spam"
    assert "Carla <carla@harbour-notes.com>: Our plans: left as it is" in done.stdout


def test_spam_is_moved_and_ham_left_where_it_is(anna: Anna) -> None:
    anna.gets(HAM, SPAM)
    said = anna.json("--move")
    assert (said["ham"], said["spam"]) == (1, 1)
    assert [(one["verdict"], one["done"]) for one in said["messages"]] == [("spam", ["moved"]), ("ham", [])]
    assert "GTUBE" in [symbol["name"] for symbol in said["messages"][0]["scores"]["spamd"]["symbols"]]
    assert (anna.has(), anna.has(JUNK)) == ([HAM], [SPAM])


def test_what_was_seen_is_not_scanned_again_unless_asked_for(anna: Anna) -> None:
    anna.gets(HAM, SPAM)
    assert anna.json()["new"] == 2
    assert anna.json()["new"] == 0
    anna.gets(HAM)
    assert anna.json()["new"] == 1
    assert anna.json("--again")["new"] == 3


def test_a_dry_run_says_what_would_be_done_and_keeps_nothing(anna: Anna) -> None:
    anna.gets(HAM, SPAM)
    done = anna.scan("--dry-run", "--move")
    assert "would be moved" in done.stdout
    assert (anna.has(), anna.has(JUNK)) == ([HAM, SPAM], [])
    assert anna.json()["new"] == 2


def test_spam_is_flagged_copied_and_marked_as_deleted(anna: Anna) -> None:
    anna.gets(HAM, SPAM)
    anna.scan("--copy", "--flag", "--delete")
    assert anna.flags() == [set(), {"\\Flagged", "\\Deleted"}]
    assert anna.has(JUNK) == [SPAM]
    assert anna.json()["new"] == 0


def test_only_what_this_run_marked_is_removed(anna: Anna) -> None:
    anna.gets(HAM, HAM, SPAM)
    with anna.open() as client:
        client.select("INBOX")
        client.store("1", "+FLAGS", "(\\Deleted)")
        client.unselect()
    anna.scan("--delete", "--expunge")
    assert anna.has() == [HAM, HAM]
    assert anna.flags() == [{"\\Deleted"}, set()], "what somebody else marked is theirs to remove"


def test_spam_is_filed_with_the_scanners_report(anna: Anna) -> None:
    anna.gets(SPAM)
    anna.scan("--report")
    assert anna.has() == [SPAM]
    (filed,) = anna.has(JUNK)
    assert b"Generic Test for Unsolicited Bulk Email" in filed
    assert GTUBE in filed
    anna.scan("--again", "--report", "--move")
    assert (anna.has(), len(anna.has(JUNK))) == ([], 2)


def test_certain_spam_gets_an_action_of_its_own(anna: Anna) -> None:
    anna.configure("spam_score = 1.0", "certain_score = 100.0")
    anna.gets(HAM, SPAM, advertising(3).replace(b"Subject: offer", b"Subject: VIAGRA!!! FREE MONEY offer"))
    said = anna.json("--spam-score", "-50", "--copy", "--certain", "remove")
    assert [(one["verdict"], one["done"]) for one in said["messages"]] == [
        ("spam", ["copied"]),
        ("certain", ["marked as deleted", "removed"]),
        ("spam", ["copied"]),
    ]
    assert SPAM not in anna.has()
    assert len(anna.has()) == len(anna.has(JUNK)) == 2


def test_messages_over_the_size_are_not_scanned_and_the_newest_come_first(anna: Anna) -> None:
    large = mail(b"x" * 3000, b"large")
    anna.gets(HAM, large, mail(b"short", b"newest", 2))
    said = anna.json("--max-size", "2000", "--limit", "2")
    assert [(one["subject"], one["verdict"]) for one in said["messages"]] == [("newest", "ham"), ("", "too large")]
    assert [one["subject"] for one in anna.json("--limit", "0")["messages"]] == ["Our plans"]


def test_another_folder_for_spam_can_be_named_and_has_to_be_there(anna: Anna) -> None:
    anna.gets(SPAM)
    done = anna.scan("--move", "--folder", "Sorted/Out")
    assert done.code == 1
    assert 'there is no folder "Sorted/Out"' in done.stdout
    assert anna.has() == [SPAM]
    anna.creates("Sorted/Out")
    assert anna.scan("--move", "--folder", "Sorted/Out").code == 0
    assert anna.has("Sorted/Out") == [SPAM]


def test_several_scanners_are_asked_and_one_decides(anna: Anna, rspamd: Rspamd) -> None:
    both = f'filters.rspamd = {{ url = "{rspamd.url}", controller = "{rspamd.controller}" }}'
    anna.config.write_text(both)
    anna.configure('scanners = ["spamd", "rspamd"]', 'decides = "rspamd"', "spam_score = 20.0")
    anna.config.write_text(both + anna.config.read_text())
    anna.gets(HAM, SPAM)
    message, _ = anna.json()["messages"]
    assert list(message["scores"]) == ["rspamd", "spamd"]
    assert message["scores"]["spamd"]["spam"]
    assert message["verdict"] == "ham", "rspamd gives it 15 points, and 20 are asked for"
    assert anna.json("--again", "--spam-score", "15", "--move")["spam"] == 1
    assert (anna.has(), anna.has(JUNK)) == ([HAM], [SPAM])


def test_our_own_zones_judge_by_the_client_that_the_trusted_server_saw(anna: Anna) -> None:
    with Rbldnsd({"zen": {"11.0.4.4": "127.0.0.3"}}) as zones:
        asked = f"""
        [dqs]
        key = "{zones.key}"
        nameservers = ["{zones.nameserver}"]
        """
        anna.configure('scanners = ["zones"]', more=asked)
        anna.gets(HAM)
        assert anna.json("--dry-run")["ham"] == 1, "nobody is trusted to say where it came from"
        believed = 'trust = { method = "received", servers = ["mx.quayside-mail.com"] }\n[mailboxes.scan]'
        anna.config.write_text(anna.config.read_text().replace("[mailboxes.scan]", believed))
        (message,) = anna.json()["messages"]
    assert (message["verdict"], message["scores"]["zones"]["symbols"][0]["name"]) == ("spam", "zen 127.0.0.3")


def test_the_scanners_are_taught_once_and_the_lessons_are_put_away(
    anna: Anna, spamd: Spamd, rspamd: Rspamd, tmp_path: Path
) -> None:
    password = tmp_path / "controller"
    password.write_text(CONTROLLER)
    password.chmod(0o600)
    anna.configure(
        'scanners = ["spamd", "rspamd"]',
        'learn_spam = "Teach/Spam"',
        'learn_ham = "Teach/Ham"',
        'learnt = "move"',
        more=f"""
        [filters.rspamd]
        url = "{rspamd.url}"
        controller = "{rspamd.controller}"
        password_file = "{password}"
        """,
    )
    anna.creates("Teach/Spam")
    anna.creates("Teach/Ham")
    anna.gets(advertising(101), advertising(102), folder="Teach/Spam")
    anna.gets(advertising(103), folder="Teach/Ham")
    anna.gets(SPAM)
    before, counted = spamd.learned(), rspamd.learned()
    assert anna.json("--teach-only", "--dry-run")["taught"] == {"spam": 2, "ham": 1}
    assert rspamd.learned() == counted
    said = anna.json("--teach-only")
    assert (said["taught"], said["errors"], said["new"]) == ({"spam": 2, "ham": 1}, [], 0)
    assert spamd.learned() == {"spam": before["spam"] + 2, "ham": before["ham"] + 1}
    assert rspamd.learned() == counted + 3
    assert (anna.has("Teach/Spam"), anna.has("Teach/Ham")) == ([], [])
    assert sorted(anna.has(JUNK)) == sorted([advertising(101), advertising(102)])
    assert anna.has() == [SPAM, advertising(103)]


def test_lessons_that_stay_are_taught_once(dovecot: Dovecot, tmp_path: Path) -> None:
    with ScriptedSpamd(lambda _: b"SPAMD/1.1 0 EX_OK\r\nDidSet: local\r\n\r\n") as spamd:
        anna = Anna(dovecot, spamd.address, tmp_path)
        anna.configure('learn_spam = "Teach"')
        anna.creates("Teach")
        anna.gets(advertising(110), folder="Teach")
        assert [anna.json("--teach-only")["taught"]["spam"] for _ in range(2)] == [1, 0]
        assert len(spamd.requests) == 1
        assert anna.has("Teach") == [advertising(110)]


def test_what_a_person_taught_as_ham_is_not_sorted_out_of_the_inbox_that_it_is_moved_to(anna: Anna) -> None:
    anna.configure('learn_ham = "Teach/Ham"', 'learnt = "move"', "certain_score = 100.0")
    anna.creates("Teach/Ham")
    anna.gets(SPAM, folder="Teach/Ham")
    assert anna.scan("--move", "--certain", "remove").last_line == "anna: 1 new message: 1 ham; taught 1 as ham"
    assert (anna.has(), anna.has(JUNK)) == ([SPAM], [])
    assert anna.json("--again", "--delete")["ham"] == 1, "and it keeps to that"
    anna.gets(SPAM + b"from another sender\r\n")
    assert anna.json("--move")["spam"] == 1


def test_what_a_person_puts_back_into_the_inbox_stays_there(anna: Anna) -> None:
    anna.gets(SPAM, SPAM)
    assert anna.json("--move", "--limit", "1")["spam"] == 1
    with anna.open() as client:
        client.select(f'"{JUNK}"')
        client.copy("1", "INBOX")
    said = anna.json("--move")
    assert (said["ham"], said["spam"]) == (1, 1), "the other one was there before"
    assert anna.has() == [SPAM]
    assert anna.json("--move")["new"] == 0
    anna.dovecot.wait_a_second()
    anna.gets(SPAM)
    assert anna.json("--move")["spam"] == 1, "the same once more, from outside"
    assert anna.json("--move", "--again")["spam"] == 1


def test_exit_codes_tell_what_the_mail_was(anna: Anna) -> None:
    assert anna.scan("--exitcodes").code == 0
    anna.gets(HAM)
    assert anna.scan("--exitcodes").code == 1
    anna.gets(SPAM)
    assert anna.scan("--exitcodes").code == 2
    anna.gets(SPAM, HAM)
    assert anna.scan("--exitcodes").code == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--copy", "--move"), "one copy"),
        (("--certain", "remove"), "certain-score"),
        (("--limit", "many"), "expected a whole number"),
        (("--nonsense",), "nonsense"),
        (("bert",), "no mailbox is called 'bert'"),
    ],
)
def test_wrong_arguments_end_with_2_or_10(anna: Anna, options: tuple[str, ...], words: str) -> None:
    done = anna.scan(*options)
    assert done.code == 2
    assert words in done.stderr
    assert anna.scan("--exitcodes", *options).code == 10


def test_a_server_that_is_not_there_ends_with_1_or_11(anna: Anna) -> None:
    anna.config.write_text(anna.config.read_text().replace(f"port = {anna.dovecot.imaps}", f"port = {free_port()}"))
    done = anna.scan()
    assert done.code == 1
    assert "anna: connect: Connection refused" in done.stdout
    assert anna.scan("--exitcodes").code == 11


def test_a_scanner_that_is_not_there_ends_with_1_or_12_and_the_mail_stays_new(anna: Anna) -> None:
    anna.gets(HAM)
    there, anna.spamd = anna.spamd, f"127.0.0.1:{free_port()}"
    anna.configure()
    done = anna.scan("--move")
    assert done.code == 1
    assert "spamd: no connection to" in done.stdout
    assert anna.scan("--exitcodes").code == 12
    anna.spamd = there
    anna.configure()
    assert anna.json()["new"] == 1


def test_a_second_run_on_the_same_mailbox_does_not_start(anna: Anna) -> None:
    assert anna.scan().code == 0
    (lock,) = anna.state.rglob("*.lock")
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert anna.scan().code == 1
        assert anna.scan("--exitcodes").code == 30
    assert anna.scan("--exitcodes").code == 0, "the file alone, as a crash leaves it, locks nothing"


def test_a_terminal_sees_a_progress_bar_and_the_output_has_none(anna: Anna) -> None:
    anna.gets(HAM)
    ours, theirs = pty.openpty()
    command = [str(COMMAND), "scan", "anna", "--config", str(anna.config)]
    environ = os.environ | {"TERM": "xterm"}
    done = subprocess.run(command, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, env=environ, check=True)
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # so its end is told, once nobody has the other side open
        while chunk := os.read(ours, 65_536):
            shown += chunk
    os.close(ours)
    assert b"scanning" in shown
    assert done.stdout == b"anna: 1 new message: 1 ham\n"


def test_a_folder_that_was_made_anew_is_new(anna: Anna) -> None:
    anna.configure('folder = "Other"')
    anna.creates("Other")
    anna.gets(HAM, folder="Other")
    assert anna.json()["new"] == 1
    with anna.open() as client:
        client.delete("Other")
    anna.dovecot.wait_a_second()
    anna.creates("Other")
    anna.gets(HAM, folder="Other")
    assert anna.json()["new"] == 1


def test_the_password_is_in_no_output(anna: Anna) -> None:
    anna.password.write_text("wr0ng-c4nary")
    done = anna.scan()
    assert done.code == 1
    assert "wr0ng-c4nary" not in done.output
