"""What is taken from a server that refuses, fails or makes no sense, and what is given up; with scripted servers."""

import imaplib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.mailboxes.accounts import ANNA, login, scripted
from tests.servers.scripted_imap import INTERNALDATE, MESSAGE, SELECT, Answer, ScriptedImap, fetched
from trapline.mailboxes.errors import Refused, SessionOver
from trapline.mailboxes.session import Session, open_session
from trapline.mailboxes.state import State
from trapline.mailboxes.take import ATTEMPTS, ATTEMPTS_APART, Taker
from trapline.mailboxes.tally import Tally
from trapline.spool import block
from trapline.spool.maildir import Maildir

NOW = datetime.now(UTC)
TAKEN = "$TraplineTaken"

NO_KEYWORDS = SELECT.replace(b" \\*", b"")


INTERNALDATE_NOW = imaplib.Time2Internaldate(NOW.astimezone()).encode()


def take_scripted(
    server: ScriptedImap,
    folder: Path,
    session: Session,
    after: timedelta = timedelta(0),
    name: str = "Junk",
    **keys: Any,
) -> Tally:
    now = NOW + after
    spool = Maildir(folder / "spool")
    spool.create()
    with State(folder / "state", "anna") as state:
        taker = Taker(scripted(server, **keys), session, state, spool, lambda: now, host="mx.ours.com")
        tally = Tally()
        taker.run(name, tally)
        return tally


def recent(line: str) -> bytes:
    return fetched(line).replace(INTERNALDATE, INTERNALDATE_NOW)


def test_a_message_that_is_larger_than_the_server_said_is_cut_and_says_so(tmp_path: Path) -> None:
    large = b"Subject: offer\r\n\r\n" + b"x" * 70_000

    def understated(line: str) -> bytes:
        return recent(line).replace(b"{%d}\r\n%s" % (len(MESSAGE), MESSAGE), b"{%d}\r\n%s" % (len(large), large))

    with (
        ScriptedImap({"SELECT": NO_KEYWORDS, "UID FETCH": understated}) as server,
        open_session(scripted(server), login()) as session,
    ):
        found = take_scripted(server, tmp_path, session, max_bytes=64 * 1024)
    assert found == Tally(taken=1, truncated=1)


def test_where_a_folder_keeps_no_keywords_what_was_taken_is_remembered_here(tmp_path: Path) -> None:
    answers: dict[str, Answer] = {"SELECT": NO_KEYWORDS, "UID STORE": b"TAG OK done\r\n", "UID FETCH": recent}
    with ScriptedImap(answers) as server, open_session(scripted(server), login()) as session:
        assert take_scripted(server, tmp_path, session) == Tally(taken=1)
        assert take_scripted(server, tmp_path, session) == Tally()
        assert [line for line in server.commands if TAKEN in line] == []


def test_the_keyword_is_proven_by_one_of_its_own_that_is_read_back_and_taken_away(tmp_path: Path) -> None:
    flags = iter([b"($TraplineTest)"])

    def keeping(line: str) -> bytes:
        if "FLAGS" not in line:
            return recent(line)
        return b"* 1 FETCH (UID 1 FLAGS " + next(flags, b"()") + b")\r\nTAG OK done\r\n"

    with ScriptedImap({"UID FETCH": keeping}) as server, open_session(scripted(server), login()) as session:
        assert take_scripted(server, tmp_path, session) == Tally(taken=1)
        stores = [line.partition("STORE 1 ")[2] for line in server.commands if "STORE" in line]
    assert stores == ["+FLAGS.SILENT ($TraplineTest)", "-FLAGS.SILENT ($TraplineTest)", f"+FLAGS.SILENT ({TAKEN})"]
    proof = [line for line in server.commands if "SELECT" in line]
    assert len(proof) == 2, "the folder is opened again before the keyword is read back"


