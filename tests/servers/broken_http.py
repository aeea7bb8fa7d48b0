"""A server that is asked by HTTP and does not know what that is."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def listener(behave: str) -> Iterator[str]:
    """It is `silent`, `hangs up`, says this, or `drips` a byte every 50 ms: of a body, or `drips headers`."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100_000)
                if behave.startswith("HTTP/"):
                    connection.sendall(behave.encode("latin-1"))
                elif behave == "silent":
                    ended.wait(10)
                elif behave != "hangs up":
                    end = b"\r\n\r\n" if behave == "drips" else b"\r\nX-Filler: "
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000" + end)
                    while not ended.wait(0.05):
                        connection.sendall(b" ")

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/api"
        ended.set()
        thread.join()
