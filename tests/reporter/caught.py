"""What the reporter's tests share: settings, traps, envelopes, a spool with caught mail, a clock set by hand."""

import json
import threading
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.servers import portal
from trapline.config.settings import Settings
from trapline.reporter.daemon import Reporter
from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.judge import Context, judge
from trapline.reporter.storage import history
from trapline.reporter.storage.schema import meta
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import queue
from trapline.spool import block
from trapline.spool.envelope import Client, Envelope, Recipient
from trapline.spool.maildir import Maildir
from trapline.traps.watch import TrapFiles

TOKEN = portal.TOKEN
TRAP = "hidden.canary7@trap-mx.com"  #: must never be seen outside spool and envelope
LABEL = "planted on the old shop page"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CLIENT = "11.0.0.66"

MESSAGE = (
    b"From: Pills <news@pills-shop.com>\n"
    b"To: hidden.canary7@trap-mx.com\n"
    b"Subject: Cheap pills\n"
    b"Message-ID: <1@pills-shop.com>\n"
    b"Content-Type: text/plain; charset=utf-8\n"
    b"\n"
    b"Buy them at http://landing-pills.com/now today.\n"
)

_numbers = count(1)


def campaign(number: int) -> bytes:
    """A message of a campaign of its own: another domain, and other words."""
    words = " ".join(f"{'abcdefghij'[number // 10 % 10]}{'abcdefghij'[number % 10]}{word}" for word in "pqrstuv")
    return MESSAGE.replace(b"landing", b"landing%d" % number).replace(b"Buy them at", words.encode())


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is moved. Waiting moves it."""

    now: datetime = NOON
    waited: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **length: float) -> None:
        self.now += timedelta(**length)

    def wait(self, seconds: float) -> bool:
        self.waited.append(seconds)
        self.now += timedelta(seconds=seconds)
        return False


class GoingClock(Clock):
    """A clock that is moved by hand too, and goes on with each look at it, as any real one does."""

    def __call__(self) -> datetime:
        self.move(milliseconds=1)
        return self.now


class Stop(threading.Event):
    """Tells a reporter to stop. The clock goes on while the reporter waits for it."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        self._clock.wait(timeout or 0.0)
        return super().wait(timeout)


class RealClock(Clock):
    """The machine's own, for tests with a second process."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


def trap(address: str = TRAP, label: str = LABEL, kind: Any = "pristine") -> Recipient:
    return Recipient(address=address, trap=True, label=label, kind=kind)


def an_envelope(**changes: Any) -> Envelope:
    """A hit of one pristine trap by a stranger; `client` may be an address."""
    number = next(_numbers)
    client = changes.pop("client", CLIENT)
    table: dict[str, Any] = {
        "id": f"message-{number}",
        "received": NOON - timedelta(minutes=1),
        "source": "milter",
        "client": Client(address=ip_address(client)) if isinstance(client, str) else client,
        "helo": "mail.pills-shop.com",
        "mail_from": "bounce@pills-shop.com",
        "recipients": (trap(),),
        "queue_id": f"4bXQ{number:06}",
    }
    return Envelope(**table | changes)


def delivered(
    message: bytes = MESSAGE,
    recipient: str = TRAP,
    sender: str = "bounce@pills-shop.com",
    client: str = f"from mail.pills-shop.com (unknown [{CLIENT}])",
    protocol: str = "ESMTP",
    queue_id: str = "4bXFALLBACK",
    only: str = f"\n\tfor <{TRAP}>",
) -> bytes:
    """A file as Postfix's virtual(8) writes it; `only` is the clause for a single recipient."""
    return (
        f"Return-Path: <{sender}>\nX-Original-To: {recipient}\nDelivered-To: {recipient}\n"
        f"Received: {client}\n\tby mx.trap-mx.com (Postfix) with {protocol} id {queue_id}{only};\n"
        "\tSat, 21 Nov 2026 11:58:00 +0000 (UTC)\n"
    ).encode() + message


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return [path.name for path in sorted(folder.iterdir())]


