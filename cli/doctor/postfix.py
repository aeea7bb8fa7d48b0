"""Does Postfix name our milter, and does all mail get there? Whether it knows the traps: see `recipients.py`."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from trapline.cli.doctor.result import Result, failed, ok, skipped, warning
from trapline.cli.doctor.site import Site
from trapline.config import postconf
from trapline.config.names import is_public_network
from trapline.config.networks import NetworkSet
from trapline.config.postconf import NoPostfix, Postfix, PostfixError
from trapline.config.settings import Milter
from trapline.config.shipped import shipped
from trapline.config.values import InetListen, Listen, UnixListen
from trapline.milter import postfix as rules
from trapline.milter.postfix import Named

MILTER = "Postfix's milters"
ORDER = "order of the milters"
IN_FRONT = "in front of the milter"
LOCAL = "mail of local programs"
SUBMISSION = "submission"
NETWORKS = "your own networks"
NOTICES = "notices of delivery"

NEEDED_PROTOCOL = 6  #: the first in which a milter gets a header as it was written


def check(site: Site) -> Iterator[Result]:
    """Seven subjects, of one reading of the configuration."""
    if (why := site.no_milter) is not None:
        yield skipped(MILTER, why)
        return
    try:
        postfix = postconf.read(rules.SETTINGS)
    except NoPostfix as error:
        yield skipped(MILTER, str(error))
        return
    except PostfixError as error:
        yield failed(MILTER, f"Postfix's configuration can't be read: {error}", "postfix check")
        return
    named = our_entries(postfix, site.settings.milter.listen)
    yield naming(postfix, named, site.settings.milter.listen)
    if named:
        yield order(postfix, named)
        yield in_front(postfix, named)
        yield local(postfix, site.settings.milter.listen)
        yield submission(postfix, named, site.settings.milter.exempt.daemons)
        yield networks(postfix, named, site.settings.milter)
        yield notices(postfix, named)


def our_entries(postfix: Postfix, listen: Listen) -> tuple[Named, ...]:
    """Where services name the milter that listens on `listen`."""
    return tuple(
        one for service in postfix.servers() for one in rules.milters(postfix, service) if _is_ours(one.place, listen)
    )


def _is_ours(place: Path | tuple[str, int], listen: Listen) -> bool:
    """A port is enough: a host has many names."""
    match listen:
        case UnixListen(path):
            return isinstance(place, Path) and os.path.realpath(place) == os.path.realpath(path)
        case InetListen(port, _):
            return not isinstance(place, Path) and place[1] == port


def naming(postfix: Postfix, named: Sequence[Named], listen: Listen) -> Result:
    """Whether our milter is named at all, and what happens while it is away."""
    queue = Path(postfix.value("queue_directory"))
    entry = f"{{ {written(listen, queue)}, default_action=accept }}"
    if not named:
        return _nowhere(postfix, listen, queue, entry)
    services = ", ".join(dict.fromkeys(one.service.name for one in named))
    if any(one.action != "accept" for one in named):
        waits = f"named by {services}, but without default_action=accept: no mail flows while the milter is away"
        return warning(MILTER, waits, f"write it as {entry} in smtpd_milters, then: postfix reload")
    if any(one.protocol < NEEDED_PROTOCOL for one in named):
        older = f"named by {services}, but with an old milter_protocol: caught headers lose the blank after the colon"
        entry = entry.replace(" }", f", protocol={NEEDED_PROTOCOL} }}")
        return warning(MILTER, older, f"write it as {entry} in smtpd_milters, then: postfix reload")
    mine = {one.service for one in named}
    others = [
        one.name for one in postfix.servers() if one not in mine and one.name.rpartition(":")[2] in {"smtp", "25"}
    ]
    if others:
        seen = f"named by {services}, but not by {', '.join(others)}, whose mail is not checked"
        hint = "for that service, look in master.cf for -o smtpd_milters or no_milters: remove it, then: postfix reload"
        return warning(MILTER, seen, hint)
    return ok(MILTER, f"named by {services}; mail flows while it is away")


def _nowhere(postfix: Postfix, listen: Listen, queue: Path, entry: str) -> Result:
    """No service finds our milter: by its path in a chroot, by its own list, in this instance, or at all."""
    add = _what_to_add(postfix, listen, queue, entry)
    every = [one for service in postfix.servers() for one in rules.milters(postfix, service)]
    if any(one.unchrooted is not None and _is_ours(one.unchrooted, listen) for one in every):
        return failed(
            MILTER, "smtpd_milters names our socket by a path at which a chrooted smtpd does not find it", add
        )
    own = [one for one in postfix.servers() if "smtpd_milters" in one.options]
    if any(_is_ours(m.place, listen) for one in own for m in rules.milters(postfix, replace(one, options={}))):
        seen = f"main.cf names it, but {', '.join(one.name for one in own)} has its own smtpd_milters in master.cf"
        return failed(MILTER, seen, f"add {entry} to that -o smtpd_milters, then: postfix reload")
    if instances := postfix.value("multi_instance_directories"):
        add += f". Or, if another instance has it: MAIL_CONFIG=FOLDER trapline doctor ({instances})"
    return failed(MILTER, f"no smtpd service has {listen} in smtpd_milters", add)


def _what_to_add(postfix: Postfix, listen: Listen, queue: Path, entry: str) -> str:
    """How to have our milter named, with what `install` is told where that is not what it takes by itself."""
    install = f"sh {shipped('postfix', 'install')}"
    folder = os.environ.get("MAIL_CONFIG", "/etc/postfix")
    elsewhere = isinstance(listen, UnixListen) and not listen.path.is_relative_to(queue)
    if elsewhere and any(service.chroot for service in postfix.servers()):
        port = 'let the milter listen on a port, milter.listen = "inet:11339@127.0.0.1"'
        restart = "systemctl restart trapline-milter"
        then = f"{restart}, {install} {folder} inet:127.0.0.1:11339, and postfix reload"
        return f"a chrooted smtpd finds no socket outside of {queue}, so {port}; then: {then}"
    ours = written(listen, queue)
    if "MAIL_CONFIG" in os.environ or ours != "unix:trapline/milter.sock":
        install += f" {folder} {ours}"
    return f"add {entry} to smtpd_milters ({install} does it), then: postfix reload"


def written(listen: Listen, queue: Path) -> str:
    """How Postfix writes our socket."""
    match listen:
        case UnixListen(path):
            return f"unix:{path.relative_to(queue) if path.is_relative_to(queue) else path}"
        case InetListen(port, host):
            return f"inet:[{host}]:{port}" if ":" in host else f"inet:{host}:{port}"


def order(postfix: Postfix, named: Sequence[Named]) -> Result:
    """Which other milters stand where."""
    wrong = dict.fromkeys(what for one in named for what in rules.out_of_order(postfix, one))
    if wrong:
        hint = "the order in smtpd_milters: OpenDKIM, OpenDMARC, trapline, then spam filters; then: postfix reload"
        return warning(ORDER, "; ".join(wrong), hint)
    return ok(ORDER, "no other milter is in its way")


def in_front(postfix: Postfix, named: Sequence[Named]) -> Result:
    """What hides traps: a client that is refused before the milter hears of its recipient."""
    found = dict.fromkeys(what for one in named for what in rules.in_front(postfix, one.service))
    if found:
        hint = (
            "leave DNSBLs to trapline, do without greylisting, and filter messages after the queue (content_filter); "
            "if you keep these, less spam reaches the traps"
        )
        return warning(IN_FRONT, f"this keeps spam from the traps: {'; '.join(found)}", hint)
    return ok(IN_FRONT, "nothing there refuses or delays clients")


def local(postfix: Postfix, listen: Listen) -> Result:
    """Whether what local programs send passes the milter: cleanup(8) keeps for ever what one refuses there."""
    cleanup = next((one for one in postfix.services if one.command == "cleanup"), None)
    if cleanup and any(_is_ours(one.place, listen) for one in rules.milters(postfix, cleanup, "non_smtpd_milters")):
        hint = (
            "name in non_smtpd_milters only the milters that local mail needs (OpenDKIM, rspamd), without trapline; "
            "then: postfix reload"
        )
        return warning(LOCAL, "non_smtpd_milters names trapline: local mail that it refuses stays in the queue", hint)
    return ok(LOCAL, "it does not pass the milter")


def submission(postfix: Postfix, named: Sequence[Named], daemons: Sequence[str]) -> Result:
    """Whether the users' own services are exempt from the start."""
    served = dict.fromkeys(one.service for one in named if rules.lets_log_in(one.service))
    plain = [one.name for one in served if rules.daemon_name(postfix, one) not in daemons]
    if plain:
        seen = f"the clients of {', '.join(plain)} are looked up until they log in"
        hint = "add -o milter_macro_daemon_name=ORIGINATING to it in master.cf, then: postfix reload"
        if any(not rules.daemon_name(postfix, one) for one in served):
            hint = "milter_connect_macros lacks {daemon_name}: add it, or go back to the default; then: postfix reload"
        return warning(SUBMISSION, seen, hint)
    if not served:
        return ok(SUBMISSION, "no service for your own users has this milter")
    return ok(SUBMISSION, f"the clients of {', '.join(one.name for one in served)} are exempt")


