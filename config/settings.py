"""What can be configured: one frozen model of trapline.toml, with its defaults.

Every value is checked and turned into what the rooms work with (networks, code sets, listening sockets) once, by
`values.py`; nobody parses a setting again later. Where the values come from is `load.py`'s subject, secrets are
`secrets.py`'s.
"""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from trapline.config.blocklist import Blocklist
from trapline.config.dqs import Dqs
from trapline.config.filters import Filters
from trapline.config.learning import Learning, impossible
from trapline.config.mailboxes import Mailbox, Mailboxes, MailboxState
from trapline.config.names import MAX_DOMAIN_LENGTH
from trapline.config.networks import Network
from trapline.config.reply_text import LONGEST_ADDRESS, reply_text
from trapline.config.section import Section as _Section
from trapline.config.values import (
    AbsolutePath,
    AllowedDomains,
    Authentication,
    Domains,
    HttpsUrl,
    KeepDays,
    ListedHosts,
    ListenText,
    LoopbackText,
    Networks,
    OctalMode,
    Paths,
    Texts,
    UnixListen,
)
from trapline.config.zones import OwnBlocklist, OwnZones

DEFAULT_CONFIG = Path("/etc/trapline/trapline.toml")


class Exempt(_Section):
    """Who is never refused; networks and daemons are not even asked about."""

    authenticated: bool = True
    daemons: Texts = ("submission", "submissions", "smtps", "ORIGINATING")
    networks: Networks = tuple(
        ip_network(network)
        for network in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
    )


class Allow(_Section):
    """Clients and names that the zones are not asked about. A name exempts no client: anybody can claim it."""

    addresses: Networks = ()
    skip: Literal["all", "zen"] = "all"
    domains: AllowedDomains = ()


class Replies(_Section):
    """What a refused client is told, for a listed address and for a listed domain; `reply_text.py` has the rules."""

    address: Annotated[str, BeforeValidator(reply_text(LONGEST_ADDRESS))] = (
        "Service unavailable; client [{object}] blocked using Spamhaus {zone}; see {link}"
    )
    domain: Annotated[str, BeforeValidator(reply_text(MAX_DOMAIN_LENGTH))] = (
        "Service unavailable; domain {object} blocked using Spamhaus {zone}; see {link}"
    )


class Milter(_Section):
    """The daemon that Postfix talks to."""

    listen: ListenText = UnixListen(Path("/var/spool/postfix/trapline/milter.sock"))
    socket_mode: OctalMode = 0o660
    socket_group: Annotated[str, Field(min_length=1)] = "postfix"
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    one_processor: bool = True
    metrics: LoopbackText = None
    deadline_seconds: Annotated[float, Field(gt=0, le=25)] = 5.0
    reject_at: Literal["rcpt", "earliest"] = "rcpt"
    mixed_recipients: Literal["strip", "discard"] = "strip"
    log_trap_addresses: bool = False
    exempt: Exempt = Exempt()
    allow: Allow = Allow()
    replies: Replies = Replies()
    blocklist: OwnBlocklist = OwnBlocklist()


class Ours(_Section):
    """What belongs to this server's owner: never looked up as HELO, never reported or listed."""

    domains: Domains = ()
    networks: Networks = ()


class Traps(_Section):
    """Where the trap addresses are, and how a listed client meets them."""

    files: Paths = (Path("/etc/trapline/traps"),)
    listed_clients: Literal["accept", "as_others"] = "accept"
    fallback: AbsolutePath = Path("/var/mail/trapline")
    recipient_delimiter: str = ""
    local_domains: Domains = ()


class Spool(_Section):
    """The Maildir between milter and reporter."""

    directory: AbsolutePath = Path("/var/spool/trapline")
    keep_days: KeepDays = 30


class Store(_Section):
    """The reporter's database."""

    url: SecretStr = SecretStr("sqlite:////var/lib/trapline/trapline.db")
    url_file: AbsolutePath | None = None
    keep_days: KeepDays = 365


