"""What Postfix's settings mean for the milter: who names it, what stands in front of it, who its services' users are.

Pure; config/postconf.py reads the settings. Sources: postconf(5), MILTER_README, POSTSCREEN_README, master(5).
"""

import re
from dataclasses import dataclass
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path

from trapline.config.networks import Network
from trapline.config.postconf import Postfix, Service, words

#: What is read of main.cf.
SETTINGS = (
    "mail_owner", "milter_connect_macros", "milter_default_action", "milter_macro_daemon_name", "milter_protocol",
    "multi_instance_directories", "myhostname", "mynetworks", "non_smtpd_milters", "postscreen_bare_newline_enable",
    "postscreen_dnsbl_action", "postscreen_dnsbl_sites", "postscreen_greet_action", "postscreen_greet_banner",
    "postscreen_non_smtp_command_enable", "postscreen_pipelining_enable", "queue_directory", "receive_override_options",
    "smtpd_client_restrictions", "smtpd_discard_ehlo_keywords", "smtpd_helo_restrictions", "smtpd_milters",
    "smtpd_proxy_filter",
    "smtpd_recipient_restrictions", "smtpd_relay_restrictions", "smtpd_sasl_auth_enable", "smtpd_sender_restrictions",
)  # fmt: skip

_RESTRICTIONS = tuple(name for name in SETTINGS if name.endswith("_restrictions"))
_ACTING = {"enforce", "drop"}
# Tests that postscreen makes after its own greeting: who passes them is told to come again later.
_DEEP_TESTS = ("postscreen_pipelining_enable", "postscreen_non_smtp_command_enable", "postscreen_bare_newline_enable")
_DNSBL = re.compile(r"\breject_(?:rbl_client|rhsbl_\w+)\b")
_GREYLIST = re.compile(r"grey|postgrey|gld\b|:10023\b|:2501\b", re.IGNORECASE)
_CERTIFICATES = re.compile(r"\bpermit_tls_(?:all_)?clientcerts\b")
_NETWORK = re.compile(r"[0-9a-f:.]+|\[([0-9a-f:.]+)\]", re.IGNORECASE)
# Filters that refuse, quarantine or discard, as their packages, or recipes for them, name the sockets.
_FILTERS = {
    "rspamd": re.compile(r"rspamd|:11332\b"),
    "spamass-milter": re.compile(r"spamass"),
    "clamav-milter": re.compile(r"clamav"),
    "amavis": re.compile(r"amavis"),
    "MIMEDefang": re.compile(r"mimedefang", re.IGNORECASE),
}
# Checks whose results the reporter reads.
_AUTHENTICATION = {"OpenDKIM": re.compile(r"opendkim|:8891\b|:12301\b"), "OpenDMARC": re.compile(r"opendmarc|:8893\b")}
_SUBMISSION = {"submission", "submissions", "smtps", "587", "465"}


@dataclass(frozen=True, slots=True)
class Named:
    """A milter that a service names."""

    service: Service
    place: Path | tuple[str, int]  #: of its socket, as the service finds it
    action: str  #: what Postfix does while it is away
    order: int  #: from 0
    unchrooted: Path | None = None  #: where an absolute path would lead, were the service not chrooted
    protocol: int = 6  #: the version of the milter protocol that Postfix speaks with it


def milters(postfix: Postfix, service: Service, setting: str = "smtpd_milters") -> tuple[Named, ...]:
    """The milters of `service`, in order; what is written in no known way is left out."""
    if "no_milters" in words(postfix.value("receive_override_options", service)):
        return ()
    queue = Path(postfix.value("queue_directory"))
    default, protocol = (postfix.value(f"milter_{name}", service) for name in ("default_action", "protocol"))
    found = []
    for order, word in enumerate(words(postfix.value(setting, service))):
        endpoint, *options = words(word[1:-1]) if word.startswith("{") else (word,)
        named = dict(option.strip("{} ").replace(" ", "").partition("=")[::2] for option in options)
        place = _place(endpoint, queue, chroot=service.chroot)
        if place is not None:
            outside = Path(endpoint.partition(":")[2]) if service.chroot and isinstance(place, Path) else None
            unchrooted = outside if outside is not None and outside.is_absolute() else None
            action, version = named.get("default_action", default), _version(named.get("protocol", protocol))
            found.append(Named(service, place, action, order, unchrooted, version))
    return tuple(found)


def _version(protocol: str) -> int:
    """That of `milter_protocol`, after which options may stand; without one Postfix speaks 6."""
    found = re.match(r"[2-6]", protocol)
    return int(found[0]) if found else 6


