"""Mail that never ends: several senders at once, each letter with an id of its own, and a record of each answer.

A letter that is put off comes again, as from any mail server, until it is accepted.
"""

import random
import smtplib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Literal, Self

from tests.e2e.dialogue import send
from tests.e2e.messages import ordinary, spam
from tests.servers.mail_exchanger import ANNA, BERT, OTHER_TRAP, TRAP, MailExchanger

Kind = Literal["ordinary", "listed", "trap", "mixed", "mailbox"]

SENDERS = 2
AGAIN_SECONDS = 0.5  # until a letter that was put off comes again
AGAIN_SHARE = 0.5  # of a sender's time that such letters may take
LISTED = "11.200.0.0/16"  # where the listed clients are; all others are not listed

_SHARES: dict[Kind, int] = {"ordinary": 30, "listed": 20, "trap": 30, "mixed": 20}
_PADDING = (0, 0, 0, 200, 1_000)  # lines of 77 octets; what is over 64 KB is collected on the disk


@dataclass(frozen=True, slots=True)
class Letter:
    """One message and all its recipients."""

    id: str  # in the subject, and in no other letter
    kind: Kind  # to a person; to one from a listed client; to traps; to both; in a folder for spam, not sent here
    recipients: tuple[str, ...]
    padding: int  # lines

    @property
    def hits_a_trap(self) -> bool:
        """Whether it is to be caught."""
        return self.kind in {"trap", "mixed", "mailbox"}

    @property
    def reaches_a_person(self) -> bool:
        """Whether it is to be delivered where it is accepted."""
        return self.kind in {"ordinary", "listed", "mixed"}

    @property
    def concerns_a_person(self) -> bool:
        """Whether somebody waits for it."""
        return self.kind in {"ordinary", "mixed"}

    def message(self) -> bytes:
        """As it is sent; a spammer's has a domain of its own, so that each has something to be reported."""
        if not self.hits_a_trap:
            return ordinary(self.subject)
        return spam(self.subject, domain=f"{self.id}-pills.com") + (b"A" * 76 + b"\n") * self.padding

    @property
    def subject(self) -> str:
        """What it is found by, wherever it went."""
        return f"Letter {self.id}"


@dataclass(frozen=True, slots=True)
class Sent:
    """One try to send a letter."""

    letter: Letter
    began: float  # time.monotonic
    took: float  # seconds, from MAIL (of the first one in a session: from connecting) to the last answer
    accepted: bool  # 250 for every recipient, and for the message
    put_off: bool  # 4xx after the message
    answers: str  # all of them, or what went wrong


class Load:
    """Senders at work while the `with` block runs."""

    def __init__(self, mx: MailExchanger, seed: int, senders: int = SENDERS) -> None:
        self.sent: list[Sent] = []
        self._mx = mx
        self._numbers = count(1)
        self._again: list[tuple[float, Letter]] = []
        self._lock = threading.Lock()
        self._ending = threading.Event()
        chances = [random.Random(f"{seed} {number}") for number in range(senders)]  # noqa: S311 - the same again
        self._threads = [threading.Thread(target=self._work, args=(one,), daemon=True) for one in chances]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish()

    def finish(self, seconds: float = 60.0) -> None:
        """Send nothing new, and let what was put off come again until all is accepted, for `seconds` at most."""
        self._ending.set()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def found_in_a_mailbox(self) -> Letter:
        """A letter that nobody sends: it is to be put into a folder, and counts as accepted."""
        with self._lock:
            letter = Letter(f"q{next(self._numbers):06}", "mailbox", (), 0)
            self.sent.append(Sent(letter, time.monotonic(), 0.0, accepted=True, put_off=False, answers=""))
        return letter

    def since(self, moment: float, which: Callable[[Sent], bool]) -> int:
        """How many tries that began after `moment` are as `which` says."""
        return sum(which(one) for one in self.sent[:] if one.began >= moment)

    def _work(self, chance: random.Random) -> None:
        while True:
            ending = self._ending.is_set()
            letters = self._due() if ending or chance.random() < AGAIN_SHARE else []
            if not letters and not ending:
                letters = self._letters(chance)
            if letters:
                self._session(letters, chance)
            elif not self._again:
                return
            time.sleep(chance.uniform(0, 0.8))

    def _letters(self, chance: random.Random) -> list[Letter]:
        """Those of one session: a listed client's session has no other ones, since there a trap is refused as well."""
        kind = chance.choices(list(_SHARES), list(_SHARES.values()))[0]
        number = chance.randint(1, 4)
        kinds: list[Kind] = [kind] * number
        if kind != "listed":
            kinds = [kind, *chance.choices(("ordinary", "trap", "mixed"), k=number - 1)]
        return [self._letter(one, chance) for one in kinds]

    def _letter(self, kind: Kind, chance: random.Random) -> Letter:
        person = chance.choice((ANNA, BERT))
        traps = chance.choice(((TRAP,), (OTHER_TRAP,), (TRAP, OTHER_TRAP)))
        recipients = {"ordinary": (person,), "listed": (person,), "trap": traps, "mixed": (*traps, person)}[kind]
        return Letter(f"q{next(self._numbers):06}", kind, tuple(recipients), chance.choice(_PADDING))

    def _session(self, letters: list[Letter], chance: random.Random) -> None:
        first, began = letters[0], time.monotonic()
        try:
            with self._mx.client(_client(first), helo=f"mail.{first.id}-sender.com") as smtp:
                while letters:
                    self._keep(_send(smtp, letters[0], began))
                    letters.pop(0)
                    time.sleep(chance.choice((0.0, 0.02)))
                    began = time.monotonic()
        except (OSError, smtplib.SMTPException) as error:  # Postfix itself is never in trouble: nobody may see this
            for letter in letters:
                self._keep(Sent(letter, time.monotonic(), 0.0, accepted=False, put_off=False, answers=repr(error)))

    def _keep(self, sent: Sent) -> None:
        with self._lock:
            self.sent.append(sent)
            if sent.put_off:
                self._again.append((time.monotonic() + AGAIN_SECONDS, sent.letter))

    def _due(self) -> list[Letter]:
        """One letter that is to come again."""
        with self._lock:
            due = [entry for entry in self._again if entry[0] <= time.monotonic()][:1]
            for entry in due:
                self._again.remove(entry)
        return [letter for _, letter in due]


def _client(letter: Letter) -> str:
    """An address of its own: nothing that is known of another is known of it."""
    number = int(letter.id[1:])
    return f"11.{200 if letter.kind == 'listed' else 40 + number // 65_536}.{number // 256 % 256}.{number % 256}"


def _send(smtp: smtplib.SMTP, letter: Letter, began: float) -> Sent:
    seen = send(smtp, f"news@{letter.id}-sender.com", letter.recipients, letter.message())
    took = time.monotonic() - began
    put_off = seen.data is not None and 400 <= seen.data.code < 500
    answers = "; ".join(str(reply) for reply in (seen.mail, *seen.rcpts, seen.data) if reply is not None)
    return Sent(letter, began, took, seen.accepted, put_off, answers)
