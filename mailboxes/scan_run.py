"""A run of `trapline scan` over one mailbox: lock, memory, session, teaching, scanning; and what came of it all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from trapline.config.mailbox_secrets import Login
from trapline.config.mailboxes import Mailbox
from trapline.mailboxes.errors import SessionError
from trapline.mailboxes.folders import NoFolder
from trapline.mailboxes.hidden import Hidden
from trapline.mailboxes.scan import scan_inbox
from trapline.mailboxes.scan_job import Job, Scanned, ScannerGone, Taught, Trouble
from trapline.mailboxes.scan_teach import teach
from trapline.mailboxes.session import Session, open_session
from trapline.mailboxes.state import Locked, State, locked

FOLDER = "scan"  #: below that of the settings, beside what the taking of mail remembers


@dataclass(slots=True)
class Run:
    """What came of one mailbox. Grows while the run goes on, so that an error loses nothing."""

    mailbox: str
    scanned: list[Scanned] = field(default_factory=list)
    taught: list[Taught] = field(default_factory=list)
    ended_by: Trouble | None = None  #: why it ended before its time

    @property
    def troubles(self) -> list[Trouble]:
        """All that went wrong."""
        taught = [trouble for one in self.taught for trouble in one.troubles]
        scanned = [trouble for one in self.scanned for trouble in one.troubles]
        return taught + scanned + ([self.ended_by] if self.ended_by else [])

    def count(self, *verdicts: str) -> int:
        """How many messages of the inbox were found to be one of these."""
        return sum(one.verdict in verdicts for one in self.scanned)


Watch = Callable[[Scanned | Taught, int, int], None]  #: told of each message, its number, and of how many


def run(mailbox: Mailbox, login: Login, job: Job, directory: Path, watch: Watch, *, teach_only: bool = False) -> Run:
    """Teach what is in the folders for that, then scan the inbox; `directory` keeps lock and memory.

    What goes wrong with server and scanners ends in the `Run`. Raises StateError: nothing can be kept on this host.
    """
    found = Run(mailbox.name)

    def taught(one: Taught, number: int, of: int) -> None:
        found.taught.append(one)
        watch(one, number, of)

    def scanned(one: Scanned, number: int, of: int) -> None:
        found.scanned.append(one)
        watch(one, number, of)

    def work(session: Session, state: State) -> None:
        teach(session, job, state, taught)
        if not teach_only:
            scan_inbox(session, job, state, scanned)

    try:
        with (
            locked(directory / FOLDER, mailbox.name),
            State(directory / FOLDER, mailbox.name) as state,
            open_session(mailbox, login) as session,
        ):
            work(session, state)
    except Locked as error:
        found.ended_by = Trouble("locked", str(error))
    except NoFolder as error:
        found.ended_by = Trouble("imap", Hidden(mailbox).shown(str(error)))
    except SessionError as error:
        found.ended_by = Trouble("imap", str(error))
    except ScannerGone as error:
        found.ended_by = Trouble("scanner", str(error))
    return found
