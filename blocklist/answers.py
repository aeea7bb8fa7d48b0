"""What is said of an entry: the codes of its A records and the text beside them.

Source: RFC 5782, 2.1 (an A in 127.0.0.0/8 and a TXT with the reason). The text has the day of the last spam and not
its minute, unless configured: Postfix shows it to the sender, who knows when he wrote to which address.
"""

from dataclasses import dataclass

from trapline.blocklist.entry import Entry
from trapline.config.blocklist_files import Served

MINUTE = "%Y-%m-%d %H:%M UTC"


@dataclass(frozen=True, slots=True)
class Answers:
    """How entries are answered, as it is configured."""

    code: int
    repeated_code: int
    codes: dict[str, int]  #: by trap label
    explanation: str
    minutes: bool

    @classmethod
    def configured(cls, served: Served) -> "Answers":
        """What `[blocklist]` says."""
        return cls(served.code, served.repeated_code, served.codes, served.explanation, served.minutes)

    def first_code(self, entry: Entry) -> int:
        """The x of 127.0.0.x, by the label of the trap that was hit last."""
        return self.code if entry.last_label is None else self.codes.get(entry.last_label, self.code)

    def all_codes(self, entry: Entry) -> tuple[int, ...]:
        """Those of all its A records: a repeated entry has one more, by which 550 is told from 450."""
        first = self.first_code(entry)
        return (first, self.repeated_code) if entry.repeated else (first,)

    def text(self, entry: Entry, address: str) -> str:
        """The explanation, for `address`: at most 254 characters of printable ASCII."""
        day = entry.last_hit.strftime(MINUTE) if self.minutes else entry.last_hit.date().isoformat()
        return self.explanation.format(address=address, day=day)
