"""What the tests of teaching a filter share: messages, a filter that remembers, steps of the reporter."""

from tests.reporter.caught import TRAP, Place
from trapline.filters.scanner import FilterError, Learnt, Lesson
from trapline.reporter.intake import Enquiries, Intake
from trapline.reporter.learning import wishes
from trapline.reporter.learning.pupil import Pupil
from trapline.reporter.listing.news import News
from trapline.reporter.storage.store import Store
from trapline.reporter.submission.summary import Summary

WORDS = [
    "alder",
    "birch",
    "cedar",
    "dogwood",
    "elm",
    "fir",
    "ginkgo",
    "hazel",
    "ivy",
    "juniper",
    "larch",
    "maple",
    "nettle",
    "oak",
    "poplar",
    "quince",
]


def advertising(number: int, sender: str = "news@pills-shop.com") -> bytes:
    """A message of a campaign of its own, with words enough for any filter."""
    theme = " ".join(f"{word}{'abcdefghij'[number % 10]}{'klmnopqrst'[number // 10]}" for word in WORDS)
    return (
        f"From: Pills <{sender}>\nTo: {TRAP}\nSubject: Offer {theme[:20]}\nMessage-ID: <{number}@pills-shop.com>\n\n"
        f"Dear {TRAP.partition('@')[0]}, look at {theme} here http://landing-pills.com/now now.\n"
    ).encode()


class Remembering:
    """A filter that does as it is told, or fails as the test says."""

    def __init__(self, name: str = "spamd") -> None:
        self.name = name
        self.told: list[tuple[str, bytes]] = []
        self.fails: list[FilterError] = []

    def learn(self, message: bytes, lesson: Lesson) -> Learnt:
        return self._tell(lesson, message)

    def forget(self, message: bytes) -> Learnt:
        return self._tell("forget", message)

    def _tell(self, what: str, message: bytes) -> Learnt:
        if self.fails:
            raise self.fails.pop(0)
        known = (what, message) in self.told
        self.told.append((what, message))
        return Learnt.NOTHING_NEW if known else Learnt.LEARNT


def once(place: Place, taught: Pupil | None) -> int:
    return place.once(None, pupil=taught)


def states(place: Place) -> list[tuple[str, str | None]]:
    return [(state, why) for state, why in place.rows("SELECT state, why FROM lessons ORDER BY changed_at, message_id")]


def intake_of(place: Place, store: Store) -> None:
    """Take in what was caught, as a round of the reporter does."""
    Intake(place.settings, store, place.traps.current, place.clock, lambda _: None, Enquiries(), News()).take_all(
        Summary()
    )


def undo(place: Place, message_id: str, **how: bool) -> str:
    store = Store.open(place.url)
    with store.writing() as db:
        answer = wishes.undo(db, message_id, place.settings.learning.filter, place.clock(), **{"as_ham": False} | how)
    store.close()
    return answer.words
