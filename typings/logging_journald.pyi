"""What we use of logging-journald, which has types but no py.typed."""

import socket
from collections.abc import Iterable
from pathlib import Path

class JournaldTransport:
    socket: socket.socket
    def __init__(self, socket_path: str | Path | None = None, connected: bool | None = None) -> None: ...
    def send(self, pairs: Iterable[tuple[str, str]]) -> None: ...
