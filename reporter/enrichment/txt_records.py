"""TXT records by DNS, through the configured resolvers alone; for names of our own data, never for one of a message."""

from collections.abc import Sequence

import dns.exception
import dns.nameserver
import dns.rdtypes.ANY.TXT
import dns.resolver

from trapline.config.values import Nameserver

TIMEOUT_SECONDS = 3.0  #: for one answer, tries included
MAX_RECORDS = 100  #: of one answer


class NoRecordsError(Exception):
    """There is no answer; the text says why. Nothing is known of the name's records."""

    def __init__(self, why: str, *, silent: bool = False) -> None:
        """`silent`: no resolver said anything, so that no other question will have an answer either."""
        super().__init__(why)
        self.silent = silent


class TxtRecords:
    """Asks `nameservers`."""

    def __init__(self, nameservers: Sequence[Nameserver]) -> None:
        self._resolver = dns.resolver.Resolver(configure=False)
        self._resolver.nameservers = [dns.nameserver.Do53Nameserver(one.address, one.port) for one in nameservers]
        self._resolver.timeout = TIMEOUT_SECONDS / 2

    def ask(self, name: str) -> tuple[str, ...]:
        """The TXT records of `name`, each as one text; none where there are none. Raises NoRecordsError."""
        try:
            answer = self._resolver.resolve(
                f"{name}.", "TXT", raise_on_no_answer=False, search=False, lifetime=TIMEOUT_SECONDS
            )
        except dns.resolver.NXDOMAIN:
            return ()
        except dns.exception.Timeout:
            raise NoRecordsError("no resolver answers (dqs.nameservers)", silent=True) from None
        except (dns.exception.DNSException, OSError) as error:
            raise NoRecordsError(f"the DNS failed ({type(error).__name__})") from None
        return tuple(
            b"".join(rdata.strings).decode("ascii", "replace")
            for rdata in list(answer.rrset or ())[:MAX_RECORDS]
            if isinstance(rdata, dns.rdtypes.ANY.TXT.TXT)
        )
