"""What the tests of the engine share: zones, a server that has them, and one that answers as a test wants."""

import time
from contextlib import AbstractContextManager

from tests.dnsbl.answers import a_response
from tests.servers.name_server import Answerer, name_server
from tests.servers.rbldnsd import Zones
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.findings import Finding
from trapline.dnsbl.zones import Question

LISTED = Question("zen", "11.0.7.66")
ZONES: Zones = {
    "zen": {"11.0.7.66": ["127.0.0.2", "127.0.0.9"], "2a00:1450::/64": "127.0.0.3", "11.0.8.8": "127.255.255.254"},
    "dbl": {"pills-r-us.com": "127.0.1.2"},
}


def ask(engine: Engine, question: Question) -> Finding:
    return engine.ask(question).wait(time.monotonic() + 10)


def swept(engine: Engine) -> bool:
    engine.sweep()
    return True


def a_name_server(answer: Answerer) -> AbstractContextManager[str]:
    """A server whose answers by TCP list whatever is asked."""
    return name_server(answer, by_tcp=lambda query: a_response(query, "127.0.0.2"))
