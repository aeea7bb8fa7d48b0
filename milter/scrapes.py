"""The port on which Prometheus reads the metrics: a small HTTP server on loopback.

Any user of this host can reach it, so it is bounded: a few connections at once, a few seconds for each, however slowly
somebody reads. `prometheus_client.start_http_server` has neither bound, and asks DNS for its own host's name.
"""

import logging
import socket
import sys
import threading
import time
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from prometheus_client import CollectorRegistry, MetricsHandler

from trapline.config.errors import ConfigError
from trapline.config.values import LoopbackListen

MAX_CONNECTIONS = 4  #: at once; one more is closed at once
MAX_SECONDS = 5.0  #: for a connection, from its first octet to our last
LOOK_SECONDS = 0.25  #: how often connections are looked at

_log = logging.getLogger(__name__)


class ScrapeServer(ThreadingHTTPServer):
    """Listens from the beginning; serves once it is started, on threads of its own."""

    daemon_threads = True
    request_queue_size = 16

    def __init__(self, listen: LoopbackListen, registry: CollectorRegistry) -> None:
        """Raises ConfigError: the port can't be had."""
        self.address_family = socket.AF_INET6 if ":" in listen.address else socket.AF_INET
        self.registry = registry
        self._open: dict[socket.socket, float] = {}  # and when they were accepted
        self._thread: threading.Thread | None = None
        try:
            super().__init__((listen.address, listen.port), MetricsHandler.factory(registry))
        except OSError as error:
            raise ConfigError(
                f"milter.metrics: cannot listen on {listen}: {error.strerror}: is the port free, or the milter running?"
            ) from None

    def start(self) -> None:
        """Serve, on a thread: to be called in the process that serves, after all forks."""
        self._thread = threading.Thread(target=self.serve_forever, args=(LOOK_SECONDS,), name="metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening; what is being read is cut off with the process."""
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        self.server_close()

    def server_bind(self) -> None:
        """Without HTTPServer's look-up of the host's name."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection on a thread, unless there are too many."""
        if len(self._open) >= MAX_CONNECTIONS:
            self.shutdown_request(request)
            return
        self._open[request] = time.monotonic()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """A connection is over."""
        self._open.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Cut off whoever takes too long: the thread that serves it then ends."""
        now = time.monotonic()
        for request, since in tuple(self._open.items()):
            if now - since > MAX_SECONDS:
                try:
                    request.shutdown(socket.SHUT_RDWR)
                except OSError as error:  # it ended meanwhile
                    _log.debug("metrics: a slow connection had ended: %s", error.strerror)

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """A client that went away is nobody's error; anything else is told, and the next scrape is served."""
        if not isinstance(sys.exception(), ConnectionError):
            _log.exception("metrics: a scrape failed")
