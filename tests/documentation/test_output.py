"""What the pages show as output is what is printed: the same words and columns."""

import signal
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path

from tests.cli.test_blocklist import in_process
from tests.documentation.shape import headings, missing
from tests.documentation.snippets import snippet
from tests.e2e.dialogue import send
from tests.e2e.messages import SPAMMER, ordinary, spam
from tests.e2e.test_zone_health import Log, listing_the_world
from tests.reporter.caught import CLIENT, MESSAGE, Place, RealClock, an_envelope, campaign, trap
from tests.servers.mail_exchanger import ANNA, TRAP, MailExchanger
from tests.servers.portal import Portal
from tests.servers.processes import until
from tests.servers.rbldnsd import Rbldnsd
from trapline.config.load import load
from trapline.dnsbl import codes
from trapline.dnsbl.findings import Listed
from trapline.dnsbl.zones import Zone
from trapline.milter.policy import Policy
from trapline.reporter.enrichment.network import Network
from trapline.reporter.evidence.authentication import Authentication
from trapline.reporter.indicators import Indicator
from trapline.reporter.submission.reasons import reason, with_network

STRANGER, ON_SBL = "11.0.1.7", "11.0.0.2"
_DQS = Zone("zen", "127.0.0.", frozenset((2,)), "", spamhaus=True)
TIME_AND_LEVEL = 3  # words before a line of the log, where it is not the journal's


def logged(log: Log, text: str) -> str:
    return "\n".join(line.split(" ", TIME_AND_LEVEL)[-1] for line in log.lines(text))


def test_the_log_has_the_lines_that_the_pages_show(mx: MailExchanger) -> None:
    log = Log(mx)
    for client, to in ((ON_SBL, ANNA), (STRANGER, TRAP)):
        with mx.client(client) as smtp:
            send(smtp, SPAMMER, [to], spam() if to == TRAP else ordinary())
    mx.settle()
    printed = logged(log, "client=")
    assert missing(snippet("README.md", "NOQUEUE: refused"), printed) == []
    assert missing(snippet("docs/log.md", "NOQUEUE: refused"), printed) == []


def test_the_log_tells_of_a_zone_that_is_not_well_as_the_page_shows(mx: MailExchanger) -> None:
    log = Log(mx)
    with mx.settings({}):
        with listing_the_world(mx):
            mx.milter.signal(signal.SIGHUP)
            log.wait_for("zone left out")
        mx.milter.signal(signal.SIGHUP)
        log.wait_for("zone back")
        mx.dns.stop()
        try:
            until("it to be left alone", lambda: _asked_in_vain(mx) and log.lines("resolver left alone"))
        finally:
            mx.dns.start()
    printed = logged(log, "zone ") + "\n" + logged(log, "resolver ")
    left_out, public, *others = snippet("docs/zones.md", "zone left out").splitlines()
    assert missing("\n".join((left_out, *others)), printed) == []
    assert codes.error_meaning(_DQS, "127.255.255.254") in public


def _asked_in_vain(mx: MailExchanger) -> bool:
    with mx.client(STRANGER) as smtp:
        send(smtp, SPAMMER, [ANNA], ordinary())
    return True


def test_a_refused_client_reads_what_the_page_shows(tmp_path: Path) -> None:
    assert told(tmp_path, snippet("README.md", "[milter.replies]"), "zen") == snippet("README.md", "550 5.7.1 ")
    assert told(tmp_path, snippet("docs/zones.md", "[zones.office]"), "office") == snippet(
        "docs/zones.md", "450 4.7.1 "
    )


def told(folder: Path, settings: str, zone: str) -> str:
    """What 9.8.7.66 is told with these settings where `zone` lists it."""
    config = folder / "trapline.toml"
    config.write_text(settings, encoding="utf-8")
    listed = Listed(zone, "9.8.7.66", ("127.0.0.2",))
    policy = Policy(load(config, {}))
    return str(policy.reply(listed, policy.action(listed)))


def test_an_analyst_reads_what_the_page_shows() -> None:
    envelope = an_envelope(client="9.8.7.66", received=datetime.fromisoformat("2024-01-01T11:59:00+00:00"))
    said = reason(envelope, Authentication(spf="pass"), Indicator("domain", "pills.example", ("html:a",)))
    prefix = ip_network("9.8.7.0/24")
    network = Network(prefix=prefix, name="PILLS-NET", holder="Pills Hosting", as_number=64500, country="NL")
    assert with_network(said, network).replace("mail.pills-shop.com", "mail.pills.example") == snippet(
        "docs/reporting.md", "Spam trap hit"
    )


def test_status_and_submissions_have_the_tables_that_the_readme_shows(tmp_path: Path) -> None:
    with Portal() as portal, Rbldnsd() as dns:
        place = Place(tmp_path, portal.url, clock=RealClock(), options={"dqs": {"nameservers": [dns.nameserver]}})
        for number, kind in enumerate(("pristine", "pristine", "typo")):
            place.catch(campaign(number), client=f"11.0.0.{66 + number}", recipients=(trap(kind=kind),))
        assert place.once(dqs_key=dns.key) == 0
        portal.review(CLIENT, ["SBL"], place.clock())
        place.options["spamhaus"] = {"review_minutes": 0.000001}
        assert place.once(dqs_key=dns.key) == 0
        config = place.folder / "trapline.toml"
        config.write_text(
            f'[store]\nurl = "{place.url}"\n[spool]\ndirectory = "{place.folder}/spool"\n[dqs]\nkey = "{dns.key}"\n'
        )
        config.chmod(0o600)
        wide = {"COLUMNS": "120", "NO_COLOR": "1"}
        status, submissions = (in_process(name, config=config, environ=wide) for name in ("status", "submissions"))
    assert missing(headings(snippet("README.md", "The last 30 days")), status.stdout) == []
    assert missing(headings(snippet("README.md", "queued ")), submissions.stdout) == []
    assert MESSAGE.decode() not in status.stdout
