"""A stand-in for RIPE Stat's data API: a real HTTP server on a loopback port, which knows what it is told.

It answers as the data calls `whois` and `prefix-overview` do (stat.ripe.net/docs), and knows nothing of trapline.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.servers.portal_http import Answer, Request, Server, json_answer


@dataclass(slots=True)
class Record:
    """What is known about one address."""

    records: list[list[dict[str, Any]]] = field(default_factory=list)
    prefix: str | None = None
    asns: list[dict[str, Any]] = field(default_factory=list)


def group(*pairs: tuple[str, Any]) -> list[dict[str, Any]]:
    """One group of a whois answer."""
    return [{"key": key, "value": value, "details_link": None} for key, value in pairs]


class RipeStat:
    """The API, running while the `with` block does."""

    def __init__(self) -> None:
        self.known: dict[str, Record] = {}
        self.script: dict[str, Callable[[], Answer]] = {}  # by call: what it answers instead
        self.requests: list[Request] = []
        self._server = Server(self.answer, 0, verbose=False)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/data"  # to be configured as ripe_stat.api

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.cut_connections()
        self._server.server_close()

    def knows(self, address: str) -> None:
        """Know about `address` what the registries would say of a spammer's network."""
        self.known[address] = Record(
            [
                group(
                    ("inetnum", "11.0.0.0 - 11.0.0.255"),
                    ("netname", "PILLS-NET"),
                    ("descr", "Pills Hosting"),
                    ("country", "NL"),
                )
            ],
            "11.0.0.0/16",
            [{"asn": 64500, "holder": "PILLS-AS - Pills Hosting Ltd"}],
        )

    @property
    def asked(self) -> list[str]:
        """The addresses that were asked about, by whichever call, in order and each once."""
        return list(dict.fromkeys(parse_qs(urlsplit(one.path).query)["resource"][0] for one in self.requests))

    def answer(self, request: Request) -> Answer:
        """What `request` gets."""
        self.requests.append(request)
        parts = urlsplit(request.path)
        call = parts.path.removeprefix("/data/").removesuffix("/data.json")
        if call in self.script:
            return self.script[call]()
        resource = parse_qs(parts.query).get("resource", [""])[0]
        record = self.known.get(resource, Record())
        if call == "whois":
            return _data({"resource": resource, "records": record.records, "irr_records": [], "authorities": ["ripe"]})
        if call == "prefix-overview":
            announced = {"announced": bool(record.asns), "asns": record.asns, "type": "prefix"}
            return _data({"resource": record.prefix or resource, **announced})
        return json_answer(404, {"status": "error", "status_code": 404})


def _data(data: dict[str, Any]) -> Answer:
    return json_answer(200, {"status": "ok", "status_code": 200, "data_call_status": "supported", "data": data})