@dataclass(slots=True)
class Place:
    """A reporter's surroundings in a temporary folder."""

    folder: Path
    api: str = "http://127.0.0.1:9/nobody"
    database: str = ""  # its URL; "" is an SQLite file in the folder
    options: dict[str, Any] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.spool.create()
        (self.folder / "fallback" / "new").mkdir(parents=True, exist_ok=True)
        (self.folder / "fallback" / "cur").mkdir(exist_ok=True)
        (self.folder / "traps").write_text(f"{TRAP} {LABEL}\n")

    @property
    def spool(self) -> Maildir:
        return Maildir(self.folder / "spool")

    @property
    def url(self) -> str:
        return self.database or f"sqlite:///{self.folder / 'trapline.db'}"

    @property
    def traps(self) -> TrapFiles:
        return TrapFiles(self.settings.traps)

    @property
    def settings(self) -> Settings:
        spamhaus = {"api": self.api, "per_minute": 60_000, "timeout_seconds": 10.0}
        blocklist = {"files": {"milter": ""}}  # the default would be written on a machine where trapline is installed
        return Settings.model_validate(
            {
                "spool": {"directory": str(self.folder / "spool")},
                "traps": {"files": [str(self.folder / "traps")], "fallback": str(self.folder / "fallback")},
                "reporter": {"poll_seconds": 0.05},
                "large_senders": {"enabled": False},
                "ripe_stat": {"enabled": False},
                "spamhaus": spamhaus | self.options.get("spamhaus", {}),
                "blocklist": blocklist | self.options.get("blocklist", {}),
                **{name: table for name, table in self.options.items() if name not in {"spamhaus", "blocklist"}},
            }
        )

    def catch(self, message: bytes = MESSAGE, **changes: Any) -> Envelope:
        """Put a caught message into the spool, as the milter does."""
        envelope = an_envelope(**{"received": self.clock() - timedelta(minutes=1)} | changes)
        self.spool.deliver([block.write(envelope, "mx.trap-mx.com"), message])
        return envelope

    def let_pass(self, **length: float) -> None:
        """Time passes, in which a reporter has looked at the clock all the while: it believes it."""
        self.clock.move(**length)
        with closing(Store.open(self.url)) as store, store.writing() as db:
            db.execute(meta.delete().where(meta.c.name.startswith("retention_clock")))

    def fall_back(self, message: bytes = MESSAGE, *, name: str = "1.V1.mx", **changes: Any) -> None:
        """Put a message into the fallback Maildir, as Postfix's virtual(8) does."""
        written = self.folder / name  # whole before it is seen, as Postfix has it
        written.write_bytes(delivered(message, **changes))
        written.rename(self.folder / "fallback" / "new" / name)

    def rows(self, query: str) -> list[Any]:
        """What the database holds, read past the store's own code; JSON as its text."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(query)
            return [tuple(json.dumps(cell) if isinstance(cell, dict | list) else cell for cell in row) for row in rows]

    def states(self) -> dict[str, str]:
        """The state of each submission, by kind (the last one of each)."""
        return dict(self.rows("SELECT kind, state FROM submissions ORDER BY id"))

    def decisions(self, kind: str) -> list[tuple[str, str | None]]:
        """What was decided about each indicator of a kind, and why, in the order of their coming."""
        return self.rows(f"SELECT decision, reason FROM decisions WHERE kind = '{kind}' ORDER BY id")  # noqa: S608 - a test's

    def emails(self) -> list[str | None]:
        """Why each message's sample is not submitted; None where it is."""
        return [reason for _, reason in self.decisions("email")]

    def reporter(self, token: str | None = TOKEN, **more: Any) -> Reporter:
        return Reporter(
            self.settings,
            token,
            self.url,
            self.traps,
            lambda said: self.said.append(str(said)),
            clock=self.clock,
            **more,
        )

    def once(self, token: str | None = TOKEN, **more: Any) -> int:
        """One run; what it said is in `said`, from its first line."""
        self.said.clear()
        return self.reporter(token, **more).once(Stop(self.clock))


def queued(store: Store, clock: Clock, *values: str, kind: IndicatorKind = "ip") -> None:
    """Put submissions of one message into the queue, as an intake would."""
    with store.writing() as db:
        message = an_envelope(received=clock())
        history.add_message(db, judge(b"", message, Context()).evidence, None, "file", clock(), store.host)
        for value in values:
            queue.add(db, message_id=message.id, kind=kind, value=value, content=value, reason="hit", now=clock())