class Lists(_Section):
    """What the operator says beside the lists in reporter/data: hosts on a list too, and (`!`) those that are not."""

    link_wrappers: ListedHosts = ()
    shorteners: ListedHosts = ()
    shared_hosting: ListedHosts = ()
    esp: ListedHosts = ()
    freemail: ListedHosts = ()
    forwarders: ListedHosts = ()
    well_known: ListedHosts = ()


class Reporter(_Section):
    """How caught mail is read."""

    receivers: Domains = ()
    authserv_ids: Texts = ()
    authentication: Authentication = "server"
    poll_seconds: Annotated[float, Field(gt=0, le=3600)] = 5.0
    submit_mixed: bool = False
    report_backscatter: bool = False
    window_hours: Annotated[float, Field(gt=0, le=8760)] = 24.0
    samples_per_day: Annotated[int, Field(ge=0)] = 100
    follow_listings: bool = True
    lists: Lists = Lists()


class Spamhaus(_Section):
    """The Submission Portal."""

    token: SecretStr | None = None
    token_file: AbsolutePath = Path("/etc/trapline/spamhaus.token")
    api: HttpsUrl = "https://submit.spamhaus.org/portal/api/v1"
    dry_run: bool = False
    per_minute: Annotated[int, Field(ge=1, le=60_000)] = 15
    per_day: Annotated[int, Field(ge=1)] = 1000
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0
    backoff_seconds: Annotated[float, Field(gt=0, le=86_400)] = 60.0
    trap_labels: bool = False
    review_minutes: Annotated[float, Field(ge=0, le=10_080)] = 240.0


class Dnswl(_Section):
    """Whether dnswl.org is asked, through `dqs.nameservers`, before an address is reported or listed here."""

    enabled: bool = False


class LargeSenders(_Section):
    """Whether the SPF records of large senders are resolved, through `dqs.nameservers`, to spare their addresses."""

    enabled: bool = True


class RipeStat(_Section):
    """Network names for the reasons of submissions."""

    enabled: bool = True
    api: HttpsUrl = "https://stat.ripe.net/data"


class Settings(_Section):
    """The whole file."""

    milter: Milter = Milter()
    ours: Ours = Ours()
    traps: Traps = Traps()
    dqs: Dqs = Dqs()
    zones: OwnZones = Field(default_factory=dict)
    spool: Spool = Spool()
    store: Store = Store()
    reporter: Reporter = Reporter()
    spamhaus: Spamhaus = Spamhaus()
    dnswl: Dnswl = Dnswl()
    large_senders: LargeSenders = LargeSenders()
    ripe_stat: RipeStat = RipeStat()
    blocklist: Blocklist = Blocklist()
    filters: Filters = Filters()
    learning: Learning = Learning()
    mailbox_state: MailboxState = MailboxState()
    mailboxes: Mailboxes = ()

    @model_validator(mode="after")
    def _maildirs_are_two(self) -> "Settings":
        """What is caught and what the milter missed are told apart by where they lie."""
        if self.spool.directory == self.traps.fallback:
            raise ValueError("spool.directory and traps.fallback are the same folder: each needs one of its own")
        return self

    @model_validator(mode="after")
    def _learning_is_possible(self) -> "Settings":
        """What is taught fits the filter that is taught."""
        if (why := impossible(self.learning, self.filters)) is not None:
            raise ValueError(why)
        return self

    def mailbox(self, name: str) -> Mailbox | None:
        """The mailbox called so, in whatever case: no two names differ in that alone. None: there is none."""
        return next((one for one in self.mailboxes if one.name.lower() == name.lower()), None)

    @property
    def internal_networks(self) -> tuple[Network, ...]:
        """From where our own hosts and people hand in mail: our own networks, and exempt ones."""
        return (*self.ours.networks, *self.milter.exempt.networks)

    @property
    def own_networks(self) -> tuple[Network, ...]:
        """Who is never reported and never listed here: the internal networks, and allowed ones."""
        return (*self.internal_networks, *self.milter.allow.addresses)

    @property
    def own_domains(self) -> frozenset[str]:
        """Which names are ours, with all below: our domains and our receiving hosts; the traps' domains are added."""
        return frozenset((*self.ours.domains, *self.reporter.receivers))