def test_an_address_in_a_folders_name_stays_out_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    with ScriptedImap({"UID FETCH": recent}) as server, open_session(scripted(server), login()) as session:
        assert take_scripted(server, tmp_path, session, name=f"user/{ANNA}/Spam") == Tally(taken=1)
    assert "mailbox taken" in caplog.text
    assert ANNA not in str([vars(record) for record in caplog.records])
    assert ANNA not in caplog.text


def test_mail_of_the_future_came_now(tmp_path: Path) -> None:
    def future(line: str) -> bytes:
        return fetched(line).replace(INTERNALDATE, b'"21-Nov-2099 12:00:00 +0000"')

    with ScriptedImap({"UID FETCH": future}) as server, open_session(scripted(server), login()) as session:
        assert take_scripted(server, tmp_path, session) == Tally(taken=1)
    (path,) = Maildir(tmp_path / "spool").new()
    assert block.parse(path.read_bytes())[0].received < NOW + timedelta(seconds=1)


@pytest.mark.parametrize("when", [b'"31-Dec-9999 23:59:59 -1200"', b'"21-Nov-2026 12:00:00 +9999"', b'"x"', b"NIL"])
def test_a_time_that_is_none_stops_no_other_message(tmp_path: Path, when: bytes) -> None:
    def fetching(line: str) -> bytes:
        right = recent(line)
        if "INTERNALDATE" not in line:
            return right
        wrong = fetched(line).replace(INTERNALDATE, when).replace(b"UID 1", b"UID 2").replace(b"* 1", b"* 2")
        return wrong.partition(b"TAG")[0] + right

    def flags(line: str) -> bytes:
        return b"* 1 FETCH (UID 1 FLAGS ())\r\n* 2 FETCH (UID 2 FLAGS ())\r\nTAG OK done\r\n"

    answers: dict[str, Answer] = {"SELECT": NO_KEYWORDS.replace(b"1 EXISTS", b"2 EXISTS"), "FETCH": flags}
    with ScriptedImap(answers | {"UID FETCH": fetching}) as server, open_session(scripted(server), login()) as session:
        assert take_scripted(server, tmp_path, session) == Tally(taken=1, waiting=1)


DELETABLE = NO_KEYWORDS.replace(b"(\\Seen)]", b"(\\Seen \\Deleted)]")
WITHOUT_MOVE: dict[str, Answer] = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 UIDPLUS\r\nTAG OK done\r\n",
    "SELECT": DELETABLE,
    "UID FETCH": recent,
    "UID COPY": b"TAG OK done\r\n",
    "UID EXPUNGE": b"TAG OK done\r\n",
}
MOVING: dict[str, Any] = {"afterwards": "move", "move_to": "Done"}


def changes(server: ScriptedImap) -> list[str]:
    """What was done, but for keywords of ours."""
    changing = [line for line in server.commands if any(command in line for command in ("STORE", "COPY", "EXPUNGE"))]
    return [line.partition("UID ")[2] for line in changing if "$Trapline" not in line]


def test_without_move_what_was_taken_is_copied_and_then_deleted(tmp_path: Path) -> None:
    with ScriptedImap(WITHOUT_MOVE) as server, open_session(scripted(server), login()) as session:
        assert take_scripted(server, tmp_path, session, **MOVING) == Tally(taken=1)
        tried = ["STORE 1 +FLAGS.SILENT (\\Deleted)", "STORE 1 -FLAGS.SILENT (\\Deleted)"]
        assert changes(server) == [*tried, 'COPY 1 "Done"', tried[0], "EXPUNGE 1"]


@pytest.mark.parametrize(
    ("answers", "tried"),
    [
        ({"UID STORE": b"TAG NO [NOPERM] not yours\r\n"}, ["STORE 1 +FLAGS.SILENT (\\Deleted)"]),
        ({"SELECT": NO_KEYWORDS}, []),
        ({"SELECT": DELETABLE.replace(b"READ-WRITE", b"READ-ONLY")}, []),
    ],
)
def test_what_cannot_be_deleted_is_not_copied_at_every_look(
    tmp_path: Path, answers: dict[str, Answer], tried: list[str]
) -> None:
    with ScriptedImap(WITHOUT_MOVE | answers) as server, open_session(scripted(server), login()) as session:
        for _ in range(2):
            with pytest.raises(Refused, match=r"^anna: "):
                take_scripted(server, tmp_path, session, **MOVING)
        assert changes(server) == tried * 2
    assert len(list(Maildir(tmp_path / "spool").new())) == 1


