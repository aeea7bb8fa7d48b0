"""Do the resolvers answer, is the DQS key good, and is each zone well?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from trapline.cli.doctor.result import Result, failed, ok, skipped, warning
from trapline.cli.doctor.site import Site, out_of_reach
from trapline.cli.doctor.together import together
from trapline.config.errors import ConfigError
from trapline.config.secrets import dqs_key
from trapline.config.values import Nameserver
from trapline.dnsbl.examination import SLOW_SECONDS, Resolver, key_outcome, resolver, zone_outcome
from trapline.dnsbl.health import Failed, Outcome, Unanswered, Well
from trapline.dnsbl.zones import Zone, own_zones, zones

SECONDS = 4.0  #: for an answer of a resolver
KEY = "DQS key"

_OWN_RESOLVER = "run a resolver of your own (for example: apt-get install unbound), and name it in dqs.nameservers"


def check(site: Site) -> Iterator[Result]:
    """The resolvers; through those that answer the key; and with a good key the zones."""
    dqs = site.settings.dqs
    own = own_zones(site.settings.zones)
    key, no_key = _key(site)
    found = together([partial(resolver, one, key, SECONDS) for one in dqs.nameservers])
    yield from map(judge_resolver, found)
    answering = [one.nameserver for one in found if one.trouble is None and not one.public]
    wanted = {} if key is None else zones(dqs, key)
    if key is None or not answering:
        yield from _not_asked(wanted, no_key if key is None else "no resolver can be used")
        wanted = {}
    else:
        outcome = key_outcome(key, answering, SECONDS)
        yield judge_key(outcome, site)
        if isinstance(outcome, Failed):
            yield from (skipped(f"zone {name}", "the DQS key failed its test") for name in wanted)
            wanted = {}
    yield from zone_results(wanted | own, answering or dqs.nameservers)


def _key(site: Site) -> tuple[str | None, str]:
    """The key, and why there is none."""
    if out_of_reach(site.settings.dqs.key_file):
        return None, "this user may not read the key: run trapline doctor as root"
    try:
        key = dqs_key(site.settings)
    except ConfigError:
        return None, "the key can't be read: see dqs.key"
    return key, "there is no key: see dqs.key"


def _not_asked(wanted: Iterable[str], why: str) -> Iterator[Result]:
    yield skipped(KEY, why)
    yield from (skipped(f"zone {name}", why) for name in wanted)


def judge_resolver(found: Resolver) -> Result:
    """What is to be said of a resolver."""
    name = f"resolver {found.nameserver}"
    if found.trouble is not None:
        return failed(
            name,
            f"it can't be used: {found.trouble}",
            f"is it running, and does it serve this host? If not, {_OWN_RESOLVER}",
        )
    if found.public:
        return failed(
            name, "Spamhaus takes it for a public resolver, and refuses to answer it (127.255.255.254)", _OWN_RESOLVER
        )
    took = f"answers within {found.seconds * 1000:.0f} ms"
    if found.seconds > SLOW_SECONDS:
        return warning(
            name, f"{took}, and mail waits for that", "use a resolver on this host or nearby (dqs.nameservers)"
        )
    return ok(name, took)


def judge_key(outcome: Outcome, site: Site) -> Result:
    """What is to be said of the key."""
    match outcome:
        case Well():
            return ok(KEY, "zen lists 127.0.0.2 and not 127.0.0.1, as it must")
        case Failed(why):
            return failed(KEY, why, f"compare {site.settings.dqs.key_file} with the key in your Spamhaus account")
        case Unanswered(why):
            hint = (
                f"compare {site.settings.dqs.key_file} with the key in your Spamhaus account; if it is right, does "
                "the resolver reach Spamhaus's servers?"
            )
            return failed(KEY, f"no conclusive answer: {why}", hint)


def zone_results(wanted: Mapping[str, Zone], nameservers: Sequence[Nameserver]) -> Iterator[Result]:
    """A line for each zone; they are asked side by side."""
    tested = [zone for zone in wanted.values() if zone.test_listed or zone.test_unlisted]
    yield from (
        skipped(f"zone {one.name}", "not tested: it has no test points") for one in wanted.values() if one not in tested
    )
    outcomes = together([partial(zone_outcome, zone, nameservers, SECONDS) for zone in tested])
    for zone, outcome in zip(tested, outcomes, strict=True):
        yield judge_zone(zone, outcome)


def judge_zone(zone: Zone, outcome: Outcome) -> Result:
    """What is to be said of a zone."""
    name = f"zone {zone.name}"
    if zone.spamhaus:
        mend = f"is it part of your Spamhaus account? If not, set dqs.{zone.name}.enabled = false"
    else:
        mend = f"check domain, network, test_listed and test_unlisted in [zones.{zone.name}]"
    left_out = f"until this is fixed, the milter leaves the zone out; {mend}"
    match outcome:
        case Well():
            return ok(name, "it answers its test points as it must")
        case Failed(why):
            return failed(name, why, left_out)
        case Unanswered(why):
            return failed(
                name,
                f"no answer: {why}",
                "does the resolver reach the zone's servers? Until it does, mail flows without this check",
            )
