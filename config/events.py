"""What is worth a line in the log, as an object: what happened, in which SMTP dialogue, and the facts.

An event is handed to `logging` as the message itself. As text it is one line in the manner of Postfix (queue ID, what
happened, `key=value`); `fields` are the same facts for the systemd journal. Where lines go is no subject of this file:
`cli/logs.py` decides that. Values may be what a client wrote: they are bounded here, and can forge neither a line nor a
field. Names of fields: systemd.journal-fields(7).
"""

import logging
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field

from trapline.config.names import IpAddress
from trapline.config.printable import printable

MAX_VALUE_LENGTH = 300  #: characters of one value; a domain name has 253 at most
MAX_VALUES = 20  #: of one fact
MAX_TEXT_LENGTH = 1000  #: characters of a sentence
MAX_FRAMES = 20  #: of one traceback, the innermost
MAX_CHAIN = 5  #: errors that led to one another

# Facts whose key says too little where nothing stands around it: in the journal, beside the fields of all programs.
_FIELDS = {"id": "TRAPLINE_ID", "label": "TRAP_LABEL", "trap": "TRAP_ADDRESS", "codes": "RETURN_CODE"}

Fact = str | int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The SMTP dialogue that an event belongs to."""

    client_address: IpAddress | None  #: None where it is not known, as of saved mail
    client_name: str | None  #: as Postfix verified it; None where it did not
    queue_id: str | None  #: Postfix has none before the first recipient


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. Its string is the line for the log."""

    name: str  #: in the words of the line: "lookup error"; in the journal `TRAPLINE_EVENT=lookup-error`
    facts: Mapping[str, Fact] = field(default_factory=dict)  #: by key; several values of one fact as a tuple
    _: KW_ONLY
    dialogue: Dialogue | None = None
    text: str = ""  #: a sentence that stands in the line instead of name and facts
    trace: str = ""  #: further lines, from `trace`; ours alone, never a client's words
    level: int = logging.INFO

    def __str__(self) -> str:
        """The line, and the trace below it.

        >>> str(Event("reload", {"traps": 3, "why": "changed file"}))
        'reload traps=3, why="changed file"'
        """
        line = printable(self.text, MAX_TEXT_LENGTH) if self.text else self._name_and_facts()
        if self.dialogue is not None:
            line = f"{_word(_short(self.dialogue.queue_id or 'NOQUEUE'))}: {line}"
        return f"{line}\n{self.trace}" if self.trace else line

    def fields(self) -> Iterator[tuple[str, str]]:
        """The facts as fields of the journal; a fact of several values is a field that occurs as often.

        >>> list(Event("reload", {"traps": 3}).fields())
        [('TRAPLINE_EVENT', 'reload'), ('TRAPS', '3')]
        """
        yield "TRAPLINE_EVENT", self.name.replace(" ", "-")
        if self.dialogue is not None:
            yield from _who(self.dialogue)
        for key, fact in self.facts.items():
            for value in _values(fact):
                yield _FIELDS.get(key, key.upper()), value

    def _name_and_facts(self) -> str:
        facts = {key: _word(_joined(_values(fact))) for key, fact in self.facts.items()}
        if self.dialogue is not None and self.dialogue.client_address is not None:
            facts = {"client": _client(self.dialogue)} | facts
        return f"{self.name} {', '.join(f'{key}={word}' for key, word in facts.items())}".rstrip()


def kind(error: BaseException) -> str:
    """The error's type, with the library that it is of."""
    of = type(error)
    return of.__qualname__ if of.__module__ == "builtins" else f"{of.__module__}.{of.__qualname__}"


def trace(error: BaseException) -> str:
    """Where `error` was raised, and the errors that led to it, without their texts: those may hold a client's words."""
    parts: list[str] = []
    link: BaseException | None = error
    while link is not None and len(parts) < MAX_CHAIN:
        frames = "".join(traceback.format_tb(link.__traceback__, limit=-MAX_FRAMES))
        parts.append(f"Traceback (most recent call last):\n{frames}{kind(link)}")
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "\n".join(reversed(parts))


def _who(dialogue: Dialogue) -> Iterator[tuple[str, str]]:
    if dialogue.queue_id is not None:
        yield "QUEUE_ID", _short(dialogue.queue_id)
    if dialogue.client_address is not None:
        yield "CLIENT_ADDRESS", str(dialogue.client_address)
    if dialogue.client_name is not None:
        yield "CLIENT_NAME", _short(dialogue.client_name)


def _client(dialogue: Dialogue) -> str:
    """As Postfix writes it: name[address]."""
    return _word(f"{_short(dialogue.client_name or 'unknown')}[{dialogue.client_address}]")


def _values(fact: Fact) -> tuple[str, ...]:
    return tuple(_short(str(value)) for value in (fact if isinstance(fact, tuple) else (fact,))[:MAX_VALUES])


def _short(value: str) -> str:
    return printable(value, MAX_VALUE_LENGTH)


def _joined(values: tuple[str, ...]) -> str:
    return ("|" if any("," in value for value in values) else ",").join(values)


def _word(value: str) -> str:
    """A value that ends where the line says: in quotes where it has blanks, or what could be taken for quotes."""
    return value if value and " " not in value and '"' not in value else '"' + value.replace('"', "'") + '"'