@pytest.mark.parametrize("answer", [b"TAG NO [TRYCREATE] no such folder\r\n", lambda _: None])
def test_a_copy_that_fails_leaves_no_message_marked_as_deleted(tmp_path: Path, answer: Answer) -> None:
    with (
        ScriptedImap(WITHOUT_MOVE | {"UID COPY": answer}) as server,
        open_session(scripted(server), login()) as session,
    ):
        with pytest.raises((Refused, SessionOver)):
            take_scripted(server, tmp_path, session, **MOVING)
        assert [line.partition(" (")[0] for line in changes(server)] == [
            *("STORE 1 +FLAGS.SILENT", "STORE 1 -FLAGS.SILENT", 'COPY 1 "Done"')
        ]


def test_a_read_only_folder_is_taken_from_too(tmp_path: Path) -> None:
    answers: dict[str, Answer] = {"SELECT": SELECT.replace(b"READ-WRITE", b"READ-ONLY"), "UID FETCH": recent}
    with ScriptedImap(answers) as server, open_session(scripted(server), login()) as session:
        assert take_scripted(server, tmp_path, session) == Tally(taken=1)
        assert take_scripted(server, tmp_path, session) == Tally()
        assert not any("STORE" in line for line in server.commands)


def test_a_keyword_that_is_refused_after_another_was_kept_stops_nothing(tmp_path: Path) -> None:
    tested = b"* 1 FETCH (UID 1 FLAGS ($TraplineTest))\r\nTAG OK done\r\n"

    def fetching(line: str) -> bytes:
        return tested if line.endswith("UID FETCH 1 (FLAGS)") else recent(line)

    def storing(line: str) -> bytes:
        return b"TAG NO [LIMIT] too many keywords\r\n" if TAKEN in line else b"TAG OK done\r\n"

    answers: dict[str, Answer] = {"UID FETCH": fetching, "UID STORE": storing}
    with ScriptedImap(answers) as server:
        for wanted in (Tally(taken=1), Tally()):
            with open_session(scripted(server), login()) as session:
                assert take_scripted(server, tmp_path, session) == wanted
        assert any(TAKEN in line for line in server.commands)


def test_another_account_of_the_same_name_has_other_messages_under_the_same_numbers(tmp_path: Path) -> None:
    def another(line: str) -> bytes:
        return recent(line).replace(b"offer", b"order")

    for user, message_of in (("anna@harbour-mail.com", recent), ("bert@harbour-mail.com", another)):
        answers: dict[str, Answer] = {"SELECT": NO_KEYWORDS, "UID FETCH": message_of}
        with ScriptedImap(answers) as server, open_session(scripted(server, user=user), login(user)) as session:
            assert take_scripted(server, tmp_path, session, user=user) == Tally(taken=1)
    first, second = (block.parse(path.read_bytes())[0].id for path in Maildir(tmp_path / "spool").new())
    assert first != second


def test_what_the_server_never_hands_over_is_given_up_and_counted(tmp_path: Path) -> None:
    def without_body(line: str) -> bytes:
        return b"TAG NO internal error\r\n" if "BODY" in line else recent(line)

    with ScriptedImap({"UID FETCH": without_body}) as server, open_session(scripted(server), login()) as session:
        for times in range(ATTEMPTS):
            assert take_scripted(server, tmp_path, session, times * ATTEMPTS_APART) == Tally(waiting=1)
        assert take_scripted(server, tmp_path, session, ATTEMPTS * ATTEMPTS_APART) == Tally(failed=1)
        assert take_scripted(server, tmp_path, session, ATTEMPTS * ATTEMPTS_APART) == Tally()


