"""Which address is a trap: one immutable set of all files' entries.

Addresses are compared folded in both parts, as Postfix's own maps do. A lookup costs a few dictionary accesses,
whatever the number of traps; the regular expressions run last, all in one pass, without backtracking.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path

import re2

from trapline.config.names import address, without_extension
from trapline.config.remembered import remembered
from trapline.traps.errors import TrapFileError
from trapline.traps.file import MAX_DELIMITERS, MAX_PATTERNS, MAX_PATTERNS_BYTES, Entry, pattern_options, read
from trapline.traps.traps import Trap


class TrapSet:
    """All traps. Immutable: a reload makes a new one."""

    def __init__(
        self, entries: Iterable[Entry] = (), recipient_delimiter: str = "", local_domains: Sequence[str] = ()
    ) -> None:
        """`recipient_delimiter`: characters that begin an extension; "" means that a plain line covers none.

        `local_domains`: in which the same users are; a trap of one is one of all, and of this server's address.
        Raises ValueError: the regular expressions are too large together.
        """
        self._delimiter = recipient_delimiter
        self._local = frozenset(local_domains)
        self._home = local_domains[0] if local_domains else ""  # stands for all of them
        self._addresses: dict[str, Trap] = {}
        self._domains: dict[str, Trap] = {}
        self._extensions: dict[str, Trap] = {}
        self._pattern_traps: list[Trap] = []
        self._patterns = re2.Set.FullMatchSet(pattern_options(MAX_PATTERNS_BYTES))
        for entry in entries:
            self._add(entry)
        if self._pattern_traps:
            self._compile()
        self._find = remembered(self._search)

    @classmethod
    def load(cls, paths: Iterable[Path], recipient_delimiter: str = "", local_domains: Sequence[str] = ()) -> "TrapSet":
        """The traps in the files at `paths`; where two lines match an address, the first one's label counts.

        Raises TrapFileError: a file can't be read, or a line of it can't, or there are too many expressions, or too
        large ones.
        """
        return cls.of_files({path: read(path) for path in paths}, recipient_delimiter, local_domains)

    @classmethod
    def of_files(
        cls, files: Mapping[Path, Sequence[Entry]], recipient_delimiter: str = "", local_domains: Sequence[str] = ()
    ) -> "TrapSet":
        """The traps in `files`, as `load` has them.

        Raises TrapFileError: there are too many regular expressions, or too large ones.
        """
        patterns: dict[Path, int] = {}
        for path, entries in files.items():
            patterns[path] = sum(entry.pattern is not None for entry in entries)
            if sum(patterns.values()) > MAX_PATTERNS:
                raise TrapFileError(path, None, f"more than {MAX_PATTERNS} regular expressions; use plain lines")
        try:
            return cls(chain.from_iterable(files.values()), recipient_delimiter, local_domains)
        except ValueError as error:
            raise TrapFileError(max(patterns, key=patterns.__getitem__), None, str(error)) from None

    def _compile(self) -> None:
        try:
            self._patterns.Compile()
        except re2.error:
            raise ValueError(
                "the regular expressions are too large together; use shorter ones or plain lines"
            ) from None

    def _add(self, entry: Entry) -> None:
        if entry.address is not None:
            self._addresses.setdefault(self._key(*_parts(entry.address)), entry.trap)
        elif entry.domain is not None:
            self._domains.setdefault(entry.domain, entry.trap)
        elif entry.extensions_of is not None:
            self._extensions.setdefault(self._key(*_parts(entry.extensions_of)), entry.trap)
        elif entry.pattern is not None:
            self._patterns.Add(entry.pattern)
            self._pattern_traps.append(entry.trap)

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self._addresses) + len(self._domains) + len(self._extensions) + len(self._pattern_traps)

    @property
    def domains(self) -> frozenset[str]:
        """The domains of the traps, as far as the lines name them (regular expressions do not)."""
        named = {text.rpartition("@")[2] for text in (*self._addresses, *self._extensions)}
        return frozenset((*named, *self._domains, *(self._local if self._home in named else ())))

    def match(self, recipient: str) -> Trap | None:
        """The trap that `recipient` is, as RCPT TO or a header gives it; None for a person."""
        return self._find(recipient)

    def _search(self, recipient: str) -> Trap | None:
        normal = address(recipient)
        return (
            self._addresses.get(self._key(normal.local, normal.domain))
            or self._as_base(normal.local, normal.domain)
            or self._as_extension(normal.local, normal.domain)
            or self._domains.get(normal.domain)
            or self._as_pattern(str(normal))
        )

    def _key(self, local: str, domain: str) -> str:
        """What an address is found by: where Postfix takes two for the same user, it is the same.

        It folds case by Unicode's rules, so that `straße` is `strasse`; and takes [its own address] for a local domain,
        while somebody else's never comes here.
        """
        is_local = domain in self._local or (self._home and domain.startswith("["))
        return f"{local.casefold()}@{self._home if is_local else domain}"

    def _as_base(self, local: str, domain: str) -> Trap | None:
        """A plain line covers its extensions where recipient_delimiter is set."""
        if not self._delimiter:
            return None
        return self._addresses.get(self._key(without_extension(local, self._delimiter), domain))

    def _as_extension(self, local: str, domain: str) -> Trap | None:
        """`user+*@domain`: what stands up to a delimiter is looked up, for every delimiter there is."""
        if not self._extensions:
            return None
        ends = islice((place + 1 for place, character in enumerate(local) if not character.isalnum()), MAX_DELIMITERS)
        return next((trap for end in ends if (trap := self._extensions.get(self._key(local[:end], domain)))), None)

    def _as_pattern(self, text: str) -> Trap | None:
        if not self._pattern_traps:
            return None
        readable = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        matches = self._patterns.Match(readable)
        return self._pattern_traps[min(matches)] if matches else None


def _parts(entry: str) -> tuple[str, str]:
    local, _, domain = entry.rpartition("@")
    return local, domain
