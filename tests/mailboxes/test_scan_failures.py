"""A bad message, a bad scanner and a bad connection cost what they have to, and no mail."""

import json
from pathlib import Path
from threading import Event

from tests.filters.messages import mail
from tests.mailboxes.scanned import Anna
from tests.servers.dovecot import Dovecot
from tests.servers.processes import free_port
from tests.servers.scripted_imap import Answer, ScriptedImap, fetched
from tests.servers.scripted_spamd import HAM, SPAM, ScriptedSpamd
from tests.servers.trapline_process import Daemon, run

BAD = mail(b"this one makes the scanner fall over", b"bad")


def by_words(request: bytes) -> bytes:
    return b"" if b"fall over" in request else SPAM if b"pills" in request else HAM


def good(number: int) -> bytes:
    return mail(b"good", b"good %d" % number, number)


def test_a_message_that_fails_ends_no_run_and_is_given_up_after_three(dovecot: Dovecot, tmp_path: Path) -> None:
    with ScriptedSpamd(by_words) as spamd:
        anna = Anna(dovecot, spamd.address, tmp_path)
        anna.gets(good(1), BAD, good(2))
        done = anna.scan("--move")
        assert done.code == 1
        assert "bad: spamd: it hung up without an answer" in done.stdout
        assert done.last_line == "anna: 3 new messages: 2 ham, 1 not scanned"
        assert anna.scan("--exitcodes").code == 12, "alone it proves nothing: the scanner may be ill"
        anna.gets(good(3))
        assert anna.scan("--exitcodes").code == 12
        anna.gets(good(4))
        assert "left alone from now on" in anna.scan().stdout
        assert anna.json()["new"] == 0
        assert BAD in anna.has()


def test_a_scanner_that_fails_time_after_time_ends_the_run(dovecot: Dovecot, tmp_path: Path) -> None:
    with ScriptedSpamd(lambda _: b"") as spamd:
        anna = Anna(dovecot, spamd.address, tmp_path)
        anna.gets(*(good(number) for number in range(6)))
        said = anna.json()
        assert (said["failed"], len(spamd.requests)) == (3, 3)
        assert "3 messages in succession failed: spamd: it hung up" in said["errors"][-1]["text"]
        for _ in range(3):
            anna.scan()
        spamd.answer = by_words
        assert anna.json()["ham"] == 6, "no message is given up for that"


def test_a_scanner_that_does_not_decide_may_be_away(dovecot: Dovecot, tmp_path: Path) -> None:
    with ScriptedSpamd(by_words) as spamd:
        anna = Anna(dovecot, spamd.address, tmp_path)
        nobody = f"[filters.rspamd]\nurl = 'http://127.0.0.1:{free_port()}'"
        anna.configure('scanners = ["spamd", "rspamd"]', more=nobody)
        anna.gets(good(1), good(2))
        said = anna.json()
    assert (said["ham"], len(said["errors"])) == (2, 1), "said once, and not asked again"


def test_a_message_that_is_too_large_for_the_scanner_alone_is_too_large(dovecot: Dovecot, tmp_path: Path) -> None:
    with ScriptedSpamd(by_words) as spamd:
        anna = Anna(dovecot, spamd.address, tmp_path)
        anna.gets(mail(b"x" * 600_000, b"large"))
        assert anna.json("--max-size", "1000000")["too_large"] == 1
        assert (anna.json()["new"], spamd.requests) == (0, [])


def test_a_connection_that_breaks_loses_nothing_and_the_next_run_goes_on(dovecot: Dovecot, tmp_path: Path) -> None:
    broken: list[bool] = []

    def breaking(request: bytes) -> bytes:
        if b"good 1" in request and not broken:
            broken.append(True)
            dovecot.kick(anna.user)
        return by_words(request)

    with ScriptedSpamd(breaking) as spamd:
        anna = Anna(dovecot, spamd.address, tmp_path)
        pills = [mail(b"pills", b"pills good %d" % number, number) for number in range(3)]
        anna.gets(*pills)
        assert anna.scan("--move", "--exitcodes").code == 11
        assert sorted(anna.has() + anna.has(dovecot.JUNK)) == sorted(pills)
        anna.scan("--move")
        assert (anna.has(), sorted(anna.has(dovecot.JUNK))) == ([], sorted(pills))


