# What trapline uses of authres, which has no types of its own.
from typing import Self

class AuthResError(Exception): ...

class AuthenticationResultProperty:
    type: str
    name: str
    value: str | None

class AuthenticationResult:
    method: str
    result: str
    properties: list[AuthenticationResultProperty]

class NoneAuthenticationResult(AuthenticationResult): ...

class AuthenticationResultsHeader:
    authserv_id: str
    results: list[AuthenticationResult]
    @classmethod
    def parse_value(cls, string: str) -> Self: ...
