"""The configuration: one file, the environment over it, and an error that names file, key and value."""

import re
from pathlib import Path

import pytest

from tests.config.closed import somebody_else
from trapline.config.errors import ConfigError
from trapline.config.load import load
from trapline.config.settings import Settings
from trapline.config.values import InetListen, LoopbackListen, Nameserver, UnixListen


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "trapline.toml"


def loaded(file: Path, text: str, **environ: str) -> Settings:
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return load(file, environ)


def refused(file: Path, text: str, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(file, text, **environ)
    assert caught.value.exit_code == 78
    return str(caught.value)


def test_an_empty_file_gives_the_defaults_of_the_design(file: Path) -> None:
    settings = loaded(file, "")
    assert settings.milter.listen == UnixListen(Path("/var/spool/postfix/trapline/milter.sock"))
    assert settings.dqs.zen.codes == {2, 3, 4, 9, 10, 11, 30}
    assert settings.dqs.zrd.action == "tempfail"
    assert not settings.dqs.authbl.enabled
    assert settings.spamhaus.per_minute == 15


def test_a_value_given_replaces_the_default_lists_too(file: Path) -> None:
    settings = loaded(
        file, '[milter.exempt]\nnetworks = ["11.0.0.0/8"]\n[dqs]\nnameservers = ["127.0.0.1:5353", "[::1]:54"]'
    )
    assert [str(network) for network in settings.milter.exempt.networks] == ["11.0.0.0/8"]
    assert settings.dqs.nameservers == (Nameserver("127.0.0.1", 5353), Nameserver("::1", 54))


def test_a_network_of_mapped_addresses_is_the_ipv4_network(file: Path) -> None:
    """As the log of a Postfix with `inet_protocols = ipv6` has them; the milter takes its clients for IPv4's."""
    text = '[milter.allow]\naddresses = ["::ffff:11.0.0.2", "::ffff:11.0.1.0/120", "::fffe:0:0/95", "2a00::/96"]'
    networks = loaded(file, text).milter.allow.addresses
    assert [str(network) for network in networks] == ["11.0.0.2/32", "11.0.1.0/24", "::fffe:0:0/95", "2a00::/96"]


def test_so_is_a_network_behind_a_translator(file: Path) -> None:
    text = '[milter.allow]\naddresses = ["64:ff9b::b00:2", "64:ff9b::b00:100/120", "64:ff9b::/64"]'
    networks = loaded(file, text).milter.allow.addresses
    assert [str(network) for network in networks] == ["11.0.0.2/32", "11.0.1.0/24", "64:ff9b::/64"]


def test_a_zone_keeps_its_own_defaults_for_what_is_not_given(file: Path) -> None:
    zrd = loaded(file, "[dqs.zrd]\nenabled = false").dqs.zrd
    assert not zrd.enabled
    assert zrd.action == "tempfail"
    assert zrd.codes == set(range(2, 25))


def test_codes_are_octets_and_ranges(file: Path) -> None:
    assert loaded(file, '[dqs.dbl]\ncodes = [2, "4-6"]').dqs.dbl.codes == {2, 4, 5, 6}


def test_metrics_are_off_or_on_a_loopback_port(file: Path) -> None:
    assert loaded(file, "").milter.metrics is loaded(file, '[milter]\nmetrics = ""').milter.metrics is None
    assert loaded(file, '[milter]\nmetrics = "127.0.0.1:9339"').milter.metrics == LoopbackListen("127.0.0.1", 9339)
    assert loaded(file, "", TRAPLINE_MILTER__METRICS="[::1]:9339").milter.metrics == LoopbackListen("::1", 9339)
    mapped = '[milter]\nmetrics = "[::ffff:127.0.0.1]:9339"'
    assert loaded(file, mapped).milter.metrics == LoopbackListen("127.0.0.1", 9339)


def test_of_a_wrong_value_that_is_very_long_the_beginning_is_shown(file: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(file, f'[milter]\nlisten = "{"x" * 100_000}"')
    assert "'xxx" in str(caught.value)
    assert len(str(caught.value)) < 400


def test_the_environment_stands_over_the_file(file: Path) -> None:
    settings = loaded(
        file,
        '[dqs]\nmode = "enforce"',
        TRAPLINE_DQS__MODE="shadow",
        TRAPLINE_MILTER__LISTEN="inet:11339@127.0.0.1",
        TRAPLINE_MILTER__WORKERS="2",
        TRAPLINE_MILTER__EXEMPT__AUTHENTICATED="false",
        TRAPLINE_MILTER__EXEMPT__NETWORKS="11.0.0.0/8, ::1",
        TRAPLINE_DQS__ZEN__CODES='[2, "3-4"]',
        TRAPLINE_DQS__KEY="123456",
    )
    assert settings.dqs.mode == "shadow"
    assert settings.milter.listen == InetListen(11339, "127.0.0.1")
    assert settings.milter.workers == 2
    assert not settings.milter.exempt.authenticated
    assert len(settings.milter.exempt.networks) == 2
    assert settings.dqs.zen.codes == {2, 3, 4}
    assert settings.dqs.key is not None
    assert settings.dqs.key.get_secret_value() == "123456"


@pytest.mark.parametrize(("given", "mode"), [("0660", 0o660), ("600", 0o600), ("0777", 0o777)])
def test_the_sockets_mode_is_octal_in_the_environment_as_in_the_file(file: Path, given: str, mode: int) -> None:
    assert loaded(file, f'milter.socket_mode = "{given}"').milter.socket_mode == mode
    assert loaded(file, "", TRAPLINE_MILTER__SOCKET_MODE=given).milter.socket_mode == mode


def test_a_number_of_tomls_own_octal_form_is_a_mode(file: Path) -> None:
    assert loaded(file, "milter.socket_mode = 0o660").milter.socket_mode == 0o660


def test_what_may_begin_as_json_does_can_stand_alone_in_a_variable(file: Path) -> None:
    settings = loaded(file, "", TRAPLINE_DQS__NAMESERVERS="[::1]:5353, 127.0.0.1")
    assert settings.dqs.nameservers == (Nameserver("::1", 5353), Nameserver("127.0.0.1", 53))


def test_a_table_of_values_is_written_as_json_in_a_variable(file: Path) -> None:
    assert loaded(file, "", TRAPLINE_BLOCKLIST__CODES='{"shop page": 5}').blocklist.codes == {"shop page": 5}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[milter]\nlissten = 1", ["milter.lissten", "no such setting"]),
        ("[mliter]\nworkers = 1", ["mliter", "no such setting"]),
        ('[milter]\nworkers = "2"', ["milter.workers", "'2'", "whole number"]),
        ("[milter]\nworkers = 0", ["milter.workers", "= 0"]),
        ("[milter]\nworkers = true", ["milter.workers", "whole number"]),
        ('[milter]\ndeadline_seconds = "soon"', ["milter.deadline_seconds", "'soon'", "number"]),
        ('[milter]\nmetrics = "0.0.0.0:9339"', ["milter.metrics", "'0.0.0.0:9339'", "loopback", "whoever can reach"]),
        ('[milter]\nmetrics = "11.0.0.1:9339"', ["milter.metrics", "loopback"]),
        ('[milter]\nmetrics = "localhost:9339"', ["milter.metrics", "loopback address with a port"]),
        ('[milter]\nmetrics = "127.0.0.1"', ["milter.metrics", "loopback address with a port"]),
        ('[milter]\nmetrics = "127.0.0.1:0"', ["milter.metrics", "port"]),
        ("[milter]\nmetrics = 9339", ["milter.metrics", "text"]),
        ('[milter]\nlisten = "tcp:25"', ["milter.listen", "'tcp:25'", "unix:"]),
        (f'[milter]\nlisten = "unix:/{"x" * 107}"', ["milter.listen", "107 octets at most"]),
        ("[milter]\nsocket_mode = 660", ["milter.socket_mode", "= 660", "in quotes"]),
        ("[milter]\nsocket_mode = true", ["milter.socket_mode", "in quotes"]),
        ('[milter.exempt]\nnetworks = ["10.0.0.1/8"]', ["milter.exempt.networks[0]", "host bits"]),
        ('[dqs]\nnameservers = ["ns.pills.com"]', ["dqs.nameservers[0]", "IP address"]),
        ("[dqs]\nnameservers = []", ["dqs.nameservers"]),
        ('[dqs.zen]\naction = "drop"', ["dqs.zen.action", "'drop'", "reject"]),
        ('[dqs.zen]\ncodes = ["9-2"]', ["dqs.zen.codes", "low to high"]),
        ("[dqs.zen]\ncodes = [255]", ["dqs.zen.codes"]),
        ('[spamhaus]\napi = "http://submit.pills.com"', ["spamhaus.api", "plain http"]),
        ('[spamhaus]\napi = "http://127.pills.com"', ["spamhaus.api", "plain http"]),
        ('[spamhaus]\napi = "https://submit.pills.com:99999"', ["spamhaus.api", "expected a URL such as"]),
        ('[ripe_stat]\napi = "https://stat.pills.com:https"', ["ripe_stat.api", "expected a URL such as"]),
        ('[ripe_stat]\napi = "https://[::1/data"', ["ripe_stat.api", "expected a URL such as"]),
        ('[spamhaus]\napi = "https://submit.pills.com/?a=b"', ["spamhaus.api", "without user, query or fragment"]),
        ('[spool]\ndirectory = "spool"', ["spool.directory", "absolute"]),
        ('[spool]\ndirectory = "/"', ["spool.directory", "below /"]),
        ('[spool]\ndirectory = "/var/\\u0000"', ["spool.directory", "absolute path"]),
        ('[spool]\ndirectory = "/var/mail/trapline"', ["spool.directory and traps.fallback", "same folder"]),
        ('[ours]\ndomains = ["not a domain"]', ["ours.domains[0]", "'not a domain'"]),
        ('[reporter.lists]\nesp = ["a b"]', ["reporter.lists.esp[0]", "'a b'", "expected a domain name"]),
        ('[reporter.lists]\nesp = ["com"]', ["reporter.lists.esp[0]", "'com'", "top-level"]),
        ('[reporter.lists]\nbanks = ["x.com"]', ["reporter.lists.banks", "no such setting"]),
        ('[reporter]\nauthentication = "dns"', ["reporter.authentication", "'self'"]),
        (
            '[milter.replies]\naddress = "{rcpt} is"',
            ["milter.replies.address", "'{rcpt} is'", "unknown placeholder", "{zone}"],
        ),
        ('[milter.replies]\naddress = "{object.x}"', ["milter.replies.address", "unknown placeholder"]),
        ('[milter.replies]\ndomain = "{object!r}"', ["milter.replies.domain", "unknown placeholder"]),
        ('[milter.replies]\ndomain = "{link:9999}"', ["milter.replies.domain", "unknown placeholder"]),
        ('[milter.replies]\ndomain = "{} {0}"', ["milter.replies.domain", "unknown placeholder"]),
        ('[milter.replies]\naddress = "no {object"', ["milter.replies.address", "stray brace"]),
        ('[milter.replies]\naddress = "no }"', ["milter.replies.address", "stray brace"]),
        ('[milter.replies]\naddress = "no\\r\\n250 yes"', ["milter.replies.address", "one line"]),
        ('[milter.replies]\naddress = "leider nicht, schöner Spam"', ["milter.replies.address", "ASCII"]),
        ('[milter.replies]\naddress = " "', ["milter.replies.address", "expected a text"]),
        ("[milter.replies]\naddress = 550", ["milter.replies.address", "= 550", "expected a text"]),
        ('[milter.replies]\ndomain = "{object} {object}"', ["milter.replies.domain", "too long: 507", "253", "500"]),
        (f'[milter.replies]\naddress = "{"x" * 501}"', ["milter.replies.address", "too long: 501"]),
        ("milter = 3", ["milter", "table"]),
        ("[milter\n", ["TOML", "line 1"]),
    ],
)
def test_what_is_wrong_is_named_with_file_key_and_value(file: Path, text: str, parts: list[str]) -> None:
    message = refused(file, text)
    assert message.startswith(str(file))
    for part in parts:
        assert part in message


