"""A name server of the tests on port 53 of a loopback address, for who can't be told a port: the C library's resolver.

A process gets to ask it in a mount namespace, whose /etc/resolv.conf is another than the machine's. Needs root.
"""

import random
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.processes import ServerError, program, require_root

MAX_BYTES = 4096
TIMEOUT_SECONDS = 10.0  # generous: a passing test never waits for it

_chance = random.SystemRandom()
_IN_ITS_OWN = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'


@contextmanager
def port_53(nameserver: str) -> Iterator[str]:
    """An address on whose port 53 answers (by UDP) what `nameserver`, address:port on loopback, answers."""
    require_root("port 53")
    host, _, port = nameserver.rpartition(":")

    class Relay(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            query, server = self.request
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
                asking.settimeout(TIMEOUT_SECONDS)
                try:
                    asking.sendto(query, (host, int(port)))
                    server.sendto(asking.recv(MAX_BYTES), self.client_address)
                except OSError:
                    return  # no answer is what who asked gets, too

    with _listening(Relay) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield str(server.server_address[0])
        finally:
            server.shutdown()


def asking(address: str, resolv_conf: Path, command: list[str]) -> list[str]:
    """`command`, whose processes ask `address` what they want of DNS. Writes `resolv_conf`, which is to stay."""
    resolv_conf.write_text(f"nameserver {address}\noptions timeout:10 attempts:2\n")
    unshare = [program("unshare"), "--mount", "--propagation", "private"]
    return [*unshare, "sh", "-c", _IN_ITS_OWN, str(resolv_conf), *command]


def _listening(handler: type[socketserver.BaseRequestHandler]) -> socketserver.ThreadingUDPServer:
    for _ in range(20):
        address = f"127.{_chance.randrange(1, 255)}.{_chance.randrange(256)}.{_chance.randrange(1, 255)}"
        try:
            return socketserver.ThreadingUDPServer((address, 53), handler)
        except OSError:
            continue  # a suite beside this one has it
    raise ServerError("no address of 127.0.0.0/8 whose port 53 is free was found")
