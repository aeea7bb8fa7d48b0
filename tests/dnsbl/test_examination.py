"""How a resolver did is told by the better of its answers."""

import time

import dns.message

from tests.dnsbl.answers import a_response
from tests.servers.name_server import name_server
from trapline.config.values import Nameserver
from trapline.dnsbl.examination import SLOW_SECONDS, resolver


def test_a_resolver_that_answered_once_did_answer() -> None:
    """Slowly, so it is asked again: that datagram may be lost."""
    asked: list[int] = []

    def answer(query: dns.message.Message) -> dns.message.Message | None:
        asked.append(query.id)
        if len(set(asked)) > 1:
            return None
        time.sleep(SLOW_SECONDS)
        return a_response(query, "127.0.0.2")

    with name_server(answer) as server:
        host, port = server.rsplit(":", 1)
        found = resolver(Nameserver(host, int(port)), "KEY", SLOW_SECONDS + 1.0)
    assert len(set(asked)) > 1
    assert found.trouble is None
    assert found.seconds >= SLOW_SECONDS
