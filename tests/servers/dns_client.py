"""What a test asks a name server on a loopback port, by UDP and without a cache."""

import dns.flags
import dns.message
import dns.query


def response(
    port: int, name: str, kind: str = "A", *, seconds: float = 1.0, recursion: bool = True
) -> dns.message.Message:
    """The whole answer about `name`; `recursion`: whether it is wanted.

    Raises DNSException, OSError: there is none within `seconds`, or none that can be read.
    """
    query = dns.message.make_query(name, kind)
    if not recursion:
        query.flags &= ~dns.flags.RD
    return dns.query.udp(query, "127.0.0.1", timeout=seconds, port=port)


def records(answer: dns.message.Message) -> list[str]:
    """The records of an answer, sorted; none if there are none."""
    return sorted(str(item) for found in answer.answer for item in found)
