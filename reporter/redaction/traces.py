"""Our own hosts and queue IDs in the fields that mail servers write: which server caught a message is ours to know.

`from … [client]` of a Received line stays as it is, whatever it says, or a sample is worth nothing.
"""

import re

from trapline.reporter.redaction.redaction import PLACEHOLDER_DOMAIN, IsOurs

#: Fields that servers and filters write on the way, with their own names in them.
_TRACE_FIELDS = re.compile(
    rb"(?:x-)?(?:received|authentication-results|arc-authentication-results|received-spf|original-authentication-results)"
    rb"|x-(?:spam|virus|rspamd|amavis|scanned|mailscanner|greylist|policyd|postfix|sender|spf|dkim|dmarc)[\w-]*",
    re.IGNORECASE,
)
HOST = f"mx.{PLACEHOLDER_DOMAIN}".encode()
SHORTEST_QUEUE_ID = 6  #: Postfix's have ten or more characters (short ones: eleven hexadecimal digits)

_HOST_NAME = re.compile(rb"(?<![@\w.-])[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,10}", re.IGNORECASE)
_BY = re.compile(rb"\bby[ \t\r\n]+", re.IGNORECASE)
_ID = re.compile(rb"(\bid[ \t\r\n]+)([\w.-]{4,100})", re.IGNORECASE)


class Traces:
    """Takes what names us out of trace fields, which hold no address of ours any more."""

    def __init__(self, is_ours: IsOurs, queue_id: str | None) -> None:
        self._is_ours = is_ours
        self._queue_id: re.Pattern[bytes] | None = None
        if queue_id is not None and len(queue_id) >= SHORTEST_QUEUE_ID:
            self._queue_id = re.compile(re.escape(queue_id.encode()))

    def redact(self, field: bytes) -> bytes:
        """A raw header field without our names; as it was where there is none in it."""
        if self._queue_id is not None:
            field = self._queue_id.sub(lambda match: b"X" * len(match.group()), field)
        name, colon, value = field.partition(b":")
        if not _TRACE_FIELDS.fullmatch(name.strip()):
            return field
        if not name.strip().lower().endswith(b"received"):
            return name + colon + self._without_hosts(value)
        by = _BY.search(value)
        if by is None:
            return field
        rest = self._without_hosts(value[by.end() :])
        if rest != value[by.end() :]:
            rest = _ID.sub(lambda match: match[1] + b"X" * len(match[2]), rest)
        return name + colon + value[: by.end()] + rest

    def _without_hosts(self, value: bytes) -> bytes:
        return _HOST_NAME.sub(lambda match: HOST if self._names_us(match.group()) else match.group(), value)

    def _names_us(self, host: bytes) -> bool:
        name = host.decode("ascii")
        return name.lower() == PLACEHOLDER_DOMAIN or self._is_ours(f"postmaster@{name}")
