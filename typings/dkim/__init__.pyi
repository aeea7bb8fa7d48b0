# What trapline uses of dkimpy, which has no types of its own.
import logging
from collections.abc import Callable, Sequence
from typing import Any

class DKIMException(Exception): ...
class KeyFormatError(DKIMException): ...
class MessageFormatError(DKIMException): ...
class ValidationError(DKIMException): ...

class DKIM:
    headers: list[list[bytes]]
    body: bytes
    keysize: int
    def __init__(self, message: bytes, logger: logging.Logger = ..., minkey: int = ...) -> None: ...
    def verify(self, idx: int = ..., dnsfunc: Callable[..., bytes | None] = ...) -> bool: ...
    def gen_header(
        self, fields: list[tuple[bytes, bytes]], include_headers: Sequence[bytes], *rest: Any, **options: Any
    ) -> bytes: ...
    def sign(
        self,
        selector: bytes,
        domain: bytes,
        privkey: bytes,
        signature_algorithm: bytes | None = ...,
        canonicalize: tuple[bytes, bytes] = ...,
        include_headers: list[bytes] | None = ...,
        length: bool = ...,
    ) -> bytes: ...