def test_a_reply_may_hold_braces_that_are_written_twice_and_its_object_more_than_once(file: Path) -> None:
    replies = loaded(file, '[milter.replies]\naddress = "{{{object}}} {object} {link} {zone}"').milter.replies
    assert replies.address.startswith("{{{object}}}")
    assert replies.domain.startswith("Service unavailable; domain {object}")


def test_a_reply_can_come_from_the_environment(file: Path) -> None:
    settings = loaded(file, "", TRAPLINE_MILTER__REPLIES__ADDRESS="[{object}], no: {link}")
    assert settings.milter.replies.address == "[{object}], no: {link}"


@pytest.mark.parametrize("value", ["shadow", "True", "“shadow”", "0660", "shadow mode"])
def test_a_value_that_is_no_toml_is_told_by_its_key_and_what_toml_would_have(file: Path, value: str) -> None:
    message = refused(file, f"[dqs]\n  mode = {value}  # my own\n")
    assert re.search(
        r"\(at line 2, column \d+\), which sets mode\. Write text in straight \"quotes\", true and", message
    )
    assert value not in message


@pytest.mark.parametrize("line", ["canary = shadow", "CANARY = shadow", "mode: canary", "canary==", "[canary"])
def test_of_a_line_that_is_no_toml_only_what_is_surely_a_key_is_shown(file: Path, line: str) -> None:
    assert ("canary" in refused(file, f"[dqs]\n{line}\n").lower()) == (line == "canary = shadow")


