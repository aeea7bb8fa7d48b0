"""What other services answer: rspamd, spamd, RIPE Stat. None is believed blindly."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from ipaddress import ip_address

from fuzzing.target import Target
from trapline.filters import rspamd_answer, spamd_protocol
from trapline.filters.scanner import MAX_REPORT_LENGTH, MAX_SYMBOL_LENGTH, MAX_SYMBOLS, FilterError, Score
from trapline.reporter.enrichment.network import MAX_NAME, announcement, combined, registration

_ADDRESSES = (ip_address("11.0.0.66"), ip_address("2a00:1::66"))
_STATUSES = (200, 204, 401, 500)


def check(data: bytes) -> None:
    """A filter's answer is a bounded score or FilterError; a registry's a bounded network that holds the address."""
    for status in _STATUSES:
        for read in (rspamd_answer.score, rspamd_answer.learnt, rspamd_answer.lessons):
            _check_filter(partial(read, status, data))
    _check_filter(lambda: spamd_protocol.score(spamd_protocol.answer(data)))
    _check_filter(lambda: spamd_protocol.learnt(spamd_protocol.answer(data)))
    try:
        table = json.loads(data)
    except (ValueError, RecursionError):
        return
    for address in _ADDRESSES:
        network = combined(address, registration(address, table), announcement(address, table))
        assert address in network.prefix
        assert all(len(text) <= MAX_NAME for text in (network.name, network.holder, network.country) if text)
        assert all(fact.isascii() and fact.isprintable() for fact in network.facts())


def _check_filter(read: Callable[[], object]) -> None:
    try:
        found = read()
    except FilterError as error:
        assert len(str(error)) <= 500
        assert str(error).isprintable()
        return
    if isinstance(found, Score):
        assert len(found.report) <= MAX_REPORT_LENGTH
        assert len(found.symbols) <= MAX_SYMBOLS
        assert all(len(one.name) <= MAX_SYMBOL_LENGTH for one in found.symbols)


def seeds() -> Iterator[bytes]:
    """One of each."""
    symbol = {"score": 2.5, "options": ["pills.com"], "description": "A rule"}
    rspamd = {"action": "add header", "score": 7.5, "thresholds": {"reject": 15, "add header": 6}}
    yield json.dumps(rspamd | {"symbols": {"BAYES_SPAM": symbol}}).encode()
    yield b'{"success": true, "learned": 12}'
    yield b'{"error": "Unauthorized"}'
    spamd = b"SPAMD/1.1 0 EX_OK\r\nContent-length: 85\r\nSpam: True ; 7.5 / 5.0\r\n\r\n"
    yield (
        spamd
        + b"Content analysis\n\n pts rule name  description\n---- ---- ----\n 2.5 BAYES_99  Spam\n-1.0 SPF_PASS x\n"
    )
    yield b"SPAMD/1.1 0 EX_OK\r\nDidSet: local\r\n\r\n"
    yield b"SPAMD/1.1 69 Service Unavailable: TELL commands are not enabled\r\n\r\n"
    pairs = {"inetnum": "11.0.0.0 - 11.0.0.255", "netname": "PILLS-NET", "country": "NL", "descr": "Pills"}
    yield json.dumps({"records": [[{"key": key, "value": value} for key, value in pairs.items()]]}).encode()
    yield json.dumps({"records": [[{"key": "inet6num", "value": "2a00:1::/32"}]]}).encode()
    asn = {"asn": 64500, "holder": "PILLS-AS - Pills"}
    yield json.dumps({"resource": "11.0.0.0/16", "announced": True, "asns": [asn]}).encode()


TARGET = Target(
    "services",
    check,
    seeds,
    words=(b'"records"', b'"asns"', b'"resource"', b'"score": ', b"NaN", b"1e999", b"null", b"[]", b"{}", b"\\ud800"),
)
