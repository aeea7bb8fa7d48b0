"""What became of the new messages of a mailbox, counted."""

from dataclasses import dataclass


@dataclass
class Tally:
    """What became of the new messages."""

    taken: int = 0
    known: int = 0  #: taken before, as their digest says
    old: int = 0
    failed: int = 0  #: given up
    waiting: int = 0  #: not handed over yet, tried again
    doubted: int = 0  #: too old by a clock that is not believed; left alone until it is
    truncated: int = 0

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def __str__(self) -> str:
        """In words: `3 taken, 1 too old`."""
        words = {
            "taken": self.taken,
            "known already": self.known,
            "too old": self.old,
            "given up": self.failed,
            "not handed over yet": self.waiting,
            "left alone, since the clock jumped": self.doubted,
            "cut off": self.truncated,
        }
        return ", ".join(f"{number} {what}" for what, number in words.items() if number) or "nothing new"
