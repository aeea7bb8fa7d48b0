"""What a session does with a real Dovecot; and with a server that speaks IMAP wrongly, it ends with a plain error."""

import base64
import contextlib
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.mailboxes.accounts import ANNA, login, mailbox, scripted
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.scripted_imap import Answer, ScriptedImap
from trapline.config.mailbox_secrets import Login
from trapline.mailboxes.errors import LoginRefused, Refused, SessionError, SessionOver
from trapline.mailboxes.session import Session, open_session

MESSAGE = b"Subject: offer\r\n\r\nhttps://pills-r-us.com/\r\n"


@pytest.fixture
def user() -> str:
    return f"{uuid4().hex}@harbour-mail.com"


@pytest.mark.parametrize("tls", ["implicit", "starttls", "none"])
def test_it_reads_over_every_kind_of_connection(dovecot: Dovecot, user: str, tls: str) -> None:
    dovecot.deliver(user, MESSAGE)
    port = dovecot.imaps if tls == "implicit" else dovecot.imap
    with open_session(mailbox(dovecot, tls=tls, port=port, user=user), login(user)) as session:
        assert session.select(dovecot.JUNK).messages == 1
        assert session.body(1, 1000, whole=True) == MESSAGE


def test_a_certificate_for_another_host_is_refused(dovecot: Dovecot, user: str) -> None:
    with pytest.raises(SessionOver, match=r"certificate.*127\.0\.0\.1"):
        Session(mailbox(dovecot, host="127.0.0.1", user=user), login(user))


def test_a_certificate_that_nobody_known_signed_is_refused(dovecot: Dovecot, user: str) -> None:
    with pytest.raises(SessionOver, match="certificate"):
        Session(mailbox(dovecot, ca_file=None, user=user), login(user))


def test_a_server_without_starttls_is_not_spoken_to_in_the_open() -> None:
    with ScriptedImap() as server:
        with pytest.raises(SessionOver, match="STARTTLS"):
            Session(scripted(server, tls="starttls"), login())
        assert not any("LOGIN" in line or "AUTHENTICATE" in line for line in server.commands)


def test_a_wrong_password_is_said_without_showing_it(dovecot: Dovecot, user: str) -> None:
    with pytest.raises(LoginRefused) as refused:
        Session(mailbox(dovecot, user=user), Login(user, "another-c4nary"))
    assert "another-c4nary" not in str(refused.value)
    assert "Authentication failed. Is the password right" in str(refused.value), "Dovecot ends with a full stop"


def test_a_server_that_repeats_user_and_password_does_not_bring_them_into_the_log() -> None:
    with (
        ScriptedImap({"LOGIN": f"TAG NO {PASSWORD} of {ANNA.title()} is wrong\r\n".encode()}) as server,
        pytest.raises(LoginRefused) as refused,
    ):
        Session(scripted(server), login())
    assert "… of … is wrong" in str(refused.value)


def _repeated(line: str) -> bytes:
    return b"TAG BAD wrong: " + line.encode("latin-1") + b"\r\n"


def _refused(line: str) -> bytes:
    return b"TAG NO wrong: " + line.encode("latin-1") + b"\r\n"


def _cut(line: str) -> bytes:
    return b"TAG BAD wrong: " + line.encode()[:20] + b"\r\n"


