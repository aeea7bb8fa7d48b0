"""The part of pycld2 that trapline uses (pycld2 0.42)."""

class error(Exception): ...  # noqa: N801

def detect(
    utf8Bytes: bytes | str,  # noqa: N803
    isPlainText: bool = ...,  # noqa: N803
) -> tuple[bool, int, tuple[tuple[str, str, int, float], ...]]: ...
