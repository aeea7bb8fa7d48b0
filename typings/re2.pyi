"""The part of google-re2 that trapline uses (google-re2 1.1)."""

class error(Exception): ...  # noqa: N801

class Options:
    case_sensitive: bool
    log_errors: bool
    max_mem: int

class Set:
    @classmethod
    def FullMatchSet(cls, options: Options = ...) -> Set: ...  # noqa: N802
    def Add(self, pattern: str) -> int: ...  # noqa: N802
    def Compile(self) -> None: ...  # noqa: N802
    def Match(self, text: str) -> list[int]: ...  # noqa: N802

def compile(pattern: str, options: Options = ...) -> object: ...  # noqa: A001
