"""The daemon that reads mailboxes killed while it fetches: a Junk folder of a real IMAP server, full of letters."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from tests.faults.daemons import killed
from tests.faults.fault import Fault, Felt
from tests.faults.service import Service
from tests.faults.world import World
from tests.servers.dovecot import Dovecot
from tests.servers.processes import until
from tests.servers.trapline_process import Daemon

LETTERS = 150  # more than are fetched between two kills
TAKEN_SECONDS = 60.0  # until which the last run has taken the rest
USER = "anna@harbour-mail.com"
TAKEN = {"$TraplineTaken"}


@contextmanager
def mailboxes_killed(world: World, chance: Random) -> Iterator[Felt]:
    """The daemon is killed (-9) at random moments of its fetching; the last run takes what is left."""
    with Dovecot() as dovecot:
        letters = [world.load.found_in_a_mailbox() for _ in range(LETTERS)]
        dovecot.deliver_all(USER, [letter.message() for letter in letters])
        config = world.mx.with_mailboxes(dovecot.table(USER))
        daemon = Daemon(["mailboxes"], config, world.mx.folder / "mailboxes.log")
        with Service(daemon, lambda: True) as service:
            with killed(service, chance) as felt:
                yield felt
            until("all of it to be taken", lambda: dovecot.flags(USER) == [TAKEN] * LETTERS, TAKEN_SECONDS)
    world.other_logs.append(daemon.output())


# Where its spool takes nothing it tries again minutes later.
FAULTS = (Fault("mailboxes' daemon killed (-9)", frozenset({"mailboxes", "disk"}), mailboxes_killed),)
