"""What a scan has to look at in the folder that is open."""

from trapline.mailboxes.answers import About
from trapline.mailboxes.scan_memory import Memory
from trapline.mailboxes.session import Session


def new_messages(session: Session, memory: Memory, limit: int, *, again: bool = False) -> list[About]:
    """What is new, newest first, at most `limit` of it (0: all), and nothing that is marked as deleted.

    `again` has what was seen before, too. Raises Refused, SessionOver, StateError.
    """
    present = session.uids_above(0)
    unseen = memory.unseen(present)
    chosen = sorted(present if again else unseen, reverse=True)[: limit or len(present)]
    deleted = {uid for uid, flags in session.flags(chosen).items() if "\\deleted" in flags}
    return session.about([uid for uid in chosen if uid not in deleted])
