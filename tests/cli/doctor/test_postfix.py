"""The doctor's word on Postfix's configuration, read by the real postconf."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.servers.processes import aged
from trapline.cli.doctor import postfix, recipients
from trapline.cli.doctor.result import Result
from trapline.cli.doctor.site import Site
from trapline.config.settings import Settings
from trapline.config.values import InetListen, Listen, UnixListen

OURS = "{ unix:trapline/milter.sock, default_action=accept }"
IN_FRONT = "in front of the milter"
QUEUE = Path("/var/spool/trapline-doctor")
SOCKET = QUEUE / "trapline" / "milter.sock"
MAIN = f"""\
compatibility_level = 3.6
queue_directory = {QUEUE}
mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128
smtpd_discard_ehlo_keywords = silent-discard, dsn
"""
MASTER = """\
smtp inet n - n - - smtpd
submission inet n - n - - smtpd
  -o smtpd_sasl_auth_enable=yes
  -o milter_macro_daemon_name=ORIGINATING
"""


class Configuration:
    """A folder with main.cf and master.cf, which MAIL_CONFIG names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write()

    def write(self, main: str = "", master: str = MASTER, milters: str = OURS) -> None:
        (self.folder / "main.cf").write_text(f"{MAIN}smtpd_milters = {milters}\n{main}", encoding="utf-8")
        (self.folder / "master.cf").write_text(master, encoding="utf-8")
        aged(self.folder / "main.cf", self.folder / "master.cf")

    def looked(
        self,
        listen: Listen = UnixListen(SOCKET),  # noqa: B008  frozen
        milter: Mapping[str, object] | None = None,
        **traps: object,
    ) -> dict[str, Result]:
        settings = Settings.model_validate({"milter": {"listen": str(listen), **(milter or {})}, "traps": traps})
        site = Site(settings, self.folder / "trapline.toml")
        found = [*postfix.check(site), *(recipients.check(site) if traps else ())]
        return {one.name: one for one in found}


@pytest.fixture
def mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    monkeypatch.setenv("MAIL_CONFIG", str(tmp_path))
    return Configuration(tmp_path)


def test_a_postfix_that_is_set_up_right_passes(mail: Configuration) -> None:
    assert {one.state for one in mail.looked().values()} == {"ok"}


def test_where_there_are_more_instances_it_says_how_to_look_at_another(mail: Configuration) -> None:
    mail.write("multi_instance_directories = /etc/postfix-in\n", milters="")
    found = mail.looked()[postfix.MILTER]
    assert (found.state, "MAIL_CONFIG=FOLDER trapline doctor (/etc/postfix-in)" in found.hint) == ("failed", True)


@pytest.mark.parametrize(
    ("listen", "written", "chroot"),
    [
        (UnixListen(SOCKET), "unix:trapline/milter.sock", "n"),
        (UnixListen(SOCKET), "unix:trapline/milter.sock", "y"),
        (UnixListen(SOCKET), f"unix:{SOCKET}", "n"),
        (UnixListen(SOCKET), "{unix:/trapline/milter.sock,default_action=accept}", "y"),
        (InetListen(11339, "127.0.0.1"), "{ inet:localhost:11339, { default_action = accept } }", "y"),
        (InetListen(11339, "::1"), "inet:opendkim:8891 inet:[::1]:11339", "n"),
    ],
)
def test_our_socket_is_known_however_it_is_written(
    mail: Configuration, listen: Listen, written: str, chroot: str
) -> None:
    mail.write(milters=written, master=f"smtp inet n - {chroot} - - smtpd\n")
    found = mail.looked(listen)["Postfix's milters"]
    assert found.state == ("ok" if "accept" in written else "warning"), found


@pytest.mark.parametrize("written", ["", "unix:other/milter.sock", "inet:localhost:8891"])
def test_a_postfix_that_does_not_name_us_fails_and_is_told_what_to_add(mail: Configuration, written: str) -> None:
    mail.write(milters=written)
    found = mail.looked()
    assert list(found) == ["Postfix's milters"]
    assert found["Postfix's milters"].state == "failed"
    assert f"add {OURS} to smtpd_milters" in found["Postfix's milters"].hint


def test_a_path_that_a_chrooted_smtpd_does_not_find_is_told_apart(mail: Configuration) -> None:
    mail.write(milters=f"unix:{SOCKET}", master="smtp inet n - y - - smtpd\n")
    found = mail.looked()["Postfix's milters"]
    assert (found.state, "chrooted" in found.seen) == ("failed", True)


