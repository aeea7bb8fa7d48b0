"""Does Postfix accept mail to the traps, with extensions as trapline does, and where does it go without the milter?"""

import os
from collections.abc import Iterator, Mapping, Sequence

from trapline.cli.doctor.result import Result, failed, ok, skipped, warning
from trapline.cli.doctor.site import AS_ROOT, Site, out_of_reach
from trapline.cli.output import counted
from trapline.config import postconf
from trapline.config.errors import TraplineError
from trapline.config.missing import is_missing
from trapline.config.postconf import NoPostfix, Postfix, PostfixError
from trapline.config.postmap import entries, find
from trapline.config.settings import Traps
from trapline.config.shipped import shipped
from trapline.traps import extended, local_names, recipients, whole_domains
from trapline.traps.file import Entry, read
from trapline.traps.local_names import Local
from trapline.traps.postfix import ALIAS_MAP, TARGET
from trapline.traps.recipients import Refused, Sample, Samples

NAME = "Postfix's recipients"
EXTENSIONS = "extensions of traps"
LOCAL = "traps among local users"
WHOLE = "whole domains"
FALLBACK = "delivery to the fallback"

_SHOWN = 3  # labels, or names, in a line


def check(site: Site) -> Iterator[Result]:
    """Whether the traps are recipients; and if so, where their mail goes."""
    files = site.settings.traps.files
    if (why := site.no_milter) is not None:
        yield skipped(NAME, why)
        return
    if any(out_of_reach(file) for file in files):
        yield skipped(NAME, AS_ROOT)
        return
    try:
        samples = recipients.samples([entry for file in files if not is_missing(file) for entry in read(file)])
    except TraplineError:
        yield skipped(NAME, "the traps can't be read: see traps")
        return
    if samples.tried:
        yield from _ask(samples, site.settings.traps)
    else:
        yield skipped(NAME, "there is no trap to try")


def _ask(samples: Samples, traps: Traps) -> Iterator[Result]:
    try:
        postfix = postconf.read((*recipients.SETTINGS, "enable_original_recipient", "transport_maps"))
        refused = recipients.refused(samples.tried, postfix.main, find)
        yield judge(samples, refused)
        local = local_names.look(samples.tried, postfix.main, find)
        yield extensions(
            postfix.value("recipient_delimiter"),
            traps.recipient_delimiter,
            _extended(samples, postfix, traps.recipient_delimiter, local.domains),
        )
        if local.traps:
            yield among_users(local, traps.local_domains)
        if any(one.entry.domain is not None for one in samples.tried):
            yield whole(whole_domains.with_people(samples.tried, postfix.main, find, local.domains))
        yield _fallback(postfix, samples, refused, local.domains)
    except NoPostfix as error:
        yield skipped(NAME, str(error))
    except PostfixError as error:
        if "Permission denied" in str(error) and os.geteuid() != 0:
            yield skipped(NAME, AS_ROOT)
        else:
            hint = "does the table exist (postmap FILE), and is the package for its type installed (postfix-pcre, say)?"
            yield failed(NAME, f"Postfix's maps can't be queried: {error}", hint)


def judge(samples: Samples, refused: Sequence[Refused]) -> Result:
    """Whether all traps are recipients; by label, since an address is a secret."""
    note = _not_tried(samples)
    if not refused:
        return ok(NAME, f"Postfix accepts the {counted(len(samples.tried), 'that was', 'that were')} tried{note}")
    strange = [one for one in refused if one.verdict == "not our domain"]
    hint = f"add a line for each to {ALIAS_MAP} (`trapline traps list --addresses`), then: postmap {ALIAS_MAP}"
    if len(strange) == len(refused):
        hint = "Postfix receives no mail for their domains: add these to virtual_alias_domains, then: postfix reload"
    elif strange:
        hint += (
            f"; {len(strange)} of them in domains that Postfix receives no mail for: add these to "
            "virtual_alias_domains, then: postfix reload"
        )
    labels = _labels([one.sample.entry for one in refused])
    seen = f"Postfix refuses {len(refused)} of {len(samples.tried)} traps, labelled {labels}"
    return failed(NAME, seen + note, hint)


def _not_tried(samples: Samples) -> str:
    parts = []
    if samples.only_examples:
        some = samples.only_examples
        parts.append(f"{counted(some, 'line stands', 'lines stand')} for many, and one example of each was tried")
    if samples.patterns:
        parts.append(f"{counted(samples.patterns, 'regular expression was', 'regular expressions were')} not tried")
    if samples.left_out:
        parts.append(f"{counted(samples.left_out, 'more address was', 'more addresses were')} not tried")
    return f" ({'; '.join(parts)})" if parts else ""


def _labels(entries: Sequence[Entry]) -> str:
    return _some([f'"{label}"' for label in dict.fromkeys(entry.trap.label for entry in entries)])


def _some(words: Sequence[str]) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more


def _extended(samples: Samples, postfix: Postfix, ours: str, local_domains: frozenset[str]) -> tuple[Sample, ...]:
    """The traps that people's addresses extend; looked for where more than `+` does: nobody's name has that in it."""
    delimiters = ours + postfix.value("recipient_delimiter")
    if not delimiters.strip("+"):
        return ()
    known = entries(" ".join(postfix.value(name) for name in recipients.MAPS))
    return extended.of_people(samples.tried, known, delimiters, local_domains)


