"""The environment file of a DQS milter (variables `SPAMHAUS_DQS_…`) as our configuration.

Each variable becomes a setting that does the same, or a comment that says why there is none: nothing is dropped in
silence. What the file leaves out keeps trapline's default, except where Postfix or the allowlist relied on the old one.
The key is no part of the text: it belongs into a file of its own. Files are read and written by others.

Source: danielcolquitt/spamhaus-dqs-milter, README.md and .env.example, for what the variables mean, and their defaults.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trapline.config.dqs import Dqs, DqsCache
from trapline.config.environment_file import Variable
from trapline.config.environment_values import BadValue, accepted, domains, items, octets, seconds, switch, whole
from trapline.config.errors import ConfigError
from trapline.config.secrets import KEY
from trapline.config.settings import Allow, Milter
from trapline.config.toml_text import Note, Setting, shown, text

PREFIX = "SPAMHAUS_DQS_"
MAX_SHOWN = 200  #: characters of a value that an error repeats

# The old milter's defaults, where the meaning of what is given depends on them, or Postfix does.
OLD_LISTEN = "inet:11332@localhost"
OLD_DNS_LIFETIME = 1.8
OLD_MILTER_TIMEOUT = 2

_HEAD = """\
# Made from {source} by `trapline config import-env`. Settings that are not here keep their defaults.
# One thing differs in any case: a client is refused when it names a recipient, not when it connects as with the old
# milter, so that users who are about to authenticate are not locked out.

"""
_SAME = "as before"
_PLAIN_REASONS = {
    "LOG_LEVEL": "there is no log level; `journalctl -p warning` filters, `trapline lookup` explains a verdict",
    "DNS_PER_TRY": "trapline asks again by itself after a quarter of a second",
}
_CACHE = ("CACHE_MAX", "CACHE_TTL_LISTED", "CACHE_TTL_UNLISTED")
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL", "FATAL")


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an environment file."""

    toml: str  #: a configuration file's text, without a secret
    key: Variable | None  #: the DQS key and its line; None where the file has none


Given = Mapping[str, Variable]
"""The variables that are set, by their names without the prefix. An empty one is not set, as for the old milter."""

Rule = Callable[[Given], Iterator[Setting | Note]]


def translate(path: Path, variables: Sequence[Variable], key_file: Path) -> Imported:
    """The configuration that does what `variables` told the old milter; `path` is what it and errors name.

    `key_file` is where the key is going to stand. Raises ConfigError: values that can't be taken over, a line each,
    with file, line, variable and value (never the key's).
    """
    given = {one.name.removeprefix(PREFIX): one for one in variables if one.name.startswith(PREFIX) and one.value}
    found: list[Setting | Note] = [Setting("dqs", "key_file", str(key_file), "holds the key, mode 0640")]
    problems: list[str] = []
    for rule in RULES:
        try:
            found += rule(given)
        except BadValue as bad:
            problems.append(_explained(path, bad, given.get("API_KEY")))
    if problems:
        raise ConfigError("\n".join(problems))
    settings = [each for each in found if isinstance(each, Setting)]
    notes = [*(each for each in found if isinstance(each, Note)), *_unknown(variables)]
    return Imported(_HEAD.format(source=shown(path)) + text(settings, notes), given.get("API_KEY"))


def _key(given: Given) -> Iterator[Setting | Note]:
    variable = given.get("API_KEY")
    if variable is None:
        yield Note(f"{PREFIX}API_KEY", "not in the file; without a key the milter does not start")
    elif not KEY.fullmatch(variable.value):
        raise BadValue(variable, "a DQS key has letters and digits only; this one has something else in it")


def _listen(given: Given) -> Iterator[Setting | Note]:
    variable = given.get("LISTEN", Variable(f"{PREFIX}LISTEN", OLD_LISTEN, 0))
    listen = re.sub(r"^(?:local:|unix:|(?=/))", "unix:", variable.value)  # libmilter knows three ways to write it
    comment = "as before: Postfix needs no change, but stop the old milter first"
    if tcp := re.fullmatch(r"(inet6?):([0-9]+)(?:@(.*))?", listen):
        family, port, host = tcp.groups()
        if not host:
            host, comment = "::" if family == "inet6" else "0.0.0.0", "all addresses, as before; 127.0.0.1 is enough"  # noqa: S104  what it was
        listen = f"{family}:{port}@{_ipv6(variable, host) if family == 'inet6' else host}"
    accepted(variable, Milter, {"listen": listen})
    yield Setting("milter", "listen", listen, comment)


def _ipv6(variable: Variable, host: str) -> str:
    """`host` as an IPv6 address: a name alone would not say that IPv6 is meant."""
    if host == "localhost":
        return "::1"
    if ":" not in host:
        raise BadValue(variable, "write the IPv6 address in place of the host's name")
    return host


def _deadline(given: Given) -> Iterator[Setting | Note]:
    lifetime, timeout = given.get("DNS_LIFETIME"), given.get("MILTER_TIMEOUT")
    # The old milter kept the time for a lookup below its own time limit, whatever was set.
    limit = max(0.5, (OLD_MILTER_TIMEOUT if timeout is None else whole(timeout)) - 0.1)
    wanted = max(0.1, OLD_DNS_LIFETIME if lifetime is None else seconds(lifetime))
    if (variable := lifetime or timeout) is not None:
        deadline = round(min(wanted, limit), 3)
        accepted(variable, Milter, {"deadline_seconds": deadline})
        yield Setting(
            "milter", "deadline_seconds", deadline, "was for each lookup, is for the whole wait of a recipient"
        )
    if timeout is not None:
        yield Note(timeout.name, "it shortened the time for DNS, see deadline_seconds; libmilter keeps its own limit")