def test_where_master_cf_overrules_main_cf_it_says_so(mail: Configuration) -> None:
    mail.write(master="smtp inet n - n - - smtpd\n  -o smtpd_milters=inet:localhost:11332\n")
    found = mail.looked()[postfix.MILTER]
    assert found.state == "failed"
    assert found.seen == "main.cf names it, but smtp has its own smtpd_milters in master.cf"
    assert f"add {OURS} to that -o smtpd_milters" in found.hint


def test_where_another_instance_finds_no_socket_the_hint_leads_to_one_that_it_finds(mail: Configuration) -> None:
    elsewhere = UnixListen(Path("/var/spool/another/trapline/milter.sock"))
    for milters in (OURS, f"unix:{elsewhere.path}"):
        mail.write(milters=milters, master="smtp inet n - y - - smtpd\n")
        found = mail.looked(elsewhere)[postfix.MILTER]
        assert (found.state, 'milter.listen = "inet:' in found.hint) == ("failed", True), found


def test_the_hint_tells_install_of_a_socket_that_it_does_not_take_by_itself(mail: Configuration) -> None:
    mail.write(milters="")
    found = mail.looked(InetListen(11339, "127.0.0.1"))[postfix.MILTER]
    assert f"install {mail.folder} inet:127.0.0.1:11339 does it" in found.hint


@pytest.mark.parametrize(
    ("main", "state"),
    [
        ("", "ok"),
        ("non_smtpd_milters = inet:localhost:11332\n", "ok"),
        ("non_smtpd_milters = $smtpd_milters\n", "warning"),
    ],
)
def test_mail_of_local_programs_need_not_pass_the_milter(mail: Configuration, main: str, state: str) -> None:
    mail.write(main, master=f"{MASTER}cleanup unix n - y - 0 cleanup\n")
    assert mail.looked()[postfix.LOCAL].state == state


def test_a_service_on_port_25_that_does_without_us_is_told(mail: Configuration) -> None:
    mail.write(master=MASTER.replace("smtp inet n - n - - smtpd", "smtp inet n - n - - smtpd\n  -o smtpd_milters="))
    found = mail.looked()["Postfix's milters"]
    assert (found.state, found.seen) == ("warning", "named by submission, but not by smtp, whose mail is not checked")


@pytest.mark.parametrize(
    ("main", "line", "seen"),
    [
        ("smtpd_milters = unix:trapline/milter.sock", "Postfix's milters", "without default_action=accept"),
        (f"smtpd_milters = inet:localhost:11332, {OURS}", "order of the milters", "rspamd stands before trapline"),
        (f"smtpd_milters = unix:spamass/spamass.sock {OURS}", "order of the milters", "spamass-milter stands before"),
        (
            f"smtpd_milters = unix:/clamav/clamav-milter.ctl {OURS}",
            "order of the milters",
            "clamav-milter stands before",
        ),
        (f"smtpd_milters = {OURS}, unix:opendkim/opendkim.sock", "order of the milters", "OpenDKIM stands after"),
        (f"smtpd_milters = {OURS}, inet:localhost:8893", "order of the milters", "OpenDMARC stands after"),
        ("milter_protocol = 2", "Postfix's milters", "an old milter_protocol"),
        (f"smtpd_milters = {OURS[:-1]}, protocol=4 }}", "Postfix's milters", "an old milter_protocol"),
        ("milter_connect_macros = j v", "submission", "the clients of submission are looked up until they log in"),
        (
            "smtpd_relay_restrictions = permit_tls_clientcerts, reject",
            "your own networks",
            "smtp lets clients send by a TLS certificate",
        ),
        ("smtpd_discard_ehlo_keywords = chunking", "notices of delivery", "smtp offers them to strangers"),
        ("smtpd_client_restrictions = reject_rbl_client zen.x", IN_FRONT, "reject_rbl_client in smtpd_client_restr"),
        ("smtpd_sender_restrictions = reject_rhsbl_sender dbl.x", IN_FRONT, "reject_rhsbl_sender in"),
        ("smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:10023", IN_FRONT, "greylisting"),
        ("smtpd_proxy_filter = 127.0.0.1:10024", IN_FRONT, "smtpd_proxy_filter of smtp: the filter gets the messages"),
    ],
)
def test_what_works_and_should_be_looked_at_is_a_warning_with_a_hint(
    mail: Configuration, main: str, line: str, seen: str
) -> None:
    mail.write(f"milter_default_action = tempfail\n{main}\n")
    found = mail.looked()[line]
    assert (found.state, seen in found.seen) == ("warning", True), found
    assert found.hint


