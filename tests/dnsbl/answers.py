"""An engine on name servers that a test chooses, and what such a server may answer."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from tests.servers.name_server import Answerer
from trapline.config.dqs import Dqs
from trapline.config.values import Nameserver
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.zones import zones


@contextmanager
def an_engine(*nameservers: str, key: str = "KEY", timeout: float = 2.0) -> Iterator[Engine]:
    servers = [Nameserver(host, int(port)) for host, port in (text.rsplit(":", 1) for text in nameservers)]
    with closing(Engine(zones(Dqs(), key), servers, timeout)) as engine:
        yield engine


def a_response(query: dns.message.Message, *addresses: str) -> dns.message.Message:
    response = dns.message.make_response(query, recursion_available=True)
    if addresses:
        response.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", *addresses))
    return response


def with_rcode(rcode: dns.rcode.Rcode) -> Answerer:
    def answer(query: dns.message.Message) -> dns.message.Message:
        response = a_response(query)
        response.set_rcode(rcode)
        return response

    return answer


def truncated(query: dns.message.Message) -> dns.message.Message:
    response = a_response(query)
    response.flags |= dns.flags.TC
    return response
