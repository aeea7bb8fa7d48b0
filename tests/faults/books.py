"""The reckoning: what was sent, beside where it is now. Pure; `audit.py` reads all of it from the real parts."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.faults.load import Letter, Sent

#: Beyond the milter's deadline: what SMTP, Postfix and the load itself take on a busy machine.
SLACK_SECONDS = 2.0

OPEN = frozenset({"queued", "sending", "waiting"})
SENT = frozenset({"accepted", "known"})

Object = tuple[str, str]  # a submission's kind, and what is submitted
Period = tuple[float, float]  # from when to when (time.monotonic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """All that is known at the end."""

    sent: tuple[Sent, ...]
    no_room: tuple[Period, ...] = ()  # when nothing could be stored
    hung: tuple[Period, ...] = ()  # when the milter answered nothing
    in_spool: Mapping[str, int]  # by a letter's id: files
    in_fallback: Mapping[str, int]
    put_aside: Mapping[str, int]  # in .failed
    waiting: int  # files that the reporter has not taken
    counted: Mapping[str, int]  # rows of caught messages
    undecided: tuple[str, ...] = ()  # ids of messages without a decision
    delivered: Mapping[str, int]  # to people
    submissions: Mapping[Object, str]  # in the store: what became of each
    received: Mapping[Object, int]  # by the portal: how often it has taken each, or said that it knew it
    lists: tuple[str, ...] = ()  # what was wrong with the blocklist's files
    said: tuple[str, ...] = ()  # lines that should not be in a log, a reply or a submission
    ended: tuple[int, ...] = ()  # exit codes of daemons that ended by themselves
    unfelt: tuple[str, ...] = ()  # faults that nobody felt


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that must hold, of so many."""

    what: str
    of: int
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long mail to a person may take, in seconds."""

    deadline: float  # that the milter waits for DNS
    hung: float  # that Postfix waits for a milter that answers nothing, in one session

    def limit(self, *, hung: bool) -> float:
        """With what SMTP, Postfix and the load itself take."""
        return self.deadline + SLACK_SECONDS + (self.hung if hung else 0)


def claims(books: Books, patience: Patience) -> list[Claim]:
    """What must hold, whatever happened."""
    return [*_trap_mail(books), *_peoples_mail(books, patience), *_submissions(books), *_conduct(books)]


def _trap_mail(books: Books) -> Iterator[Claim]:
    caught = _accepted(books, lambda letter: letter.hits_a_trap)
    places = (books.in_spool, books.in_fallback, books.put_aside, books.counted)
    nowhere = (one for one in caught if not any(one in place for place in places))
    yield Claim("accepted trap mail is in the spool, the fallback or the store", len(caught), tuple(nowhere))
    counted = [f"{one}: {books.counted.get(one, 0)} times" for one in caught if books.counted.get(one) != 1]
    counted += [f"{one} was never accepted" for one in books.counted if one not in caught]
    yield Claim("and is counted once", len(caught), tuple(counted))
    left = [f"{books.waiting} files wait for the reporter"] if books.waiting else []
    left += [f"{one} was put aside" for one in books.put_aside]
    yield Claim("and nothing of it is left over", len(caught), tuple(left))
    tries = [one for one in books.sent if one.letter.kind == "trap" and not one.accepted]
    bad = (f"{one.letter.id}: {one.answers}" for one in tries if not (one.put_off and _had_no_room(books, one)))
    yield Claim("trap mail is put off only while the disk takes none", len(tries), tuple(bad))
    never = {one.letter.id for one in tries} - set(caught)
    yield Claim("and accepted when it comes again", len(tries), tuple(sorted(never)))


def _peoples_mail(books: Books, patience: Patience) -> Iterator[Claim]:
    to_people = [one for one in books.sent if one.letter.concerns_a_person]
    refused = (f"{one.letter.id}: {one.answers}" for one in to_people if not one.accepted)
    yield Claim("people's mail is accepted at once", len(to_people), tuple(refused))
    expected = _accepted(books, lambda letter: letter.reaches_a_person)
    times = ((one, books.delivered.get(one, 0)) for one in expected)
    yield Claim("and delivered once", len(expected), tuple(f"{one}: {n} times" for one, n in times if n != 1))
    waited = [one for one in to_people if _was_during(books.hung, one)]
    late = [f"{one.letter.id}: {one.took:.1f} s" for one in waited if one.took > patience.limit(hung=True)]
    hung = f"while the milter hangs, no later than Postfix's own limits ({patience.hung:g} s) allow"
    yield Claim(hung, len(waited), tuple(late))
    others = [one for one in to_people if not _was_during(books.hung, one)]
    late = [f"{one.letter.id}: {one.took:.1f} s" for one in others if one.took > patience.limit(hung=False)]
    yield Claim(f"else no later than the deadline ({patience.deadline:g} s) allows", len(others), tuple(late))


def _submissions(books: Books) -> Iterator[Claim]:
    wrong = [
        f"{kind} {value[:60]}: {state}, and the portal has it {books.received.get((kind, value), 0)} times"
        for (kind, value), state in books.submissions.items()
        if not (state in OPEN or (state in SENT and books.received.get((kind, value))))
    ]
    yield Claim("each submission has reached the portal, or is still queued", len(books.submissions), tuple(wrong))
    unknown = tuple(f"{kind} {value[:60]}" for kind, value in books.received if (kind, value) not in books.submissions)
    yield Claim("and the portal has no other ones", len(books.received), unknown)
    yield Claim("something was decided about each message", len(books.counted), books.undecided)


def _conduct(books: Books) -> Iterator[Claim]:
    yield Claim("no trap, secret or defect in a log, a reply or a submission", 1, books.said)
    yield Claim("the blocklist's files are whole at any moment, and say in the end what the store does", 1, books.lists)
    for_good = tuple(f"ended with {code}" for code in books.ended if code == 78)
    yield Claim("no daemon ends for good", len(books.ended), for_good)
    yield Claim("each fault was felt", 1, books.unfelt)


def repeated(books: Books) -> int:
    """Requests that told the portal what it had already: those that a kill, or a late answer, left in doubt."""
    return sum(number - 1 for number in books.received.values())


def slowest(sent: Iterable[Sent], hung: Iterable[Period] = ()) -> float:
    """The longest that a letter to a person took, in seconds; without those that waited for a milter that hung."""
    periods = tuple(hung)
    took = (one.took for one in sent if one.letter.concerns_a_person and not _was_during(periods, one))
    return max(took, default=0.0)


def _accepted(books: Books, which: Callable[[Letter], bool]) -> Counter[str]:
    return Counter(one.letter.id for one in books.sent if one.accepted and which(one.letter))


def _had_no_room(books: Books, sent: Sent) -> bool:
    return _was_during(books.no_room, sent)


def _was_during(periods: Iterable[Period], sent: Sent) -> bool:
    return any(begin - sent.took <= sent.began <= end for begin, end in periods)
