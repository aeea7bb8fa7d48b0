"""SPF: may this client send for the domain in MAIL FROM, or where that is null for its HELO? (RFC 7208)

The library pyspf evaluates; the DNS is asked by resolver.py alone. A failure of the DNS is `temperror`, a record that
nobody can evaluate is `permerror`; neither proves anything.
"""

from typing import Any

import spf

from trapline.config.names import IpAddress, address, domain_name
from trapline.reporter.verification.resolver import Allowance, Kind, UnansweredError

MAX_RECORD_BYTES = 4_096  #: of an SPF record; long ones have about 2,000, and the library's patterns are slow on more


def check_spf(client: IpAddress, helo: str | None, mail_from: str, allowance: Allowance) -> tuple[str, str | None]:
    """The result as RFC 8601 names it, and the domain that was checked; None where there was none to check."""
    sender = address(mail_from)
    domain = domain_name(sender.domain if mail_from else helo or "")
    if domain is None or "." not in domain:
        return "none", None
    local = sender.local.replace("@", ".") or "postmaster"  # the library splits at the first @
    query = _Query(str(client), f"{local}@{domain}", domain_name(helo or "") or "unknown", allowance)
    try:
        result, _, _ = query.check()
    except Exception:  # noqa: BLE001 - for hostile records the library raises more than its own errors
        return "permerror", domain
    return str(result), domain


class _Query(spf.query):
    """pyspf's evaluation, with our resolver below it."""

    def __init__(self, client: str, sender: str, helo: str, allowance: Allowance) -> None:
        super().__init__(client, sender, helo)
        self._allowance = allowance

    def dns(self, name: str, qtype: Kind, cnames: object = None, ignore_void: bool = False) -> list[Any]:  # noqa: ARG002, FBT001 - as pyspf calls it
        """The records in pyspf's forms. Raises its TempError and PermError."""
        try:
            records = self._allowance.ask(str(name), qtype)
        except UnansweredError as error:
            raise spf.TempError(str(error)) from None
        if not records and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("too many lookups without an answer")
        if qtype != "TXT":
            return list(records)
        texts = [record for record in records if isinstance(record, bytes)]
        if any(len(text) > MAX_RECORD_BYTES and text[:6].lower() == b"v=spf1" for text in texts):
            raise spf.PermError("a record that is too long")
        return [(text,) for text in texts]
