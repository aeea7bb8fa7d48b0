"""Saved messages, as `extract` is given them: which envelope each has, and what would be decided about it.

Offline, unless verifying is asked for, and without history: each is judged as the first hit of a `pristine` trap by a
stranger, unless its own envelope is believed, which is so in our spool, and elsewhere only where the user says so.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trapline.config.networks import NetworkSet
from trapline.config.settings import Settings
from trapline.reporter.judge import context, judge
from trapline.reporter.overview.description import describe, unreadable
from trapline.reporter.parsing.message import parse
from trapline.reporter.planning import Verify
from trapline.spool import block
from trapline.spool.contents import contents
from trapline.spool.envelope import Client, Envelope, EnvelopeError, Recipient
from trapline.spool.maildir import Maildir
from trapline.spool.origin import NOTHING_KNOWN, origin
from trapline.traps.watch import TrapFiles


class Reader:
    """Describes saved messages."""

    def __init__(self, settings: Settings, *, trust_envelope: bool = False, verify: Verify | None = None) -> None:
        """`verify` checks SPF, DKIM and DMARC, whatever is configured; without it nobody is asked.

        Raises ConfigError: a trap file can't be read.
        """
        self._spool = Maildir(settings.spool.directory)
        self._trust = trust_envelope
        self._traps = TrapFiles(settings.traps, needed=False).current
        self._context = context(settings, self._traps.domains)
        self._verify = verify
        if verify is not None:
            self._context = replace(self._context, authentication="self")
        self._receivers = settings.reporter.receivers
        self._own_networks = NetworkSet(settings.internal_networks)

    def describe(self, file: Path) -> dict[str, Any]:
        """The contract's object for the message in `file`; a file that can't be read has an `error`."""
        try:
            raw, whole = contents(file)
            envelope, message = self._read(file, raw)
        except OSError as error:
            return unreadable(str(file), f"cannot read the file: {error.strerror}")
        except EnvelopeError as error:
            return unreadable(str(file), str(error))
        if not whole:
            envelope = replace(envelope, truncated=True)
        verified = None if self._verify is None else self._verify(message, envelope)
        return describe(str(file), judge(message, envelope, self._context, verified))

    def _read(self, file: Path, raw: bytes) -> tuple[Envelope, bytes]:
        """The envelope, and the message without it. Raises EnvelopeError."""
        if (self._trust or self._spool.holds(file)) and block.has_block(raw):
            return block.parse(raw)
        return self._guessed(raw), raw

    def _guessed(self, raw: bytes) -> Envelope:
        """What the message's own header proves: only what a configured host of ours wrote."""
        found = origin(parse(raw).fields, self._receivers, self._own_networks) or NOTHING_KNOWN
        return Envelope(
            id="file",
            received=found.received or datetime.now(UTC),
            source="file",
            client=Client(address=found.address, name=found.name),
            helo=found.helo,
            mail_from=found.mail_from,
            recipients=(Recipient(address="", trap=True, label="saved message", kind="pristine"),),
            queue_id=found.queue_id,
        )