def test_a_version_of_the_protocol_set_for_our_milter_alone_is_enough(mail: Configuration) -> None:
    mail.write("milter_protocol = 2\n", milters=f"{OURS[:-1]}, protocol=6 }}")
    assert mail.looked()["Postfix's milters"].state == "ok"


def test_a_service_whose_milters_are_switched_off_does_without_us(mail: Configuration) -> None:
    mail.write(master=MASTER.replace("smtpd\n", "smtpd\n  -o receive_override_options=no_milters\n", 1))
    found = mail.looked()["Postfix's milters"]
    assert (found.state, found.seen) == ("warning", "named by submission, but not by smtp, whose mail is not checked")


@pytest.mark.parametrize(
    ("mynetworks", "milter", "unknown"),
    [
        ("127.0.0.0/8, 192.168.7.0/24, [fe80::]/64, !11.0.7.9, cidr:/nowhere/table", {}, ()),
        ("127.0.0.0/8 11.0.7.0/24 [2a00:1:2::]/48", {}, ("11.0.7.0/24", "2a00:1:2::/48")),
        ("11.0.7.8", {}, ("11.0.7.8/32",)),
        ("11.0.7.0/24", {"exempt": {"networks": ["11.0.7.0/25", "11.0.7.128/25"]}}, ()),
        ("11.0.7.0/24", {"allow": {"addresses": ["11.0.0.0/16"]}}, ()),
        ("11.0.7.0/24", {"exempt": {"networks": ["11.0.7.0/25"]}}, ("11.0.7.0/24",)),
    ],
)
def test_a_public_network_that_may_relay_has_to_be_exempt(
    mail: Configuration, mynetworks: str, milter: dict[str, object], unknown: tuple[str, ...]
) -> None:
    mail.write(f"mynetworks = {mynetworks}\n")
    found = mail.looked(milter=milter)["your own networks"]
    assert found.state == ("warning" if unknown else "ok"), found
    assert found.seen.startswith(", ".join(unknown))
    assert all(f'"{one}"' in found.hint for one in unknown)


def test_a_policy_service_that_is_no_greylist_is_let_be(mail: Configuration) -> None:
    mail.write("smtpd_recipient_restrictions = check_policy_service unix:private/policyd-spf\n")
    assert mail.looked()["in front of the milter"].state == "ok"


@pytest.mark.parametrize(
    ("main", "hides"),
    [
        ("", False),
        ("postscreen_dnsbl_sites = zen.spamhaus.org\npostscreen_dnsbl_action = ignore\n", False),
        ("postscreen_dnsbl_sites = zen.spamhaus.org\npostscreen_dnsbl_action = enforce\n", True),
        ("postscreen_greet_action = drop\n", True),
        ("postscreen_bare_newline_enable = yes\n", True),
    ],
)
def test_postscreen_hides_traps_where_it_acts(mail: Configuration, main: str, hides: bool) -> None:
    mail.write(main, master="smtp inet n - n - 1 postscreen\nsmtpd pass - - n - - smtpd\n")
    found = mail.looked()["in front of the milter"]
    assert (found.state, "postscreen" in found.seen) == (("warning", True) if hides else ("ok", False))


def test_a_submission_service_whose_users_are_asked_about_is_told(mail: Configuration) -> None:
    mail.write(master=MASTER.replace("  -o milter_macro_daemon_name=ORIGINATING\n", ""))
    found = mail.looked()["submission"]
    assert (found.state, "submission are looked up" in found.seen) == ("warning", True)
    assert "-o milter_macro_daemon_name=ORIGINATING" in found.hint


def test_traps_as_config_postfix_has_them_reach_the_fallback(mail: Configuration, tmp_path: Path) -> None:
    traps = tmp_path / "traps"
    traps.write_text("hidden1@mx.example web page\n", encoding="utf-8")
    main = "mydestination = mx.example\nvirtual_alias_maps = inline:{ hidden1@mx.example=trap@trapline.invalid }\n"
    service = "trapline unix - n n - - virtual\n"
    transport = "transport_maps = inline:{ trapline.invalid=trapline: }\n"
    for text, master, state in (
        (main + transport, MASTER + service, "ok"),
        (main, MASTER + service, "failed"),
        (main + transport, MASTER, "failed"),
    ):
        mail.write(text, master)
        found = mail.looked(files=[str(traps)])
        assert found["Postfix's recipients"].state == "ok"
        assert found["delivery to the fallback"].state == state
        assert found["delivery to the fallback"].hint or state == "ok"