def _base64_of(text: str) -> Iterator[str]:
    """What `text` is within base64, wherever it begins: what surrounds it has a part in the first and last signs."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + text.encode() + b"\0" * 3).decode()
        yield encoded[4:12]


Answers = dict[str, Answer]
PLAIN: Answers = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK done\r\n",
    "AUTHENTICATE": b"+ \r\n",
}
ODD = "c4nary'p\"ss\\w"


@pytest.mark.parametrize(
    ("sent", "answers"),
    [
        pytest.param(Login(ANNA, PASSWORD), PLAIN | {"": _repeated}, id="PLAIN"),
        pytest.param(Login(ANNA, PASSWORD), PLAIN | {"": _refused}, id="PLAIN, refused"),
        pytest.param(Login(ANNA, PASSWORD), PLAIN | {"": _cut}, id="PLAIN, cut"),
        pytest.param(Login(ANNA, "ya29.c4nary", token=True), PLAIN | {"": _repeated}, id="XOAUTH2"),
        pytest.param(Login(ANNA, ODD), {"LOGIN": _repeated}, id="LOGIN, quoted"),
        pytest.param(Login(ANNA, ODD), {"LOGIN": _refused}, id="LOGIN, quoted and refused"),
        pytest.param(Login('an"na@', "c4nary"), {"LOGIN": _repeated}, id="LOGIN, a user with a quote"),
    ],
)
def test_a_server_that_repeats_what_it_was_sent_does_not_bring_it_into_the_log(sent: Login, answers: Answers) -> None:
    with ScriptedImap(answers) as server, pytest.raises(LoginRefused) as refused:
        Session(scripted(server, user=sent.user, addresses=[ANNA]), sent)
    said = str(refused.value)
    assert "wrong: " in said
    assert "…" in said
    for part in (sent.secret, "c4nary", "anna@", *_base64_of(sent.secret), *_base64_of(sent.user)):
        assert part not in said


def test_a_folders_name_does_not_bring_the_user_into_the_log() -> None:
    refusal = b"TAG NO no such folder\r\n"
    with ScriptedImap({"SELECT": refusal}) as server, open_session(scripted(server), login()) as session:
        with pytest.raises(Refused) as refused:
            session.select(f"user/{ANNA}/Spam")
        assert str(refused.value).startswith("anna: SELECT user/…/Spam: ")


def test_passwords_and_users_may_hold_any_character() -> None:
    with ScriptedImap() as server:
        Session(scripted(server, user='an "na', addresses=[ANNA]), Login('an "na', 'p" \\w')).close()
        assert [line.partition(" ")[2] for line in server.commands if "LOGIN" in line] == [r'LOGIN "an \"na" "p\" \\w"']


def test_a_token_is_given_by_xoauth2() -> None:
    answers: dict[str, Answer] = {"AUTHENTICATE": b"+ \r\n", "": b"TAG OK welcome\r\n"}
    with ScriptedImap(answers) as server:
        Session(scripted(server), Login(ANNA, "t0ken", token=True)).close()
        start = next(place for place, line in enumerate(server.commands) if line.endswith("AUTHENTICATE XOAUTH2"))
        said = base64.b64decode(server.commands[start + 1])
        assert said == f"user={ANNA}\1auth=Bearer t0ken\1\1".encode()


def test_folders_tell_their_special_use(dovecot: Dovecot, user: str) -> None:
    with open_session(mailbox(dovecot, user=user), login(user)) as session:
        assert [folder.name for folder in session.folders() if "\\junk" in folder.flags] == [dovecot.JUNK]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ('"Spam &AOk-"', "Spam \u00e9"),
        ('"R&-D"', "R&D"),
        ('"R&D"', "R&D"),
        ('"&!!!-"', "&!!!-"),
        ('"&AOk"', "&AOk"),
        ('"&2D0-"', "&2D0-"),
        ('"Entw\u00fcrfe"', "Entw\u00fcrfe"),
        ('"12"', "12"),
        ('"a \\\\ \\"b\\""', 'a \\ "b"'),
    ],
)
def test_a_folder_whose_name_is_wrongly_encoded_can_be_opened_and_hides_no_other(written: str, name: str) -> None:
    listed = f'* LIST () "/" {written}\r\n* LIST (\\Junk) "/" Junk\r\nTAG OK done\r\n'
    with ScriptedImap({"LIST": listed.encode()}) as server, open_session(scripted(server), login()) as session:
        assert [folder.name for folder in session.folders()] == [name, "Junk"]
        session.select(name)
        assert server.commands[-1].endswith(f" SELECT {written}".encode().decode("latin-1"))


def test_a_folder_that_was_not_listed_is_asked_for_in_modified_utf_7() -> None:
    with ScriptedImap() as server, open_session(scripted(server), login()) as session:
        session.select("R&D \u00e9")
        assert server.commands[-1].endswith(' SELECT "R&-D &AOk-"')


def test_flags_come_in_chunks_and_nothing_is_marked_read(dovecot: Dovecot, user: str) -> None:
    dovecot.deliver_all(user, [MESSAGE] * 260)
    with open_session(mailbox(dovecot, user=user), login(user)) as session:
        selected = session.select(dovecot.JUNK)
        chunks = list(session.flags_by_number(selected.messages))
        assert [len(chunk) for chunk in chunks] == [250, 10]
        assert {uid for chunk in chunks for uid in chunk} == set(range(1, 261))
        session.body(5, 1000, whole=True)
        assert "\\seen" not in session.flags([5])[5]


def test_size_and_time_are_the_servers(dovecot: Dovecot, user: str) -> None:
    received = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    dovecot.deliver(user, MESSAGE, received=received)
    with open_session(mailbox(dovecot, user=user), login(user)) as session:
        session.select(dovecot.JUNK)
        (about,) = session.about([1, 99])
        assert (about.uid, about.size_bytes, about.received) == (1, len(MESSAGE), received)


def test_a_part_of_a_large_message_can_be_had(dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, MESSAGE)
    with open_session(mailbox(dovecot, user=user), login(user)) as session:
        session.select(dovecot.JUNK)
        assert session.body(1, 7, whole=False) == MESSAGE[:7]


def test_deleting_removes_no_message_that_somebody_else_marked(dovecot: Dovecot, user: str) -> None:
    dovecot.deliver_all(user, [MESSAGE] * 3)
    with open_session(mailbox(dovecot, user=user), login(user)) as session:
        session.select(dovecot.JUNK)
        session.add_keyword([1], "\\Deleted")
        session.delete([2])
    assert dovecot.flags(user) == [{"\\Deleted"}, set()]


def test_moving_goes_by_uid(dovecot: Dovecot, user: str) -> None:
    dovecot.deliver_all(user, [MESSAGE] * 2)
    with open_session(mailbox(dovecot, user=user), login(user)) as session:
        session.select(dovecot.JUNK)
        session.move([1], "Trash")
    assert (len(dovecot.flags(user)), len(dovecot.flags(user, "Trash"))) == (1, 1)


def test_a_message_is_filed_whole_with_its_time_and_flags(dovecot: Dovecot, user: str) -> None:
    received = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    large = MESSAGE + b"x" * 200_000 + b"\r\n"
    with open_session(mailbox(dovecot, user=user), login(user)) as session:
        session.append("Trash", large, ["\\Seen"], received)
        session.select("Trash")
        assert session.body(1, len(large), whole=True) == large
        assert session.about([1])[0].received == received
        assert "\\seen" in session.flags([1])[1]


def test_idle_ends_when_a_message_comes(dovecot: Dovecot, user: str) -> None:
    with open_session(mailbox(dovecot, user=user), login(user)) as session:
        session.select(dovecot.JUNK)
        asked = iter([False])

        def deliver_once() -> bool:
            if not next(asked, True):
                dovecot.deliver(user, MESSAGE)
            return False

        start = time.monotonic()
        session.idle(60, deliver_once)
        assert time.monotonic() - start < 30
        assert session.uids_above(0) == [1]


def test_a_session_whose_server_died_says_so(dovecot: Dovecot, user: str) -> None:
    with open_session(mailbox(dovecot, user=user), login(user)) as session:
        dovecot.kick(user)
        with pytest.raises(SessionOver):
            session.select(dovecot.JUNK)


DEEP = b"* 1 FETCH (UID 1 FLAGS " + b"(" * 50_000 + b")" * 50_000 + b")\r\nTAG OK done\r\n"
HUGE_LITERAL = b"* 1 FETCH (UID 1 BODY[] {99999999999999}\r\n"
MANY_LINES = b"* 1 FETCH (UID 1 FLAGS ())\r\n" * 200_000

HOSTILE: dict[str, tuple[str, Answer]] = {
    "no answer": ("UID FETCH", b""),
    "half an answer": ("UID FETCH", b"* 1 FETCH (UID 1"),
    "a literal without end": ("UID FETCH", HUGE_LITERAL),
    "a literal of a number with 10,000 digits": ("UID FETCH", HUGE_LITERAL.replace(b"9", b"9" * 1000)),
    "an endless line": ("UID FETCH", b"* 1 FETCH (" + b"x" * 2_000_000),
    "endless lines": ("UID FETCH", MANY_LINES),
    "brackets 50,000 deep": ("UID FETCH", DEEP),
    "BYE in the middle": ("UID FETCH", b"* BYE restart\r\n"),
    "another command's tag": ("UID FETCH", b"X99 OK done\r\n"),
    "bytes that are no IMAP": ("UID FETCH", b"\x00\xff\xfe HTTP/1.1 200 OK\r\n\r\n"),
    "the end of the connection": ("UID FETCH", lambda _: None),
    "an uneven list": ("UID FETCH", b"* 1 FETCH (UID)\r\nTAG OK done\r\n"),
    "a UID that is no number": ("UID FETCH", b"* 1 FETCH (UID x BODY[] NIL)\r\nTAG OK done\r\n"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_ends_the_session_and_never_hangs(name: str) -> None:
    command, answer = HOSTILE[name]
    start = time.monotonic()
    with ScriptedImap({command: answer}) as server, open_session(scripted(server), login()) as session:
        session.select("Junk")
        with pytest.raises(SessionOver):
            session.body(1, 1000, whole=True)
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"* 1 FETCH (UID 2 BODY[] {2}\r\nhi)\r\nTAG OK done\r\n", id="of another message"),
        pytest.param(b"* 1 FETCH (UID 1 BODY[] NIL)\r\nTAG OK done\r\n", id="none"),
        pytest.param(b"TAG OK done\r\n", id="nothing"),
        pytest.param(b"TAG NO not now\r\n", id="a refusal"),
        pytest.param(b"TAG BAD what?\r\n", id="no understanding"),
    ],
)
def test_a_body_that_is_not_handed_over_is_refused_and_the_session_goes_on(answer: bytes) -> None:
    with ScriptedImap({"UID FETCH": answer}) as server, open_session(scripted(server), login()) as session:
        session.select("Junk")
        with pytest.raises(Refused):
            session.body(1, 1000, whole=True)
        session.noop()


@pytest.mark.parametrize("last", [b"TAG OK done\r\n", b"TAG NO not now\r\n"])
def test_what_a_server_says_unasked_fills_no_memory(last: bytes) -> None:
    unasked = b"* XNEWS " + b"x" * 90_000 + b"\r\n"
    with (
        ScriptedImap({"NOOP": unasked * 20 + last}) as server,
        open_session(scripted(server), login()) as session,
    ):
        tracemalloc.start()
        for _ in range(10):
            with contextlib.suppress(Refused):
                session.noop()
        held = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    assert held < 5_000_000


@pytest.mark.parametrize("greeting", [b"", b"* BYE full\r\n", b"* PREAUTH hi\r\n", b"x" * 2_000_000])
def test_a_greeting_that_is_none_is_an_error(greeting: bytes) -> None:
    with ScriptedImap(greeting=greeting) as server, pytest.raises(SessionError):
        Session(scripted(server), login())
