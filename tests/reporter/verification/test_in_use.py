"""`authentication = "self"` in the reporter and in `extract`: what is found counts, and nobody is asked unasked."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reporter.caught import Place, an_envelope
from tests.reporter.verification.signing import key_record, signed
from tests.servers.name_server import name_server, serving, whole
from tests.servers.portal import Portal
from trapline.config.settings import Settings
from trapline.reporter.saved import Reader
from trapline.reporter.verification.verifier import verifier
from trapline.spool import block

Asked = list[tuple[str, str]]


@pytest.fixture
def sender() -> Iterator[tuple[str, Asked]]:
    """The name server of a spammer who signs, and what it was asked."""
    asked: Asked = []
    records = {
        ("s1._domainkey.pills-shop.com", "TXT"): [key_record()],
        ("pills-shop.com", "TXT"): ["v=spf1 ip4:11.0.0.66 -all"],
        ("_dmarc.pills-shop.com", "TXT"): ["v=DMARC1; p=reject"],
    }
    with name_server(serving(records, asked), by_tcp=whole(records, asked)) as at:
        yield at, asked


def test_a_domain_that_we_verified_ourselves_is_reported(
    place: Place, portal: Portal, sender: tuple[str, Asked]
) -> None:
    place.options |= {"reporter": {"authentication": "self"}, "dqs": {"nameservers": [sender[0]]}}
    place.catch(signed())
    place.once()
    assert "pills-shop.com" in portal.objects("domain")
    assert [json.loads(row[0]) for row in place.rows("SELECT auth FROM messages")] == [
        {"spf": "pass", "dkim": "pass", "dmarc": "pass"}
    ]
    assert "X-Sample-DKIM: pass (pills-shop.com) before it was redacted" in portal.objects("email")[0]


def test_only_self_asks_anybody(place: Place, portal: Portal, sender: tuple[str, Asked]) -> None:
    place.options |= {"dqs": {"nameservers": [sender[0]]}}
    place.catch(signed())
    place.once()
    assert "pills-shop.com" not in portal.objects("domain")
    assert sender[1] == []


@pytest.mark.parametrize("configured", ["self", "server", "off"])
def test_extract_verifies_only_when_told_to(configured: str, sender: tuple[str, Asked], tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {
            "reporter": {"authentication": configured},
            "dqs": {"nameservers": [sender[0]]},
            "traps": {"files": []},
        }
    )
    file = tmp_path / "caught"
    file.write_bytes(block.write(an_envelope(), "mx.trap-mx.com") + signed())
    assert Reader(settings, trust_envelope=True).describe(file)["auth"] is None
    assert sender[1] == []
    told = Reader(settings, trust_envelope=True, verify=verifier(settings).check)
    assert told.describe(file)["auth"] == {"spf": "pass", "dkim": "pass", "dmarc": "pass"}


def test_extract_checks_no_signature_of_a_message_that_it_does_not_read_to_its_end(
    sender: tuple[str, Asked], tmp_path: Path
) -> None:
    settings = Settings.model_validate({"dqs": {"nameservers": [sender[0]]}, "traps": {"files": []}})
    file = tmp_path / "caught"
    with file.open("wb") as opened:
        opened.write(block.write(an_envelope(), "mx.trap-mx.com") + signed())
        opened.truncate(64 * 1024 * 1024 + 1)
    found = Reader(settings, trust_envelope=True, verify=verifier(settings).check).describe(file)["auth"]
    assert (found["spf"], found["dkim"]) == ("pass", None)
