"""The folders of a scan: found by name or special use before anything is done, and what is new in them."""

from collections.abc import Callable, Iterable

from trapline.config.mailbox_texts import JUNK
from trapline.mailboxes.session import About, Refused, Session


def existing_folder(session: Session, wanted: str) -> str:
    """The server's name for the folder `wanted`. Raises Refused: there is none; it is not made. Raises SessionOver."""
    return _folder(((one.name, one.flags) for one in session.folders() if one.selectable), wanted)


def new_messages(session: Session, is_seen: Callable[[int], bool], limit: int) -> list[About]:
    """What is new in the folder that is open, newest first, at most `limit` of it (0: all); nothing that is deleted.

    Raises Refused, SessionOver.
    """
    uids = [uid for uid in reversed(session.uids_above(0)) if not is_seen(uid)]
    chosen = uids[: limit or len(uids)]
    deleted = {uid for uid, flags in session.flags(chosen).items() if "\\deleted" in flags}
    return session.about([uid for uid in chosen if uid not in deleted])


def _folder(known: Iterable[tuple[str, frozenset[str]]], wanted: str) -> str:
    for name, flags in known:
        if wanted == JUNK and JUNK.lower() in flags:
            return name
        if wanted == name or wanted.upper() == name.upper() == "INBOX":
            return name
    if wanted == JUNK:
        raise Refused("the server names no folder for Junk (special use): name one with scan.spam_folder or --folder")
    raise Refused(f"there is no folder {wanted}: create it in your mail program, or name another")
