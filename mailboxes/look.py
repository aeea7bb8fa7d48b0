"""Looking into a folder: which of its messages are new, and with which something is left to be done.

Within a session only the flags of what came since the last look are asked for, and now and then those of all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from trapline.config.clock import Clock
from trapline.config.mailboxes import Mailbox
from trapline.mailboxes.answers import Flags, Selected
from trapline.mailboxes.keywords import FAILED, has_any
from trapline.mailboxes.session import Session
from trapline.mailboxes.state import State, What

ALL_FLAGS_EVERY = timedelta(hours=1)  #: until then only what came since is asked for


@dataclass
class Seen:
    """What this session knows of a folder."""

    uidvalidity: int
    highest: int
    again_at: datetime  #: when all flags are read anew
    keywords: bool | None = None  #: None: not tried yet


@dataclass
class Folder:
    """One look into a folder."""

    selected: Selected
    seen: Seen
    renumbered: bool = False  #: its UIDVALIDITY changed, or the account
    new: list[int] = field(default_factory=list)
    tried: list[int] = field(default_factory=list)  #: new, and asked for in vain; the least often first
    unmarked: dict[int, What] = field(default_factory=dict)  #: dealt with, and the server does not know yet
    unfinished: list[int] = field(default_factory=list)  #: taken and marked, but still here
    present: set[int] = field(default_factory=set)

    @property
    def name(self) -> str:
        """As the server has it."""
        return self.selected.name

    @property
    def uidvalidity(self) -> str:
        """With the account: what its messages' numbers belong to."""
        return self.selected.numbering


class Looks:
    """The looks into the folders of one mailbox, in one session."""

    def __init__(self, mailbox: Mailbox, session: Session, state: State, clock: Clock) -> None:
        self._mailbox = mailbox
        self._session = session
        self._state = state
        self._clock = clock
        self._seen: dict[str, Seen] = {}

    def has_news(self, name: str) -> bool:
        """Open the folder `name`: did something come since the last look? Raises Refused, SessionOver."""
        self._session.select(name)
        seen = self._seen.get(name)
        return seen is None or bool(self._session.uids_above(seen.highest))

    def open(self, name: str, *, read_only: bool) -> Folder:
        """The folder `name`, of whose messages nothing is known yet.

        Raises Refused: there is no such folder. Raises SessionOver, StateError.
        """
        selected = self._session.select(name, read_only=read_only)
        renumbered = not read_only and self._state.moved(name, selected.numbering)
        return Folder(selected, self._seen_of(selected), renumbered)

    def read(self, folder: Folder) -> None:
        """Find what is to be done in a folder that is open. Raises SessionOver, StateError."""
        known = self._state.known(folder.name, folder.uidvalidity)
        for flags in self._flags(folder):
            for uid, said in flags.items():
                self._sort(folder, uid, said, known.get(str(uid)))
        tries = {int(uid): times for uid, times in self._state.attempts(folder.name, folder.uidvalidity).items()}
        folder.tried = sorted((uid for uid in folder.new if uid in tries), key=lambda uid: (tries[uid], uid))
        folder.new = sorted(uid for uid in folder.new if uid not in tries)

    def is_done(self, folder: Folder) -> None:
        """All that this look found has been dealt with: the next one goes on behind it."""
        self._seen[folder.name] = folder.seen

    def _seen_of(self, selected: Selected) -> Seen:
        """A copy: a run that fails leaves what was seen before it."""
        seen, now = self._seen.get(selected.name), self._clock()
        if seen is None or seen.uidvalidity != selected.uidvalidity:
            return Seen(selected.uidvalidity, 0, now + ALL_FLAGS_EVERY)
        if not seen.again_at - ALL_FLAGS_EVERY <= now < seen.again_at:  # also once a clock that was ahead is right
            return replace(seen, highest=0, again_at=now + ALL_FLAGS_EVERY)
        return replace(seen)

    def _flags(self, folder: Folder) -> Iterator[dict[int, Flags]]:
        if folder.seen.highest == 0:
            for flags in self._session.flags_by_number(folder.selected.messages):
                folder.present.update(flags)
                yield flags
            return
        waiting = [int(uid) for uid in self._state.attempts(folder.name, folder.uidvalidity)]
        yield self._session.flags([*waiting, *self._session.uids_above(folder.seen.highest)])

    def _sort(self, folder: Folder, uid: int, flags: Flags, known: What | None) -> None:
        """Is the message new, or what is left to be done with it?"""
        mailbox = self._mailbox
        folder.seen.highest = max(folder.seen.highest, uid)
        marked = has_any(flags, (mailbox.keyword, FAILED, *mailbox.known_keywords))
        if not marked and known is None:
            folder.new.append(uid)
        elif not marked and known is not None:
            folder.unmarked[uid] = known
        if known == "taken" and mailbox.afterwards != "leave" and "\\deleted" not in flags:
            folder.unfinished.append(uid)