def test_a_server_without_its_disk_for_a_night_costs_no_message(tmp_path: Path) -> None:
    bodies = iter([None] * 100)

    def failing_at_first(line: str) -> bytes:
        return b"TAG NO internal error\r\n" if "BODY" in line and next(bodies, b"") is None else recent(line)

    with ScriptedImap({"UID FETCH": failing_at_first}) as server, open_session(scripted(server), login()) as session:
        for minutes in range(0, 500, 5):
            assert take_scripted(server, tmp_path, session, timedelta(minutes=minutes)) == Tally(waiting=1)
        assert take_scripted(server, tmp_path, session, timedelta(hours=9)) == Tally(taken=1)


def test_a_body_that_ends_every_session_is_given_up_in_the_end(tmp_path: Path) -> None:
    def lying(line: str) -> bytes:
        return b"* 1 FETCH (UID 1 BODY[] {999999999}\r\n" if "BODY" in line else recent(line)

    with ScriptedImap({"UID FETCH": lying}) as server:
        for times in range(ATTEMPTS):
            with open_session(scripted(server), login()) as session, pytest.raises(SessionOver):
                take_scripted(server, tmp_path, session, times * ATTEMPTS_APART)
        with open_session(scripted(server), login()) as session:
            assert take_scripted(server, tmp_path, session, ATTEMPTS * ATTEMPTS_APART) == Tally(failed=1)


def with_an_unreadable_one(unreadable: Answer) -> ScriptedImap:
    """A server with three messages, which answers so when it is asked how large and old the second one is."""

    def fetch(line: str) -> bytes | None:
        asked = line.split()[3 if "UID FETCH" in line else 2]
        uids = [1, 2, 3] if ":" in asked else [int(uid) for uid in asked.split(",")]
        if "RFC822.SIZE" in line and 2 in uids:
            return unreadable(line) if callable(unreadable) else unreadable
        ones = (
            recent(line).removesuffix(b"TAG OK done\r\n").replace(b"* 1 FETCH (UID 1", b"* %d FETCH (UID %d")
            for _ in uids
        )
        return b"".join(one % (uid, uid) for one, uid in zip(ones, uids, strict=True)) + b"TAG OK done\r\n"

    return ScriptedImap({"SELECT": NO_KEYWORDS.replace(b"1 EXISTS", b"3 EXISTS"), "FETCH": fetch, "UID FETCH": fetch})


def test_a_message_that_ends_each_session_before_its_size_is_told_stops_no_other(tmp_path: Path) -> None:
    """As Dovecot does it with a file that it can't read."""
    with with_an_unreadable_one(lambda _: None) as server:
        for number in range(2 * ATTEMPTS):
            with open_session(scripted(server), login()) as session, pytest.raises(SessionOver):
                take_scripted(server, tmp_path, session, number // 2 * ATTEMPTS_APART)
        assert len(list(Maildir(tmp_path / "spool").new())) == 2
        with open_session(scripted(server), login()) as session:
            assert take_scripted(server, tmp_path, session, ATTEMPTS * ATTEMPTS_APART) == Tally(failed=1)


def test_a_message_whose_size_is_refused_stops_no_other(tmp_path: Path) -> None:
    with with_an_unreadable_one(b"TAG NO internal error\r\n") as server:
        with open_session(scripted(server), login()) as session:
            assert take_scripted(server, tmp_path, session) == Tally(waiting=3)
            for number in range(ATTEMPTS):
                found = take_scripted(server, tmp_path, session, number * ATTEMPTS_APART)
                assert found == Tally(waiting=1, taken=0 if number else 2)
            assert take_scripted(server, tmp_path, session, ATTEMPTS * ATTEMPTS_APART) == Tally(failed=1)
        assert len(list(Maildir(tmp_path / "spool").new())) == 2