def _place(endpoint: str, queue: Path, *, chroot: bool) -> Path | tuple[str, int] | None:
    kind, _, where = endpoint.partition(":")
    if kind in {"unix", "local"} and where:
        return queue / (where.lstrip("/") if chroot else where)
    host, _, port = where.rpartition(":")
    if kind in {"inet", "inet6"} and port.isascii() and port.isdigit():
        return host.strip("[]"), int(port)
    return None


def out_of_order(postfix: Postfix, ours: Named) -> tuple[str, ...]:
    """What stands on the wrong side of `ours`: OpenDKIM and OpenDMARC belong before it, spam filters after it."""
    every = words(postfix.value("smtpd_milters", ours.service))
    before, after = every[: ours.order], every[ours.order + 1 :]
    wrong = [
        f"{name} stands after trapline, which therefore does not see its results"
        for name, written in _AUTHENTICATION.items()
        if any(map(written.search, after))
    ]
    wrong += [
        f"{name} stands before trapline, and would refuse mail to traps before it is caught"
        for name, written in _FILTERS.items()
        if any(map(written.search, before))
    ]
    return tuple(wrong)


def in_front(postfix: Postfix, service: Service) -> tuple[str, ...]:
    """What keeps mail of `service` from the milter, in words; nothing where all of it gets there."""
    found = []
    for name in _RESTRICTIONS:
        text = postfix.value(name, service)
        found += [f"{what} in {name}" for what in sorted(set(_DNSBL.findall(text)))]
        if any(_GREYLIST.search(word) for word in _policies(text)):
            found.append(f"a greylisting policy service in {name}")
    if re.search(r"milter-?greylist", postfix.value("smtpd_milters", service)):
        found.append("milter-greylist in smtpd_milters")
    if postfix.value("smtpd_proxy_filter", service):  # then milters see the dialogue alone (Postfix 3.7)
        found.append(f"smtpd_proxy_filter of {service.name}: the filter gets the messages, the milter does not")
    return (*found, *_postscreen(postfix, service))


def _policies(text: str) -> list[str]:
    """What each check_policy_service in a list of restrictions asks."""
    every = words(text)
    return [after for before, after in pairwise(every) if before == "check_policy_service"]


def _postscreen(postfix: Postfix, service: Service) -> list[str]:
    if service.type != "pass":
        return []
    screens = [one for one in postfix.services if one.command == "postscreen"]
    found = []
    for screen in screens:
        if postfix.value("postscreen_dnsbl_sites", screen) and _acts(postfix, screen, "postscreen_dnsbl_action"):
            found.append("postscreen_dnsbl_action of postscreen")
        if postfix.value("postscreen_greet_banner", screen) and _acts(postfix, screen, "postscreen_greet_action"):
            found.append("postscreen_greet_action of postscreen")
        found += [f"{name} of postscreen" for name in _DEEP_TESTS if postfix.value(name, screen) == "yes"]
    return found


def _acts(postfix: Postfix, screen: Service, name: str) -> bool:
    return postfix.value(name, screen) in _ACTING


def daemon_name(postfix: Postfix, service: Service) -> str:
    """What `{daemon_name}` is for the clients of `service`; "" where milter_connect_macros keeps it from milters."""
    if "{daemon_name}" not in words(postfix.value("milter_connect_macros", service)):
        return ""
    return postfix.value("milter_macro_daemon_name", service) or postfix.value("myhostname")


def lets_log_in(service: Service) -> bool:
    """Whether `service` is there for the users of this server to send through."""
    port = service.name.rpartition(":")[2]
    return port in _SUBMISSION or (
        service.options.get("smtpd_sasl_auth_enable") == "yes" and port not in {"smtp", "25"}
    )


def own_networks(postfix: Postfix, service: Service) -> tuple[Network, ...]:
    """Whose mail `service` takes to be ours: the networks that mynetworks itself names, not those of its tables."""
    found = (_network(word) for word in words(postfix.value("mynetworks", service)))
    return tuple(network for network in found if network is not None)


def permits_certificates(postfix: Postfix, service: Service) -> bool:
    """Whether `service` lets clients send by a certificate: no login, and no macro that we ask for tells of it."""
    return any(_CERTIFICATES.search(postfix.value(name, service)) for name in _RESTRICTIONS)


def _network(word: str) -> Network | None:
    """`192.0.2.0/24`, `[2001:db8::]/32`, or an address; None for anything else."""
    address, slash, length = word.partition("/")
    written = _NETWORK.fullmatch(address)
    try:
        return None if written is None else ip_network(f"{written[1] or address}{slash}{length}", strict=False)
    except ValueError:
        return None


def offers_notices(postfix: Postfix, service: Service) -> bool:
    """Whether a client of `service` may ask for a notice that its mail was delivered (DSN, RFC 3461)."""
    return "dsn" not in words(postfix.value("smtpd_discard_ehlo_keywords", service).lower())