def test_a_fallback_that_does_not_say_whom_its_mail_was_for_is_told(mail: Configuration, tmp_path: Path) -> None:
    traps = tmp_path / "traps"
    traps.write_text("hidden1@mx.example web page\n", encoding="utf-8")
    mail.write(
        "mydestination = mx.example\nvirtual_alias_maps = inline:{ hidden1@mx.example=trap@trapline.invalid }\n"
        "transport_maps = inline:{ trapline.invalid=trapline: }\nenable_original_recipient = no\n",
        MASTER + "trapline unix - n n - - virtual\n",
    )
    found = mail.looked(files=[str(traps)])["delivery to the fallback"]
    assert (found.state, "enable_original_recipient" in found.hint) == ("warning", True), found


@pytest.mark.parametrize(
    ("postfix_has", "ours", "state"),
    [("", "", "ok"), ("+", "+", "ok"), ("", "+", "ok"), ("+", "", "warning"), ("+-", "-", "warning")],
)
def test_a_trap_with_an_extension_is_one_for_both_or_for_neither(
    mail: Configuration, tmp_path: Path, postfix_has: str, ours: str, state: str
) -> None:
    traps = tmp_path / "traps"
    traps.write_text("hidden1@mx.example web page\n", encoding="utf-8")
    mail.write(f"mydestination = mx.example\nlocal_recipient_maps =\nrecipient_delimiter = {postfix_has}\n")
    found = mail.looked(files=[str(traps)], recipient_delimiter=ours)["extensions of traps"]
    assert found.state == state
    if state == "warning":
        assert "mail to TRAP+x@ is not caught" in found.seen
        assert f'recipient_delimiter = "{postfix_has}" below [traps]' in found.hint


@pytest.mark.parametrize(
    ("ours", "alias", "hint"),
    [
        (("mx.example",), "hidden1", 'local_domains = ["mx.example", "localhost"] below [traps]'),
        (("mx.example", "localhost"), "hidden1@mx.example", '"NAME  trap@trapline.invalid" in /etc/postfix/trapline'),
        (("mx.example", "localhost"), "hidden1", ""),
    ],
)
def test_a_trap_among_local_users_has_to_be_known_as_they_are(
    mail: Configuration, tmp_path: Path, ours: tuple[str, ...], alias: str, hint: str
) -> None:
    traps = tmp_path / "traps"
    traps.write_text("hidden1@mx.example web page\n", encoding="utf-8")
    mail.write(
        f"mydestination = mx.example, localhost\nvirtual_alias_maps = inline:{{ {alias}=trap@trapline.invalid }}\n"
        "local_recipient_maps = inline:{ anna=x }\ntransport_maps = inline:{ trapline.invalid=trapline: }\n",
        MASTER + "trapline unix - n n - - virtual\n",
    )
    every = mail.looked(files=[str(traps)], local_domains=list(ours))
    found = every["traps among local users"]
    assert (found.state, hint in found.hint) == ("warning" if hint else "ok", True), found
    assert "hidden1" not in f"{found.seen}{found.hint}"
    assert every["delivery to the fallback"].state == "ok"


def test_a_trap_that_only_a_catch_all_knows_does_not_reach_the_fallback(mail: Configuration, tmp_path: Path) -> None:
    traps = tmp_path / "traps"
    traps.write_text("hidden1@mx.example web page\nhidden2@mx.example shop\n", encoding="utf-8")
    mail.write(
        "mydestination =\nvirtual_alias_domains = mx.example\ntransport_maps = inline:{ trapline.invalid=trapline: }\n"
        "virtual_alias_maps = inline:{ hidden1@mx.example=trap@trapline.invalid, @mx.example=anna@other.example }\n",
        MASTER + "trapline unix - n n - - virtual\n",
    )
    found = mail.looked(files=[str(traps)])
    assert found["Postfix's recipients"].state == "ok"
    assert found["delivery to the fallback"].state == "warning"
    assert '1 trap is not an alias of trap@trapline.invalid, labelled "shop"' in found["delivery to the fallback"].seen
    assert "postmap /etc/postfix/trapline" in found["delivery to the fallback"].hint


def test_a_map_that_is_not_there_fails_with_postfixs_own_words(mail: Configuration, tmp_path: Path) -> None:
    traps = tmp_path / "traps"
    traps.write_text("hidden1@mx.example web page\n", encoding="utf-8")
    mail.write("virtual_alias_maps = hash:/nowhere/trapline\n")
    found = mail.looked(files=[str(traps)])["Postfix's recipients"]
    assert (found.state, "open database /nowhere/trapline.db" in found.seen) == ("failed", True)
    assert "postmap" in found.hint
