"""A real name server on a loopback port, over UDP and TCP, that answers as a test says."""

import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.servers.processes import ServerError

Answerer = Callable[[dns.message.Message], dns.message.Message | None]
Records = Mapping[tuple[str, str], Sequence[str] | dns.rcode.Rcode | None]

MAX_UDP_BYTES = 512  # without EDNS (RFC 1035, 4.2.1)


@contextmanager
def name_server(answer: Answerer, by_tcp: Answerer | None = None) -> Iterator[str]:
    """Answers each query by `answer`, by TCP too unless that has its own; None is silence. Gives address:port."""

    def respond(wire: bytes, how: Answerer) -> bytes | None:
        said = how(dns.message.from_wire(wire))
        return None if said is None else said.to_wire()

    class Udp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, sock = self.request
            if (said := respond(wire, answer)) is not None:
                sock.sendto(said, self.client_address)

    class Tcp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            length = int.from_bytes(self.request.recv(2), "big")
            if (said := respond(self.request.recv(length), by_tcp or answer)) is not None:
                self.request.sendall(len(said).to_bytes(2, "big") + said)

    udp, tcp = _on_one_port(Udp, Tcp)
    with udp, tcp:
        for serving in (udp, tcp):
            threading.Thread(target=serving.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"127.0.0.1:{tcp.server_address[1]}"
        finally:
            udp.shutdown()
            tcp.shutdown()


def serving(records: Records, asked: list[tuple[str, str]] | None = None) -> Answerer:
    """Answers from `records`: `{("pills.com", "TXT"): ["v=spf1 -all"]}`; a code is an error, None is silence.

    Other names do not exist. What was asked is added to `asked`. To be used with `name_server` for UDP; what is too
    large for that comes by TCP, from `whole(records)`.
    """
    complete = whole(records, asked)

    def answer(query: dns.message.Message) -> dns.message.Message | None:
        said = complete(query)
        if said is not None and len(said.to_wire()) > MAX_UDP_BYTES:
            said = dns.message.make_response(query, recursion_available=True)
            said.flags |= dns.flags.TC
        return said

    return answer


def whole(records: Records, asked: list[tuple[str, str]] | None = None) -> Answerer:
    """As `serving`, whatever the size."""

    def answer(query: dns.message.Message) -> dns.message.Message | None:
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        if asked is not None:
            asked.append((name, kind))
        if (name, kind) in records and records[name, kind] is None:
            return None
        said = dns.message.make_response(query, recursion_available=True)
        found = records.get((name, kind), ())
        if isinstance(found, dns.rcode.Rcode):
            said.set_rcode(found)
        elif found:
            said.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *map(_as_data(kind), found)))
        elif not any(known == name for known, _ in records):
            said.set_rcode(dns.rcode.NXDOMAIN)
        return said

    return answer


def _as_data(kind: str) -> Callable[[str], str]:
    """TXT is written as strings of 255 characters at most (RFC 1035, 3.3)."""
    if kind != "TXT":
        return lambda text: text
    return lambda text: " ".join(f'"{text[place : place + 255]}"' for place in range(0, max(1, len(text)), 255))


def _on_one_port(
    udp: type[socketserver.BaseRequestHandler], tcp: type[socketserver.BaseRequestHandler]
) -> tuple[socketserver.ThreadingUDPServer, socketserver.ThreadingTCPServer]:
    """A server of each kind; a port that is free for one may be in use for the other, so several are tried."""
    taken: list[int] = []
    while len(taken) < 20:
        by_tcp = socketserver.ThreadingTCPServer(("127.0.0.1", 0), tcp)
        port = by_tcp.server_address[1]
        try:
            return socketserver.ThreadingUDPServer(("127.0.0.1", port), udp), by_tcp
        except OSError:
            by_tcp.server_close()
            taken.append(port)
    raise ServerError(f"no port is free for UDP and TCP; tried {taken}")
