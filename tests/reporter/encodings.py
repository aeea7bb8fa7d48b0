"""The encodings in which senders write their recipients' addresses."""

import base64
import codecs
import hashlib
import re
from collections.abc import Callable
from urllib.parse import quote


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _plus_code(sign: re.Match[str]) -> str:
    return f"+{ord(sign[0]):02X}"


_DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "upper case": str.upper,
    "lower case": str.lower,
    "URL": lambda text: quote(text, safe=""),
    "URL throughout": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "base64": b64,
    "base64, not aligned": lambda text: b64("x" + text + "y"),
    "base64, upper case": lambda text: b64(text.upper()),
    "base64, no padding": lambda text: b64(text).rstrip("="),
    "base64, within": lambda text: "q" + b64(text),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "base32, lower case": lambda text: base64.b32encode(text.encode()).decode().lower(),
    "base32, within": lambda text: "q" + base64.b32encode(text.encode()).decode(),
    "quoted-printable": lambda text: "".join(f"={byte:02X}" for byte in text.encode()),
    "hex": lambda text: text.encode().hex(),
    "hex, upper case": lambda text: text.encode().hex().upper(),
    "hex, within": lambda text: "0" + text.encode().hex() + "f",
    "reversed": lambda text: text[::-1],
    "ROT13": lambda text: codecs.encode(text, "rot13"),
    "VERP": lambda text: f"bounce-{text.replace('@', '=')}",
    "VERP, codes": lambda text: f"bounce-{re.sub('[+-]', _plus_code, text).replace('@', '=')}",
    "entities": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
} | {name: lambda text, name=name: hashlib.new(name, text.encode()).hexdigest() for name in _DIGESTS}
