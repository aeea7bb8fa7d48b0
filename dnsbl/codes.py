"""What a zone's answers mean: listed, not listed, or an error that must never be taken for a listing.

Pure. Sources: docs.spamhaus.com, "Zones" (return codes) and "DQS Queries" (error codes in 127.255.255.0/24, which other
operators use likewise); dnswl.org; RFC 5782, 2.1 (answers are in 127.0.0.0/8).
"""

from trapline.dnsbl.findings import Finding, Listed, NotListed, Unknown
from trapline.dnsbl.zones import DNSWL, Question, Zone

# What each means, and what the operator can do; never with the key.
_ERRORS = {
    "127.255.255.250": "the DQS key is disabled: look into your Spamhaus account, then check dqs.key_file",
    "127.255.255.251": "the DQS key is not known to Spamhaus: check dqs.key_file",
    "127.255.255.252": "Spamhaus knows no zone of this name: is the DQS key whole, and the zone part of your account?",
    "127.255.255.254": "asked through a public resolver: set dqs.nameservers to your own",
    "127.255.255.255": "too many queries: your account allows fewer; see dqs.queries_per_day, or ask Spamhaus for more",
}
ERROR_NETWORK = "127.255.255."
_DNSWL_REFUSES = "dnswl.org refuses our resolver: a public one, or more queries than are free; see dnswl.org"


def finding(question: Question, zone: Zone, answers: tuple[str, ...], ttl: float) -> Finding:
    """What `answers` (the A records' addresses) say of `question`; `ttl` in seconds.

    One error among the answers makes the whole unknown, as does an address outside 127.0.0.0/8: some resolvers
    rewrite "no such name" to a page of theirs, which would list everybody.
    """
    if not answers:
        return NotListed(question.zone, question.object, ttl)
    for answer in answers:
        if (why := _error(zone, answer)) is not None:
            return Unknown(question.zone, question.object, f"{why} ({answer})", answered=True)
    counting = tuple(sorted({answer for answer in answers if _counts(zone, answer)}))
    if counting:
        return Listed(question.zone, question.object, counting, ttl)
    return NotListed(question.zone, question.object, ttl)


def error_meaning(zone: Zone, answer: str) -> str:
    """What an answer in 127.255.255.0/24 means, in the operator's words."""
    if not zone.spamhaus:
        return "an error of the zone, which its operator explains"
    return _ERRORS.get(answer, "an error that trapline does not know: see docs.spamhaus.com")


def error_octet(answers: tuple[str, ...]) -> int | None:
    """The last octet of the first answer in 127.255.255.0/24 among `answers`; None where there is none."""
    return next((int(answer.rpartition(".")[2]) for answer in answers if answer.startswith(ERROR_NETWORK)), None)


def _error(zone: Zone, answer: str) -> str | None:
    if not answer.startswith("127."):
        return "an answer outside 127.0.0.0/8: does the resolver rewrite answers?"
    if answer.startswith(ERROR_NETWORK):
        return error_meaning(zone, answer)
    if zone is DNSWL and answer.endswith(".255"):
        return _DNSWL_REFUSES
    if zone.spamhaus and answer in {"127.0.1.255", "127.0.2.255"} and answer.startswith(zone.network):
        return "the zone was asked about an IP address"
    return None


def _counts(zone: Zone, answer: str) -> bool:
    return answer.startswith(zone.network) and int(answer.rpartition(".")[2]) in zone.codes
