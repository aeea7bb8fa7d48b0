"""The mail addresses in a header field of a message, whatever it is encoded in."""

from trapline.config.address_fields import MAX_FIELD_CHARS, addresses_in
from trapline.config.names import Address
from trapline.reporter.parsing.transfer import decoded_text


def addresses(raw: bytes) -> tuple[Address, ...]:
    """The addresses in the field value `raw`, in order, without doubles; none where there is none.

    >>> addresses(b"=?utf-8?q?B=C3=BCro?= <Anna@Pills.example>")
    (Address(local='anna', domain='pills.example'),)
    """
    return addresses_in(decoded_text(raw[:MAX_FIELD_CHARS], "", html=False))