def test_a_file_may_begin_with_a_byte_order_mark(file: Path) -> None:
    """As the trap files may: some editors write one."""
    assert loaded(file, '\ufeff[dqs]\nmode = "shadow"\n').dqs.mode == "shadow"


@pytest.mark.parametrize("text", ["[mailboxes]\nname = 'anna'\n", "[mailboxes.anna]\nhost = 'imap.x.com'\n"])
def test_a_mailbox_is_one_of_several_tables(file: Path, text: str) -> None:
    assert refused(file, text) == f"{file}: mailboxes: write [[mailboxes]], with two brackets, once for each of them"


@pytest.mark.parametrize("text", ["[reporter]\n[reporter]\n", "[dqs]\nmode = 'shadow'\nmode = 'enforce'\n"])
def test_what_stands_there_twice_is_to_be_changed_where_it_stood_first(file: Path, text: str) -> None:
    assert refused(file, text).endswith("It is in the file already: change it there")


def test_all_errors_are_told_at_once(file: Path) -> None:
    assert len(refused(file, "[milter]\nworkers = 0\nnope = 1\n[spool]\ndirectory = 1").splitlines()) == 3


def test_so_are_those_of_file_and_environment_together(file: Path) -> None:
    environ = {"TRAPLINE_NOPE__X": "1", "TRAPLINE_DQS": "{}", "TRAPLINE_DQS__MODE": "off"}
    said = refused(file, "[milter]\nworkers = 0", **environ).splitlines()
    assert len(said) == 4
    assert all(any(name + ":" in line for line in said) for name in environ)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRAPLINE_MILTER__WORKERS", "many"),
        ("TRAPLINE_DQS__KYE", "x"),
        ("TRAPLINE_NOPE__X", "1"),
        ("TRAPLINE_DQS", "{}"),
        ("TRAPLINE_DQS__NAMESERVERS", "[127.0.0.1"),
        ("TRAPLINE_TRAPS__FILES", "[/etc/traps]"),
        ("TRAPLINE_BLOCKLIST__CODES", "{shop: 5}"),
        ("TRAPLINE_MILTER__SOCKET_MODE", "rw"),
    ],
)
def test_a_wrong_variable_is_named(file: Path, name: str, value: str) -> None:
    assert name in refused(file, "", **{name: value})


