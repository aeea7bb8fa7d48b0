"""The spam filter that is taught, whichever it is: spamd and rspamd learn at once, sa-learn when somebody runs it."""

from typing import Protocol

from trapline.config.settings import Settings
from trapline.filters.folder import Folder
from trapline.filters.rspamd import Rspamd
from trapline.filters.scanner import Learnt, Lesson
from trapline.filters.spamd import Spamd


class Pupil(Protocol):
    """A filter that learns. Its methods may take as long as its timeout, and raise FilterError."""

    @property
    def name(self) -> str:
        """As the settings call it."""

    def learn(self, message: bytes, lesson: Lesson) -> Learnt:
        """Teach it that `message` is of this kind, instead of what it was taught of it before."""

    def forget(self, message: bytes) -> Learnt:
        """Undo what it was taught of `message`."""


def pupil(settings: Settings, rspamd_password: str | None) -> Pupil | None:
    """The filter that `settings` say is taught; None: none is."""
    match settings.learning.filter:
        case "spamd":
            return Spamd(settings.filters.spamd)
        case "rspamd":
            return Rspamd(settings.filters.rspamd, rspamd_password)
        case "sa-learn":
            return Folder(settings.learning.folder)
        case "off":
            return None
