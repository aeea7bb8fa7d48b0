"""What can be configured of how the local blocklist is served: the answers, the zone that gives them, and the files.

Sources: RFC 5782, 2.1 and 2.3 (A in 127.0.0.0/8, and why 127.0.0.1 is never one), RFC 1035, 3.3.13 (SOA) and 3.3.14
(a TXT string has at most 255 octets), RFC 2308, 5 (how long a negative answer is kept).
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from trapline.config.duration import Duration, at_most
from trapline.config.names import address, domain_name, is_below
from trapline.config.reply_text import one_line
from trapline.config.section import Section
from trapline.config.values import Domains, Texts

MAX_TEXT_BYTES = 254  #: of a TXT record's string: one less than RFC 1035 has, since rbldnsd cuts it there
LONGEST_ADDRESS = "2001:db80:aaaa:bbbb:cccc:dddd:eeee:ffff"
LONGEST_DAY = "2026-12-31 23:59 UTC"

MILTER_FILE = Path("/var/lib/trapline/blocklist/milter.bl")

_PLACEHOLDERS = ("address", "day")


def _file(value: object) -> Path | None:
    """None for "": not written."""
    if value is None or isinstance(value, Path):
        return value
    if value == "":
        return None
    path = Path(value) if isinstance(value, str) else Path()
    if not path.is_absolute() or path.name.startswith(".") or not path.name:
        raise ValueError('expected the absolute path of a file, or "" for none')
    return path


def _name(value: object) -> str:
    """A domain name, or ""."""
    if value == "":
        return ""
    name = domain_name(value) if isinstance(value, str) else None
    if name is None:
        raise ValueError("expected a domain name")
    return name


def _hostmaster(value: object) -> str:
    """A mail address in normal form, or ""."""
    if value == "":
        return ""
    found = address(value) if isinstance(value, str) else None
    if found is None or not re.fullmatch(r"[a-z0-9._+-]{1,63}", found.local) or domain_name(found.domain) is None:
        raise ValueError('expected a mail address such as "hostmaster@example.com"')
    return str(found)


def _explanation(value: object) -> str:
    """A text for TXT records and SMTP replies: printable ASCII, with its placeholders."""
    text = one_line(value, _PLACEHOLDERS)
    length = len(text.format(address=LONGEST_ADDRESS, day=LONGEST_DAY))
    if length > MAX_TEXT_BYTES:
        raise ValueError(
            f"too long: {length} characters with the longest address, and a TXT record has room for {MAX_TEXT_BYTES}"
        )
    return text


FilePath = Annotated[Path | None, BeforeValidator(_file)]
Code = Annotated[int, Field(ge=2, le=254)]  # x of 127.0.0.x


class Files(Section):
    """Where the list is written, for whom; "" (None) is nowhere."""

    milter: FilePath = MILTER_FILE
    rbldnsd: FilePath = None
    bind: FilePath = None
    text: FilePath = None
    details: FilePath = None
    postmap: FilePath = None
    command: Texts = ()
    command_seconds: Annotated[float, Field(gt=0, le=30)] = 10.0

    def paths(self) -> dict[str, Path]:
        """The files to be written, by the names of their settings."""
        every = {
            "milter": self.milter,
            "rbldnsd": self.rbldnsd,
            "bind": self.bind,
            "text": self.text,
            "details": self.details,
            "postmap": self.postmap,
        }
        return {name: path for name, path in every.items() if path is not None}

    @property
    def by_default(self) -> frozenset[str]:
        """Which of them nobody asked for: where the folder is not there, they count as not given."""
        return frozenset({"milter"} - self.model_fields_set)

    @model_validator(mode="after")
    def _one_each(self) -> "Files":
        """Two formats can't be one file, nor a file what postmap makes of another one."""
        paths = self.paths()
        every = [*paths.values(), *([Path(f"{self.postmap}.db")] if self.postmap is not None else [])]
        if len(set(every)) < len(every):
            raise ValueError("two of the files have the same path: each needs one of its own")
        return self


class DnsZone(Section):
    """The zone that rbldnsd or BIND serves."""

    name: Annotated[str, BeforeValidator(_name)] = ""
    nameservers: Domains = ()
    hostmaster: Annotated[str, BeforeValidator(_hostmaster)] = ""
    ttl: Annotated[Duration, at_most(timedelta(hours=1))] = timedelta(minutes=1)
    negative_ttl: Annotated[Duration, at_most(timedelta(seconds=15))] = timedelta(seconds=10)

    @model_validator(mode="after")
    def _served_from_outside(self) -> "DnsZone":
        """A name server in the zone would need an address in it, where there is nothing but the list."""
        for server in self.nameservers:
            if self.name and is_below(server, self.name):
                raise ValueError(
                    f"nameservers: {server} is in the zone {self.name} itself, which holds no hosts: use another name"
                )
        return self


class Served(Section):
    """What an entry is answered with, and where that is written."""

    enabled: bool = True
    code: Code = 2
    repeated_code: Code = 3
    codes: dict[Annotated[str, Field(min_length=1)], Code] = Field(default_factory=dict)
    explanation: Annotated[str, BeforeValidator(_explanation)] = (
        "Spam from {address} came to this server, last on {day}"
    )
    minutes: bool = False
    files: Files = Files()
    zone: DnsZone = DnsZone()

    @model_validator(mode="after")
    def _fits(self) -> "Served":
        """The code that says "again" says nothing else; a zone file needs its zone."""
        if self.repeated_code in {self.code, *self.codes.values()}:
            raise ValueError(
                f"repeated_code = {self.repeated_code} is also the code of a first hit: nobody could tell them apart"
            )
        missing = [key for key in ("name", "nameservers", "hostmaster") if not getattr(self.zone, key)]
        for kind in ("rbldnsd", "bind"):
            if missing and getattr(self.files, kind) is not None:
                raise ValueError(
                    f"files.{kind} needs zone.{missing[0]}: set name, nameservers and hostmaster of the zone"
                )
        return self