def test_what_can_not_stand_together_is_looked_for_in_the_file_and_in_the_tables_variables(file: Path) -> None:
    """No variable sets a whole table, and the wrong key may stand in either place."""
    told = refused(file, "[blocklist]\nfirst = '40d'", TRAPLINE_BLOCKLIST__ENABLED="true")
    assert told.startswith(f"{file} or environment variables TRAPLINE_BLOCKLIST__…: blocklist: first is longer than ")
    told = refused(file, "", TRAPLINE_BLOCKLIST__FIRST="40d")
    assert told.startswith("environment variables TRAPLINE_BLOCKLIST__…: blocklist: first is longer than ")


def test_of_a_variable_nobody_is_told_to_leave_out_quotes(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"= 'many': expected a whole number$"):
        loaded(file, "", TRAPLINE_SPOOL__KEEP_DAYS="many")
    with pytest.raises(ConfigError, match=r"= '7': expected a whole number, without quotes$"):
        loaded(file, 'spool.keep_days = "7"')


def test_no_error_shows_a_secret_nor_what_a_misspelt_key_holds(file: Path) -> None:
    assert "canary" not in refused(file, '[dqs]\nkey = ["canary"]')
    assert "canary" not in refused(file, '[dqs]\nkye = "canary"')
    assert "canary" not in refused(file, "", TRAPLINE_SPAMHAUS__TOCKEN="canary")