def extensions(theirs: str, ours: str, of_people: Sequence[Sample] = ()) -> Result:
    """Whether a trap with an extension is one for Postfix and trapline both, and for nobody a person."""
    if of_people:
        labels = _labels([one.entry for one in of_people])
        seen = f"a trap (labelled {labels}) with an extension is also a person's address: that person gets no mail"
        return failed(
            EXTENSIONS, seen, f"remove that trap from the trap file and from {ALIAS_MAP}, and plant another address"
        )
    unknown = [delimiter for delimiter in theirs if delimiter not in ours]
    if not unknown:
        return ok(EXTENSIONS, "a trap with an extension is that trap, or Postfix does not know it either")
    seen = f"Postfix accepts them, but trapline does not know them: mail to TRAP{unknown[0]}x@ is not caught"
    hint = (
        f'set recipient_delimiter = "{theirs}" below [traps], then: systemctl restart trapline-milter trapline-reporter'
    )
    return warning(EXTENSIONS, seen, hint)


def among_users(local: Local, known: Sequence[str]) -> Result:
    """Whether a trap in a local domain is one under all names of the server, as its users are: to Postfix and to us."""
    unknown = [name for name in local.names if name not in known]
    if unknown:
        names = ", ".join(f'"{name}"' for name in dict.fromkeys((*known, *local.names)))
        seen = f"users are known in each of {_some(local.names)}; a trap must be too, or it can be told from them"
        hint = f"set local_domains = [{names}] below [traps], then: systemctl restart trapline-milter trapline-reporter"
        return warning(LOCAL, seen, hint)
    if local.under_one_name:
        number = counted(len(local.under_one_name), "trap", "traps")
        which = f"{number}, labelled {_labels([one.entry for one in local.under_one_name])}"
        seen = f"under the server's other names Postfix accepts its users, but not {which}: that tells them apart"
        hint = f'write "NAME  {TARGET}" in {ALIAS_MAP}, without @ and domain, then: postmap {ALIAS_MAP}'
        return warning(LOCAL, seen, hint)
    return ok(LOCAL, "they are known under all names of the server, as its users are")


def whole(with_people: Sequence[Sample]) -> Result:
    """Whether people are among the traps of a line that makes a whole domain one."""
    if not with_people:
        return ok(WHOLE, "no people are known there, as far as names such as postmaster tell")
    labels = _labels([one.entry for one in with_people])
    seen = f"people have addresses in a domain that is a trap as a whole, labelled {labels}: they get no mail"
    return warning(
        WHOLE, seen, "in the trap file, name the traps of such a domain one by one, or by a regular expression"
    )


def _fallback(postfix: Postfix, samples: Samples, refused: Sequence[Refused], local_domains: frozenset[str]) -> Result:
    """Whether what the milter does not catch is delivered, where traps are aliases as config/postfix has them."""
    keys = {one.address: recipients.keys(one.address, postfix.main, local_domains) for one in samples.tried}
    aliases = find(postfix.value("virtual_alias_maps"), frozenset(key for every in keys.values() for key in every))
    elsewhere = [one for one in samples.tried if _first(aliases, keys[one.address]) != TARGET]
    if len(elsewhere) == len(samples.tried):
        return skipped(FALLBACK, f"no trap is an alias of {TARGET}: delivery in another way is not checked")
    domain = TARGET.rpartition("@")[2]
    transports = find(postfix.value("transport_maps"), frozenset({TARGET, domain}))
    transport = (transports.get(TARGET) or transports.get(domain, "")).partition(":")[0]
    install = f"sh {shipped('postfix', 'install')}, then: postfix reload"
    if not transport:
        seen = f"transport_maps has no line for {domain}: trap mail bounces while the milter is away"
        return failed(FALLBACK, seen, install)
    if not any(one.name == transport and one.type == "unix" for one in postfix.services):
        return failed(FALLBACK, f"master.cf has no service {transport}, which transport_maps names", install)
    told = {one.sample.address for one in refused}
    if others := [one.entry for one in elsewhere if one.address not in told]:
        number = counted(len(others), "trap is not an alias", "traps are not aliases")
        which = f"{number} of {TARGET}, labelled {_labels(others)}"
        seen = f"{which}: while the milter is away, mail to them goes to whoever has that address"
        return warning(FALLBACK, seen, f"add a line for each to {ALIAS_MAP}, then: postmap {ALIAS_MAP}")
    if postfix.value("enable_original_recipient") == "no":
        seen = "enable_original_recipient = no: such mail does not say which trap it was for, and ends up in .failed"
        return warning(
            FALLBACK, seen, "postconf -X enable_original_recipient (the default is yes), then: postfix reload"
        )
    return ok(FALLBACK, f"the service {transport} delivers what the milter did not catch")


def _first(aliases: Mapping[str, str], keys: Sequence[str]) -> str:
    """What Postfix finds for an address, by the first of its `keys` that is there; "" where none is."""
    return next((aliases[key] for key in keys if key in aliases), "")
