"""What a zone's answers mean: listed, not listed, or an error that must never be taken for a listing.

Pure. Source: docs.spamhaus.com, "Zones" (return codes) and "DQS Queries" (error codes in 127.255.255.0/24).
"""

from trapline.dnsbl.findings import Finding, Listed, NotListed, Unknown
from trapline.dnsbl.zones import Question, Zone

_ERRORS = {
    "127.255.255.250": "key disabled",
    "127.255.255.251": "not your key",
    "127.255.255.252": "wrong name",
    "127.255.255.254": "public resolver: ask through your own",
    "127.255.255.255": "too many queries",
}
_ERROR_NETWORK = "127.255.255."


def finding(question: Question, zone: Zone, answers: tuple[str, ...], ttl: float) -> Finding:
    """What `answers` (the A records' addresses) say of `question`; `ttl` in seconds.

    One error among the answers makes the whole unknown, as does an address outside 127.0.0.0/8: some resolvers
    rewrite "no such name" to a page of theirs, which would list everybody.
    """
    if not answers:
        return NotListed(question.zone, question.object, ttl)
    for answer in answers:
        if (why := _error(zone, answer)) is not None:
            return Unknown(question.zone, question.object, f"{why} ({answer})")
    counting = tuple(sorted({answer for answer in answers if _counts(zone, answer)}))
    if counting:
        return Listed(question.zone, question.object, counting, ttl)
    return NotListed(question.zone, question.object, ttl)


def _error(zone: Zone, answer: str) -> str | None:
    if not answer.startswith("127."):
        return "an answer outside 127.0.0.0/8: does the resolver rewrite answers?"
    if answer.startswith(_ERROR_NETWORK):
        return _ERRORS.get(answer, "error")
    if answer in {"127.0.1.255", "127.0.2.255"} and answer.startswith(zone.network):
        return "the zone was asked about an IP address"
    return None


def _counts(zone: Zone, answer: str) -> bool:
    return answer.startswith(zone.network) and int(answer.rpartition(".")[2]) in zone.codes
