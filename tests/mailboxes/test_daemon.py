"""All mailboxes together: one that is hostile, or gone, holds up no other."""

import threading
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.mailboxes.accounts import mailbox, scripted
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.processes import until
from tests.servers.scripted_imap import Answer, ScriptedImap
from trapline.config.settings import Settings
from trapline.mailboxes.daemon import Mailboxes
from trapline.mailboxes.reader import Reader
from trapline.mailboxes.watch import Round
from trapline.spool.maildir import Maildir
from trapline.systemd.notify import Manager
from trapline.systemd.signalled import Signalled

MESSAGE = b"Subject: offer\r\n\r\nhttps://pills-r-us.com/\r\n"


@pytest.fixture
def password(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(PASSWORD)
    path.chmod(0o600)
    return path


def everything(folder: Path, *tables: dict[str, Any]) -> Settings:
    return Settings.model_validate(
        {
            "spool": {"directory": str(folder / "spool")},
            "mailbox_state": {"directory": str(folder / "state")},
            "mailboxes": list(tables),
        }
    )


HOSTILE: dict[str, dict[str, Answer]] = {
    "says nothing": {"LIST": b""},
    "sends without end": {"FETCH": b"* 1 FETCH (UID 1 FLAGS ())\r\n" * 200_000},
    "announces a terabyte": {"FETCH": b"* 1 FETCH (UID 1 FLAGS {999999999999}\r\n"},
    "numbers the messages wrongly": {"FETCH": b"* 7 FETCH (UID 99 FLAGS ())\r\nTAG OK done\r\n"},
    "names no folder": {"LIST": b"TAG OK done\r\n"},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_server_neither_ends_the_daemon_nor_holds_up_another_mailbox(
    dovecot: Dovecot, tmp_path: Path, password: Path, name: str
) -> None:
    user = f"{uuid4().hex}@harbour-mail.com"
    with ScriptedImap(HOSTILE[name]) as server:
        bad = scripted(server, name="bad", password_file=password).model_dump(exclude_unset=True)
        good = mailbox(dovecot, user=user, password_file=password).model_dump(exclude_unset=True)
        worker = Mailboxes(everything(tmp_path, bad, good), print)
        stop = threading.Event()
        thread = threading.Thread(target=worker.run, args=(stop, Signalled(), Manager({})))
        thread.start()
        try:
            until("the hostile server to be spoken to", lambda: len(server.commands) > 2)
            dovecot.deliver(user, MESSAGE)
            until("the good mailbox's message", lambda: len(list(Maildir(tmp_path / "spool").new())) == 1)
        finally:
            start = time.monotonic()
            stop.set()
            thread.join(20)
        assert not thread.is_alive()
        assert time.monotonic() - start < 10


def test_a_defect_of_ours_at_one_mailbox_stops_no_look_into_another(
    dovecot: Dovecot,
    tmp_path: Path,
    password: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    users = {name: f"{uuid4().hex}@harbour-mail.com" for name in ("bad", "good")}
    bad, good = (
        mailbox(dovecot, name=name, user=user, password_file=password).model_dump(exclude_unset=True)
        for name, user in users.items()
    )
    looked = Reader.once

    def once(reader: Reader) -> Round:
        if reader.mailbox.name == "bad":
            raise RuntimeError("c4nary")
        return looked(reader)

    monkeypatch.setattr(Reader, "once", once)
    dovecot.deliver(users["good"], MESSAGE)
    said: list[str] = []
    assert Mailboxes(everything(tmp_path, bad, good), said.append).once() == 1
    assert said == ["good: 1 taken"]
    assert "defect mailbox=bad, error=RuntimeError" in caplog.text
    assert "RuntimeError: c4nary" not in caplog.text
