"""The server that the tests of lookups ask."""

from collections.abc import Iterator

import pytest

from tests.dnsbl.engines import ZONES
from tests.servers.rbldnsd import Rbldnsd


@pytest.fixture(scope="module")
def server() -> Iterator[Rbldnsd]:
    with Rbldnsd(ZONES) as running:
        yield running
