"""Reading the books at the end: from the spool, the fallback, the store, people's mailboxes and the portal."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.faults import lists
from tests.faults.books import Books, Object, Period
from tests.faults.stores import Postgresql
from tests.faults.world import World, in_maildir
from tests.servers.mail_exchanger import ANNA, BERT, OTHER_TRAP, TRAP
from tests.servers.postgresql import PASSWORD
from tests.servers.processes import ServerError, until

_ID = re.compile(r"\bLetter (q\d{6,})\b")
_OPEN = "state IN ('queued', 'sending', 'waiting')"


def wait_until_done(world: World, seconds: float) -> None:
    """Until all mail is delivered and taken in, and all submissions have left; what has not by then is in the books."""
    world.mx.settle()
    try:
        until("the reporter to be done", lambda: _is_done(world), seconds)
    except ServerError:
        return


def read(
    world: World, no_room: Iterable[Period] = (), hung: Iterable[Period] = (), unfelt: Iterable[str] = ()
) -> Books:
    """The books as they are now, when all is quiet."""
    assert isinstance(world.store, Postgresql) or world.store.rows("PRAGMA integrity_check") == [("ok",)]
    subjects = world.store.rows("SELECT subject FROM messages")
    undecided = world.store.rows("SELECT subject FROM messages WHERE id NOT IN (SELECT message_id FROM decisions)")
    submissions = world.store.rows("SELECT kind, object, state FROM submissions")
    fallback = world.mx.postfix.fallback
    people = (message for person in (ANNA, BERT) for message in world.mx.mailbox(person))
    return Books(
        sent=tuple(world.load.sent),
        no_room=tuple(no_room),
        hung=tuple(hung),
        in_spool=_letters(_contents(in_maildir(world.spool))),
        in_fallback=_letters(_contents(in_maildir(fallback))),
        put_aside=_letters(_contents([*in_maildir(world.spool / ".failed"), *in_maildir(fallback / ".failed")])),
        waiting=_files_waiting(world),
        counted=_letters(str(subject) for (subject,) in subjects),
        undecided=tuple(str(subject) for (subject,) in undecided),
        delivered=_letters(message.decode(errors="replace") for message in people),
        submissions={(kind, value): state for kind, value, state in submissions},
        received=_received(world),
        lists=(*world.torn, *lists.torn(world.lists), *lists.differs(world)),
        said=tuple(_indiscretions(world)),
        ended=tuple(code for service in world.services for code in service.ended),
        unfelt=tuple(unfelt),
    )


def _received(world: World) -> Counter[Object]:
    return Counter((one.kind, one.object) for one in world.mx.portal.submissions if one.status in {200, 208})


def _letters(texts: Iterable[str]) -> Counter[str]:
    """How many of the texts are which letter. One that is none counts under its beginning: it is to be seen."""
    return Counter(found[1] if (found := _ID.search(text)) else text[:40] for text in texts)


def _contents(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        yield path.read_text(encoding="utf-8", errors="replace")


def _is_done(world: World) -> bool:
    return not _files_waiting(world) and not _rows_waiting(world) and not lists.differs(world)


def _files_waiting(world: World) -> int:
    return sum(len(list((folder / "new").glob("*"))) for folder in (world.spool, world.mx.postfix.fallback))


def _rows_waiting(world: World) -> int:
    ((number,),) = world.store.rows(f"SELECT count(*) FROM submissions WHERE {_OPEN}")  # noqa: S608 - ours
    return int(number)


def _indiscretions(world: World) -> Iterator[str]:
    """Lines that show a trap or a secret to somebody who should not see it, or tell of a defect of ours."""
    secrets = (TRAP, OTHER_TRAP, world.mx.dns.key, world.mx.portal.token, PASSWORD)
    for line in world.logs().splitlines():
        if any(secret in line for secret in secrets) or "Traceback" in line or "defect" in line:
            yield f"log: {line}"
    for sent in world.load.sent:
        if any(secret in sent.answers for secret in secrets) or re.search(r"\btrap", sent.answers):
            yield f"reply: {sent.answers}"
    for one in world.mx.portal.submissions:
        if any(secret in one.request.body.decode(errors="replace") for secret in secrets):
            yield f"submission: {one.kind}"
