"""Whether a folder keeps keywords: tried, not believed.

A server may name a keyword among its permanent flags and not keep it, or keep one that it does not name. So a keyword
of its own is set on one message, the folder is opened again, the keyword read back and removed: a crash in between
loses nothing, since it means nothing. Source: RFC 3501, 7.1 (PERMANENTFLAGS) and 2.3.2 (keywords).
"""

from trapline.mailboxes.answers import Flags, Selected
from trapline.mailboxes.errors import Refused
from trapline.mailboxes.session import Session

TEST = "$TraplineTest"
FAILED = "$TraplineFailed"  #: on what the server repeatedly failed to hand over


def are_kept(session: Session, selected: Selected, uid: int) -> bool | None:
    """Try it on the message `uid`; None where that is gone meanwhile. Raises SessionOver."""
    if selected.read_only:
        return False
    try:
        session.add_keyword([uid], TEST)
        session.select(selected.name)
        flags = session.flags([uid]).get(uid)
        session.remove_keyword([uid], TEST)
    except Refused:
        return False
    return None if flags is None else TEST.lower() in flags


def has_any(flags: Flags, keywords: tuple[str, ...]) -> bool:
    """Whether one of `keywords` is set."""
    return any(keyword.lower() in flags for keyword in keywords)
