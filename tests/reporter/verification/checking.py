"""What the tests of SPF, DKIM and DMARC share: a sender's records on a real name server, and who asks it."""

from contextlib import AbstractContextManager
from ipaddress import ip_network
from typing import Any

from tests.reporter.caught import an_envelope
from tests.reporter.verification.signing import key_record
from tests.servers.name_server import Records, name_server, serving, whole
from trapline.config.networks import NetworkSet
from trapline.config.values import Nameserver
from trapline.reporter.evidence.authentication import Authentication
from trapline.reporter.verification import resolver
from trapline.reporter.verification.verifier import Verifier
from trapline.spool.envelope import Envelope

KEY = ("s1._domainkey.pills-shop.com", "TXT")
SPF = ("pills-shop.com", "TXT")
DMARC: tuple[str, resolver.Kind] = ("_dmarc.pills-shop.com", "TXT")
PUBLISHED: Records = {
    SPF: ["some-site-verification=1", "v=spf1 ip4:11.0.0.0/24 -all"],
    DMARC: ["v=DMARC1; p=reject"],
}


def served(records: Records, asked: list[tuple[str, str]] | None = None) -> AbstractContextManager[str]:
    return name_server(serving(records, asked), by_tcp=whole(records, asked))


def nameserver(at: str) -> Nameserver:
    host, _, port = at.partition(":")
    return Nameserver(host, int(port))


def a_verifier(at: str) -> Verifier:
    return Verifier([nameserver(at)], NetworkSet([ip_network("11.9.0.0/16")]))


def checked(
    message: bytes, records: Records | None = None, envelope: Envelope | None = None, **changed: Any
) -> Authentication:
    """What is found with what is published, and `changed` keys of the envelope."""
    with served({KEY: [key_record()], **PUBLISHED, **(records or {})}) as at:
        found = a_verifier(at).check(message, envelope or an_envelope(**changed))
    assert found is not None
    return found
