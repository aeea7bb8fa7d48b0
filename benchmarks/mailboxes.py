"""What it takes to read a large folder of which little is new: commands, bytes and time, on a real Dovecot.

python -m benchmarks.mailboxes [--messages 10000] [--new 10]
"""

import argparse
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.servers.dovecot import PASSWORD, Dovecot
from trapline.config.mailbox_secrets import Login
from trapline.config.mailboxes import Mailbox
from trapline.mailboxes.session import Session, open_session
from trapline.mailboxes.state import State
from trapline.mailboxes.take import Taker
from trapline.mailboxes.tally import Tally
from trapline.spool.maildir import Maildir

USER = "anna@harbour-mail.com"
BODY = b"Subject: offer %d\n\n" + b"https://pills-r-us.com/ buy now\n" * 150


def main() -> None:
    """Fill the folder, take what is new, say what it took."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--messages", type=int, default=10_000)
    arguments.add_argument("--new", type=int, default=10)
    options = arguments.parse_args()
    with Dovecot() as server, tempfile.TemporaryDirectory() as folder:
        fill(server, options.messages, options.new)
        spool = Maildir(Path(folder) / "spool")
        spool.create()
        mailbox = Mailbox(
            name="anna",
            role="junk",
            host="localhost",
            port=server.imaps,
            ca_file=server.certificates.authority,
            user=USER,
        )
        with open_session(mailbox, Login(USER, PASSWORD)) as session, State(Path(folder) / "state", "anna") as state:
            taker = Taker(mailbox, session, state, spool, lambda: datetime.now(UTC), host="mx")
            for name in ("the first look", "the next look"):
                measured(name, session, taker)
        print(f"in the spool: {len(list(spool.new()))} messages")


def fill(server: Dovecot, messages: int, new: int) -> None:
    """Put messages into the Junk folder, all but the last ones taken already; past IMAP, which would take minutes."""
    server.deliver(USER, BODY % 0)
    junk = server.folder / "mail" / USER / f".{Dovecot.JUNK}"
    (junk / "dovecot-keywords").write_text("0 $TraplineTaken\n")
    for number in range(1, messages):
        flags = "" if number >= messages - new else "a"  # the first keyword
        path = junk / "cur" / f"{int(time.time())}.M{number:07d}P1.mx:2,{flags}"
        path.write_bytes(BODY % number)
    for path in junk.rglob("*"):
        shutil.chown(path, "nobody", "nogroup")
    with server.client(USER) as client:  # the first message, too, and Dovecot's index
        client.select(f'"{Dovecot.JUNK}"')
        client.store("1", "+FLAGS", "($TraplineTaken)")


def measured(name: str, session: Session, taker: Taker) -> None:
    """One look into the folder."""
    began, spent, commands = time.monotonic(), session.budget.spent, session.budget.commands
    tally = Tally()
    taker.run(Dovecot.JUNK, tally)
    print(
        f"{name}: {tally}; {session.budget.commands - commands} commands, "
        f"{session.budget.spent - spent} bytes read, {time.monotonic() - began:.2f} s"
    )


if __name__ == "__main__":
    main()