def _allowed_addresses(given: Given) -> Iterator[Setting | Note]:
    addresses, skip_all = given.get("IP_WHITELIST"), given.get("WHITELIST_SKIP_ALL")
    if addresses is not None:
        for item in items(addresses):
            accepted(addresses, Allow, {"addresses": [item]}, item)
        comment = "the old milter ignored the networks" if "/" in addresses.value else _SAME
        yield Setting("milter.allow", "addresses", items(addresses), comment)
    if addresses is not None or skip_all is not None:
        skip = "all" if skip_all is not None and switch(skip_all) else "zen"
        yield Setting("milter.allow", "skip", skip, _SAME)


def _allowed_domains(given: Given) -> Iterator[Setting | Note]:
    exact, below = given.get("DOMAIN_WHITELIST"), given.get("DOMAIN_SUFFIX_WHITELIST")
    names = [] if exact is None else list(domains(exact))
    names += [] if below is None else [f".{name}" for name in domains(below, dot=True)]
    if names:
        dotted = below is not None and any(item.startswith(".") for item in items(below))
        known = "the old milter ignored those with a dot in front" if dotted else _SAME
        yield Setting(
            "milter.allow", "domains", tuple(dict.fromkeys(names)), f'".name" is that domain and all below it; {known}'
        )


def _nameservers(given: Given) -> Iterator[Setting | Note]:
    if (variable := given.get("NAMESERVERS")) is not None:
        for item in items(variable):
            accepted(variable, Dqs, {"nameservers": [item]}, item)
        yield Setting("dqs", "nameservers", items(variable), _SAME)


def _mode(_given: Given) -> Iterator[Setting | Note]:
    yield Setting("dqs", "mode", "enforce", 'as before; "shadow" asks and logs everything, and refuses nothing')


def _zen(given: Given) -> Iterator[Setting | Note]:
    if (variable := given.get("ZEN_ENABLE")) is not None:
        yield Setting("dqs.zen", "enabled", switch(variable), _SAME)
    if (variable := given.get("ZEN_REJECT_CODES")) is not None:
        for code in octets(variable):
            accepted(variable, Dqs, {"zen": {"codes": [code]}}, str(code))
        yield Setting(
            "dqs.zen", "codes", octets(variable), "as before; the default has 30 (BCL, botnet controllers) too"
        )


def _cache(given: Given) -> Iterator[Setting | Note]:
    comments = {
        "max_entries": _SAME,
        "max_listed_seconds": "was for every listing, is now the limit: an answer with a shorter TTL is kept for that",
        "max_not_listed_seconds": "was for every other answer, is now the limit",
    }
    for name, (key, comment) in zip(_CACHE, comments.items(), strict=True):
        if (variable := given.get(name)) is not None:
            accepted(variable, DqsCache, {key: whole(variable)})
            yield Setting("dqs.cache", key, whole(variable), comment)


def _without_counterpart(given: Given) -> Iterator[Setting | Note]:
    for name, why in _PLAIN_REASONS.items():
        if (variable := given.get(name)) is None:
            continue
        if name == "LOG_LEVEL" and variable.value.upper() not in _LOG_LEVELS:
            raise BadValue(variable, f"expected one of {', '.join(_LOG_LEVELS)}")
        if name == "DNS_PER_TRY":
            seconds(variable)
        yield Note(variable.name, why)


RULES: tuple[Rule, ...] = (
    _key,
    _listen,
    _deadline,
    _allowed_addresses,
    _allowed_domains,
    _nameservers,
    _mode,
    _cache,
    _zen,
    _without_counterpart,
)

_KNOWN = frozenset((*_PLAIN_REASONS, *_CACHE)) | {
    *("API_KEY", "LISTEN", "NAMESERVERS", "MILTER_TIMEOUT", "DNS_LIFETIME", "ZEN_ENABLE", "ZEN_REJECT_CODES"),
    *("IP_WHITELIST", "DOMAIN_WHITELIST", "DOMAIN_SUFFIX_WHITELIST", "WHITELIST_SKIP_ALL"),
}


def _unknown(variables: Sequence[Variable]) -> Iterator[Note]:
    """What the old milter did not know either. Its value is not repeated: a misspelt name may hold the key."""
    for variable in variables:
        if not variable.name.startswith(PREFIX) or variable.name.removeprefix(PREFIX) not in _KNOWN:
            yield Note(variable.name, f"(line {variable.line}) not a variable of the old milter; is it misspelt?")


def _explained(path: Path, bad: BadValue, key: Variable | None) -> str:
    def hidden(text: str) -> str:  # a list may have the key by mistake, and why that is wrong may repeat it
        return text if key is None else text.replace(key.value, "(the key)")

    value = "" if bad.variable is key else f" = {hidden(bad.item)[:MAX_SHOWN]!r}"
    return f"{path}:{bad.variable.line}: {bad.variable.name}{value}: {hidden(str(bad))}"
