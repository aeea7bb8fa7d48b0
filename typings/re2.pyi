"""The part of google-re2 that trapline uses (google-re2 1.1)."""

class error(Exception): ...  # noqa: N801

class Options:
    class Encoding:
        LATIN1: Options.Encoding

    encoding: Encoding
    case_sensitive: bool
    log_errors: bool
    max_mem: int

class Set:
    @classmethod
    def FullMatchSet(cls, options: Options = ...) -> Set: ...  # noqa: N802
    def Add(self, pattern: str) -> int: ...  # noqa: N802
    def Compile(self) -> None: ...  # noqa: N802
    def Match(self, text: str) -> list[int]: ...  # noqa: N802

class Filter:
    def Add(self, pattern: str, options: Options = ...) -> int: ...  # noqa: N802
    def Compile(self) -> None: ...  # noqa: N802
    def Match(self, text: bytes) -> list[int] | None: ...  # noqa: N802

class _Regexp:
    def search(self, text: bytes) -> object | None: ...

def compile(pattern: str | bytes, options: Options = ...) -> _Regexp: ...  # noqa: A001
def escape(pattern: bytes) -> bytes: ...
