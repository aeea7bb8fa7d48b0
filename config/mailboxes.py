"""What can be configured of a mailbox that is read over IMAP or POP3: one `[[mailboxes]]` table each.

A Junk folder is one person's opinion, a honeypot's mail is a trap's: `role` says which. A mailbox without a role is
only scanned (`mailbox_scan.py`): nothing of it is reported. What is believed of a header is said in `mailbox_trust.py`,
where passwords come from in `mailbox_secrets.py`.
"""

import hashlib
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from trapline.config.mailbox_scan import Scan
from trapline.config.mailbox_texts import JUNK, Line, Lines, line
from trapline.config.mailbox_trust import TrustSetting
from trapline.config.names import is_loopback
from trapline.config.section import Section
from trapline.config.values import AbsolutePath, a_list

MEGABYTE = 1_000_000

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}|[0-9A-Fa-f:]{2,45}", re.ASCII)
_KEYWORD = re.compile(r"\$?[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_PORTS = {("imap", "implicit"): 993, ("imap", "starttls"): 143, ("imap", "none"): 143}
_PORTS |= {("pop3", "implicit"): 995, ("pop3", "starttls"): 110, ("pop3", "none"): 110}


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(
            "expected letters, digits, dots, hyphens and underscores, 64 at most: files are named after it"
        )
    return value


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError("expected a host name or an IP address")
    return value


def _keyword(value: str) -> str:
    """An IMAP keyword is an atom (RFC 3501, 9, flag-keyword); those of most programs begin with a `$`."""
    if not _KEYWORD.fullmatch(value):
        raise ValueError('expected an IMAP keyword such as "$TraplineTaken"')
    return value


Keyword = Annotated[str, AfterValidator(_keyword)]
Command = Annotated[tuple[Line, ...], BeforeValidator(a_list), Field(min_length=1)]


class Mailbox(Section):
    """One account, and which of its folders are read."""

    name: Annotated[str, AfterValidator(_name)]
    role: Literal["junk", "honeypot"] | None = None
    label: Annotated[str, AfterValidator(line)] = ""
    protocol: Literal["imap", "pop3"] = "imap"
    host: Annotated[str, AfterValidator(_host)]
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    ca_file: AbsolutePath | None = None
    user: Line
    password_file: AbsolutePath | None = None
    password_command: Command | None = None
    token_command: Command | None = None
    folders: Lines = ()
    addresses: Lines = ()
    trust: TrustSetting = None
    keyword: Keyword = "$TraplineTaken"
    known_keywords: Annotated[tuple[Keyword, ...], BeforeValidator(a_list)] = ("$SpamhausProcessed",)
    afterwards: Literal["leave", "move", "delete"] = "leave"
    move_to: Line | None = None
    max_age_days: Annotated[int, Field(ge=1, le=3650)] = 7
    max_bytes: Annotated[int, Field(ge=64 * 1024, le=60 * MEGABYTE)] = 50 * MEGABYTE
    poll_seconds: Annotated[float, Field(ge=1, le=1500)] = 300.0
    timeout_seconds: Annotated[float, Field(ge=1, le=600)] = 60.0
    scan: Scan = Scan()

    @model_validator(mode="after")
    def _possible(self) -> Self:
        """Raises ValueError: keys that can't stand together, each named."""
        if self.role is None and "scan" not in self.model_fields_set:
            raise ValueError(
                'role: set "junk" or "honeypot"; only a mailbox that is just scanned (a table scan) needs none'
            )
        if self.tls == "none" and not is_loopback(self.host):
            raise ValueError(f'tls = "none" with host = "{self.host}": only a loopback address may be read unencrypted')
        secrets = [key for key in ("password_file", "password_command", "token_command") if getattr(self, key)]
        if len(secrets) > 1:
            raise ValueError(f"{' and '.join(secrets)}: only one of them can be used")
        if not self.addresses and "@" not in self.user:
            raise ValueError(f'addresses: name those of its owner, since user = "{self.user}" is not a mail address')
        if wrong := next((one for one in self.addresses if "@" not in one), None):
            raise ValueError(f'addresses: "{wrong}" is not a mail address')
        if self.move_to is not None and self.move_to in self.wanted_folders:
            raise ValueError(f'move_to = "{self.move_to}": this folder is read itself')
        if (self.afterwards == "move") != (self.move_to is not None):
            raise ValueError('move_to is the folder for afterwards = "move": set both, or neither')
        if self.protocol == "pop3":
            self._possible_with_pop3()
        return self

    def _possible_with_pop3(self) -> None:
        for key in ("folders", "token_command", "move_to"):
            if getattr(self, key):
                raise ValueError(f'{key}: not possible with POP3; use protocol = "imap"')
        if self.afterwards != "leave":
            raise ValueError(f'afterwards = "{self.afterwards}": over POP3 messages stay on the server ("leave")')

    @property
    def port_number(self) -> int:
        """The port: 993 unless configured; 143 with STARTTLS, and POP3's own."""
        return self.port or _PORTS[self.protocol, self.tls]

    @property
    def account(self) -> str:
        """Which account it is, as a digest: UIDs are told by it, since another account's may be the same."""
        return hashlib.sha256(f"{self.host}\0{self.user}".lower().encode()).hexdigest()[:16]

    @property
    def owners(self) -> tuple[str, ...]:
        """The addresses of whom the mailbox belongs to; at least one."""
        return tuple(dict.fromkeys((*self.addresses, *([self.user] if "@" in self.user else []))))

    @property
    def wanted_folders(self) -> tuple[str, ...]:
        """The names of the folders that are read; `JUNK` stands for the one with that special use."""
        if self.protocol == "pop3":
            return ("INBOX",)
        return self.folders or ((JUNK, "INBOX") if self.role == "honeypot" else (JUNK,))

    @property
    def shown_label(self) -> str:
        """What the evidence is called by."""
        return self.label or self.name


def _unique(value: tuple[Mailbox, ...]) -> tuple[Mailbox, ...]:
    names = [one.name.lower() for one in value]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f'two mailboxes have the name "{twice}": each needs one of its own')
    read = {one.account: one for one in reversed(value) if one.role}
    if again := next((one for one in value if one.role and read[one.account] is not one), None):
        first = read[again.account].name
        raise ValueError(f'"{first}" and "{again.name}" are the same account: one person would count as two witnesses')
    return value


Mailboxes = Annotated[tuple[Mailbox, ...], BeforeValidator(a_list), AfterValidator(_unique)]


class MailboxState(Section):
    """What is kept of mailboxes on this host."""

    directory: AbsolutePath = Path("/var/lib/trapline-mailboxes")