def test_a_message_that_the_server_fails_to_hand_over_stands_in_nobodys_way_for_ever(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    def too_much(line: str) -> bytes:
        return b"* 1 FETCH (UID 1 BODY[] {999999999}\r\n" if "BODY" in line else fetched(line)

    with ScriptedSpamd(by_words) as spamd, ScriptedImap({"UID FETCH": too_much}) as imap:
        anna = Anna(dovecot, spamd.address, tmp_path)
        anna.moves_to(imap)
        assert [anna.scan("--exitcodes").code for _ in range(4)] == [11, 11, 11, 0]


def test_a_server_that_removes_no_single_message_is_said_to_keep_it(dovecot: Dovecot, tmp_path: Path) -> None:
    without_uidplus = {"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"}
    with ScriptedSpamd(by_words) as spamd, ScriptedImap(without_uidplus) as imap:
        anna = Anna(dovecot, spamd.address, tmp_path)
        anna.moves_to(imap)
        said = anna.json("--delete", "--expunge")
        assert not any("EXPUNGE" in command for command in imap.commands), "it would remove what others marked"
    assert said["messages"][0]["done"] == ["marked as deleted"]
    assert "can't remove single messages" in said["errors"][0]["text"]


def test_what_can_not_be_marked_as_deleted_is_filed_once(dovecot: Dovecot, tmp_path: Path) -> None:
    """As in a folder of somebody else's, where we have no right to delete."""
    answers: dict[str, Answer] = {
        "LIST": b'* LIST () "/" INBOX\r\n* LIST (\\Junk) "/" Junk\r\nTAG OK done\r\n',
        "UID COPY": b"TAG OK done\r\n",
        "UID STORE": b"TAG NO [NOPERM] denied\r\n",
    }
    with ScriptedSpamd(by_words) as spamd, ScriptedImap(answers) as imap:
        anna = Anna(dovecot, spamd.address, tmp_path)
        anna.moves_to(imap)
        done = [anna.json("--copy", "--delete")["messages"][0]["done"] for _ in range(2)]
        assert (done, _count(imap, "UID COPY"), _count(imap, "UID STORE")) == ([["copied"], []], 1, 2)
        anna.scan("--again", "--copy", "--delete")
        assert _count(imap, "UID COPY") == 2, "it was asked for"


def _count(imap: ScriptedImap, command: str) -> int:
    return sum(command in line for line in imap.commands)


def test_where_nothing_is_to_be_done_the_folder_is_opened_for_reading_only(dovecot: Dovecot, tmp_path: Path) -> None:
    with ScriptedSpamd(by_words) as spamd, ScriptedImap() as imap:
        anna = Anna(dovecot, spamd.address, tmp_path)
        anna.moves_to(imap)
        assert anna.json()["spam"] == 1
        assert any("EXAMINE" in command for command in imap.commands)
        assert not any("SELECT" in command for command in imap.commands)


def test_spam_is_not_filed_in_the_folder_that_is_scanned(dovecot: Dovecot, tmp_path: Path) -> None:
    with ScriptedSpamd(by_words) as spamd:
        anna = Anna(dovecot, spamd.address, tmp_path)
        anna.gets(mail(b"pills"))
        assert "the one that is scanned" in anna.scan("--move", "--folder", "inbox").stdout
        assert len(anna.has()) == 1


def test_a_run_that_is_killed_leaves_no_lock_and_loses_nothing(dovecot: Dovecot, tmp_path: Path) -> None:
    reached, go_on = Event(), Event()

    def stopping(request: bytes) -> bytes:
        if b"good 1" in request and not go_on.is_set():
            reached.set()
            go_on.wait(20)
        return by_words(request)

    with ScriptedSpamd(stopping) as spamd:
        anna = Anna(dovecot, spamd.address, tmp_path)
        pills = [mail(b"pills", b"pills good %d" % number, number) for number in range(3)]
        anna.gets(*pills)
        scan = Daemon(["scan", "anna", "--move"], anna.config, tmp_path / "log")
        scan.start()
        assert reached.wait(20)
        assert anna.scan("--exitcodes").code == 30, "it is at work"
        scan.kill()
        go_on.set()
        assert (anna.has(), anna.has(dovecot.JUNK)) == (pills[:2], pills[2:])
        assert anna.json("--move")["spam"] == 2
        assert (anna.has(), sorted(anna.has(dovecot.JUNK))) == ([], sorted(pills))


def test_where_nothing_can_be_remembered_nothing_is_done(dovecot: Dovecot, tmp_path: Path) -> None:
    with ScriptedSpamd(by_words) as spamd:
        anna = Anna(dovecot, spamd.address, tmp_path)
        anna.state.write_text("a file where a folder should be")
        anna.gets(mail(b"pills"))
        assert anna.scan("--move", "--exitcodes").code == 74
        assert len(anna.has()) == 1


def test_what_was_done_is_told_though_the_next_mailbox_can_not_be_scanned(dovecot: Dovecot, tmp_path: Path) -> None:
    """A script would not know what was moved."""
    with ScriptedSpamd(by_words) as spamd:
        anna = Anna(dovecot, spamd.address, tmp_path)
        bob = f"[[mailboxes]]\nname = 'bob'\nhost = 'localhost'\nuser = 'bob@x.com'\npassword_file = '{tmp_path}/none'"
        anna.configure(more=f"{bob}\n[mailboxes.scan]")
        anna.gets(mail(b"pills", b"buy"))
        done = run("scan", "anna", "bob", "--move", "--json", config=anna.config)
        assert (done.code, f"cannot read {tmp_path}/none" in done.stderr) == (78, True)
        assert [(one["mailbox"], one["spam"]) for one in json.loads(done.stdout)] == [("anna", 1)]