@pytest.mark.parametrize(
    "text",
    [
        '[dqs]\nkey_file = "canary"',
        '[spamhaus]\ntoken_file = "canary"',
        '[store]\nurl_file = "postgresql://trapline:canary@db/trapline"',
        '[filters.rspamd]\npassword_file = "canary"',
        '[[mailboxes]]\nname = "anna"\nhost = "h"\nuser = "a@mx.example"\nscan = {}\npassword_file = "canary"',
    ],
)
def test_a_secret_in_the_place_of_its_file_is_not_shown(file: Path, text: str) -> None:
    """A daemon's errors stand in the journal."""
    told = refused(file, text)
    assert "canary" not in told
    assert told.endswith("_file: expected an absolute path, below /")


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: cannot read"):
        load(tmp_path / "absent.toml", {})
    with pytest.raises(ConfigError, match=r"absent\.toml: cannot read"):
        load(None, {"TRAPLINE_CONFIG": str(tmp_path / "absent.toml")})


def test_the_settings_can_not_be_changed(file: Path) -> None:
    settings = loaded(file, "")
    with pytest.raises(ValueError, match="frozen"):
        settings.milter.workers = 2


def test_a_zones_test_points_are_its_own_and_may_be_none(file: Path) -> None:
    dqs = loaded(file, '[dqs.zen]\ntest_listed = "127.0.0.4"\n[dqs.dbl]\ntest_unlisted = ""').dqs
    assert (dqs.zen.test_listed, dqs.zen.test_unlisted) == ("127.0.0.4", "127.0.0.1")
    assert (dqs.dbl.test_listed, dqs.dbl.test_unlisted) == ("dbltest.com", "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[dqs.zen]\ntest_listed = "dbltest.com"', 'zen.test_listed = "dbltest.com": expected an IP address'),
        ('[dqs.zrd]\ntest_unlisted = "127.0.0.1"', 'zrd.test_unlisted = "127.0.0.1": expected a domain name'),
        ('[dqs.zen]\ntest_listed = "a b"', "dqs.zen.test_listed"),
    ],
)
def test_a_test_point_must_fit_its_zone(file: Path, text: str, why: str) -> None:
    assert why in refused(file, text)


def test_a_default_file_out_of_reach_is_an_error_that_says_who_can_read_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trapline.config.load.DEFAULT_CONFIG", file)
    with somebody_else(file.parent), pytest.raises(ConfigError) as caught:
        load(None, {})
    told = str(caught.value)
    assert told.startswith(
        f"{file}: cannot read the configuration: Permission denied: run this as root, or let a daemon"
    )
    assert load(None, {}) == Settings(), "a missing one is no error"