def networks(postfix: Postfix, named: Sequence[Named], milter: Milter) -> Result:
    """Whether who may send through this server without a login (mynetworks) is exempt, as who logs in is."""
    known = NetworkSet((*milter.exempt.networks, *milter.allow.addresses))
    services = dict.fromkeys(
        one.service for one in named if rules.daemon_name(postfix, one.service) not in milter.exempt.daemons
    )
    every = dict.fromkeys(network for service in services for network in rules.own_networks(postfix, service))
    unknown = [
        str(one)
        for one in every
        if is_public_network(one) and not (one.network_address in known and one.broadcast_address in known)
    ]
    if not unknown:
        return _certificates([one.name for one in services if rules.permits_certificates(postfix, one)])
    seen = f"{', '.join(unknown)} in mynetworks: not exempt, so refused if a zone lists it, reported if it hits a trap"
    listed = ", ".join(f'"{one}"' for one in (*milter.exempt.networks, *unknown))
    hint = f"set networks = [{listed}] in [milter.exempt], then: systemctl restart trapline-milter trapline-reporter"
    return warning(NETWORKS, seen, hint)


def _certificates(permitting: Sequence[str]) -> Result:
    """Of the services `permitting` clients to send by a certificate, which exempts nobody."""
    if not permitting:
        return ok(NETWORKS, "whoever may send without a login is exempt")
    seen = (
        f"{', '.join(permitting)} lets clients send by a TLS certificate: not exempt, so refused if a zone lists them"
    )
    hint = (
        "give them a service of their own with -o milter_macro_daemon_name=ORIGINATING, or put their addresses into "
        "milter.allow.addresses"
    )
    return warning(NETWORKS, seen, hint)


def notices(postfix: Postfix, named: Sequence[Named]) -> Result:
    """Whether a stranger may ask for a notice of delivery, which a trap never gives."""
    strangers = dict.fromkeys(one.service for one in named if not rules.lets_log_in(one.service))
    offered = [one.name for one in strangers if rules.offers_notices(postfix, one)]
    if not offered:
        return ok(NOTICES, "they are not offered to strangers")
    seen = (
        f"{', '.join(offered)} offers them to strangers (DSN): a sender who asks for one and gets none has found a trap"
    )
    add = f"add silent-discard, dsn to smtpd_discard_ehlo_keywords (sh {shipped('postfix', 'install')} does it)"
    return warning(NOTICES, seen, f"{add}, then: postfix reload")
