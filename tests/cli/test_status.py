"""`trapline status` tells how mail, queue, submissions and traps stand."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from tests.reporter.caught import CLIENT, LABEL, MESSAGE, TRAP, Clock, Place, RealClock, campaign, trap
from tests.servers.portal import Answer, Portal
from tests.servers.rbldnsd import Rbldnsd
from tests.servers.ripe_stat import Record, RipeStat, group
from tests.servers.trapline_process import Run, run
from trapline.dnsbl.findings import Listed
from trapline.spool.envelope import Client


def command(place: Place, *arguments: str, environ: Mapping[str, str] | None = None) -> Run:
    config = place.folder / "trapline.toml"
    config.write_text(
        f'[store]\nurl = "{place.url}"\n[spool]\ndirectory = "{place.folder}/spool"\n'
        f'[traps]\nfiles = ["{place.folder}/traps"]\nfallback = "{place.folder}/fallback"\n',
        encoding="utf-8",
    )
    return run("status", *arguments, config=config, environ=environ)


def status(place: Place) -> Any:
    done = command(place, "--json")
    assert done.code == 0, done.output
    return json.loads(done.stdout)


def review(place: Place) -> None:
    """A run in which the portal is asked what it made of the submissions."""
    place.options["spamhaus"] = {"review_minutes": 0.000001}
    assert place.once() == 0


@pytest.fixture
def place(tmp_path: Path, portal: Portal) -> Place:
    return Place(tmp_path, portal.url, clock=RealClock())  # the command has no other clock


def test_spool_and_fallback_are_counted(place: Place) -> None:
    place.catch()
    (place.folder / "spool" / "new" / "broken").write_bytes(b"no envelope\n")
    place.once(None)
    place.catch()
    place.fall_back()
    spool, fallback = status(place)["folders"]
    assert (spool["name"], spool["waiting"], spool["kept"], spool["failed"]) == ("spool", 1, 1, 1)
    assert (fallback["name"], fallback["waiting"], fallback["kept"], fallback["failed"]) == ("fallback", 1, 0, 0)


def test_what_is_tried_again_waits_since_then(place: Place) -> None:
    broken = place.folder / "spool" / "new" / "0.broken"
    broken.write_bytes(b"no envelope\n")
    os.utime(broken, (0, 0))
    place.once(None)
    (failed,) = place.spool.failed.new()
    place.spool.retry(failed)
    (spool,) = (folder for folder in status(place)["folders"] if folder["name"] == "spool")
    assert spool["waiting"] == 1
    assert 0 <= spool["waiting_seconds"] < 60


def test_each_type_has_what_became_of_it(place: Place, portal: Portal) -> None:
    place.catch()
    portal.script(Answer(400), Answer(208, body=b'{"status": 208}'))
    place.once()
    place.catch(MESSAGE.replace(b"landing", b"other"), client="11.0.0.77")
    place.once()
    portal.review("11.0.0.77", ["SBL"])
    portal.review("other-pills.com", [])
    review(place)
    found = {one.pop("kind"): one for one in status(place)["kinds"]}
    nothing = dict.fromkeys(("submitted", "listed", "checked", "pending", "known", "refused"), 0)
    assert found["ip"] == nothing | {"submitted": 1, "listed": 1, "refused": 1}
    assert found["email"] == nothing | {"known": 1}  # the sample leaves second
    assert found["domain"] == nothing | {"submitted": 2, "checked": 1, "pending": 1}
    assert found["url"] == nothing | {"submitted": 2, "pending": 2}
    portals = status(place)["portal"]
    assert (portals["total"], portals["matched"]) == (len(portal.accepted()), 1)


def test_the_queue_and_what_holds_it_up_are_told(place: Place, portal: Portal) -> None:
    place.catch()
    portal.script(Answer.slow_down("600"))
    place.once()
    queue = status(place)["queue"]
    assert (queue["queued"], queue["waiting"], queue["sent_in_24_hours"]) == (3, 1, 1)
    until = datetime.fromisoformat(queue["paused_until"])
    assert timedelta(minutes=9) < until - datetime.now(UTC) <= timedelta(minutes=10)
    assert f"sending is paused until {until:%Y-%m-%d %H:%M} UTC" in command(place).stdout


def test_a_token_that_is_refused_is_told_until_something_was_sent(place: Place, portal: Portal) -> None:
    place.catch()
    place.once("wrong")
    assert "The last try failed: the Submission Portal refuses the token (HTTP 401" in command(place).stdout
    assert "refuses the token" in status(place)["queue"]["trouble"]
    place.once()
    assert status(place)["queue"]["trouble"] is None
    assert len(portal.accepted()) == 4


def test_why_nothing_is_submitted_is_told(place: Place) -> None:
    token = {"TRAPLINE_SPAMHAUS__TOKEN": "t"}
    place.once(None)
    assert "there is no token" in status(place)["submitting_off"]
    assert "Nothing is submitted: there is no token" in command(place).stdout
    assert "Nothing is submitted" not in command(place, environ=token).stdout
    dry = command(place, environ=token | {"TRAPLINE_SPAMHAUS__DRY_RUN": "true"}).stdout
    assert "Nothing is submitted: spamhaus.dry_run is set." in dry


def test_traps_are_told_by_label_the_most_hit_first_and_networks_too(place: Place) -> None:
    guessed = trap("info@trap-mx.com", "guessed [bold]names", "typo")
    place.catch(client="11.0.0.77", recipients=(guessed,))
    place.catch(recipients=(trap(), guessed))
    place.catch(recipients=(trap(), trap("second@trap-mx.com")))
    place.catch(client="2001:4860::7", recipients=(trap(),))
    place.once(None)
    found = status(place)
    assert [(one["label"], one["kind"], one["hits"]) for one in found["traps"]] == [
        (LABEL, "pristine", 3),
        ("guessed [bold]names", "typo", 2),
    ]
    assert [(one["network"], one["hits"], one["clients"]) for one in found["networks"]] == [
        ("11.0.0.0/24", 3, 2),
        ("2001:4860::/64", 1, 1),
    ]
    done = command(place)
    assert "guessed [bold]names" in done.stdout
    assert TRAP not in done.output + json.dumps(found)


def test_a_trap_that_innocent_senders_hit_is_named_as_burnt_or_planted(place: Place) -> None:
    for number in range(3):
        place.catch(campaign(number), mail_from="")
        place.catch(campaign(number + 3), recipients=(trap(label="forum"),))
    place.catch(campaign(6), recipients=(trap(), trap("second@trap-mx.com", "forum")))
    place.catch(campaign(7), client=Client(address=ip_address(CLIENT), name="mout.gmx.net"))
    place.once(None)
    found = {one["label"]: one for one in status(place)["traps"]}
    assert (found[LABEL]["hits"], found[LABEL]["spared"], found[LABEL]["burnt"]) == (5, 4, True)
    assert (found["forum"]["hits"], found["forum"]["spared"], found["forum"]["burnt"]) == (4, 0, False)
    done = command(place)
    assert f'Burnt or planted: "{LABEL}" (4 of 5).' in done.stdout
    assert TRAP not in done.output


def test_our_lead_is_told_by_kind(place: Place, portal: Portal) -> None:
    """The domain is listed an hour after our report, the URL as the portal says; the address was listed before."""
    with Rbldnsd() as dns:
        place.options["dqs"] = {"nameservers": [dns.nameserver]}
        hour_ago = Clock(datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1))
        place.clock = hour_ago
        place.catch(client="11.0.0.3", listings=(Listed("zen", "11.0.0.3", ("127.0.0.3",)),))
        place.once(dqs_key=dns.key)
        dns.add("dbl", "landing-pills.com", "127.0.1.2")
        portal.review("http://landing-pills.com/now", ["DBL"], hour_ago.now + timedelta(minutes=30))
        hour_ago.move(hours=1)
        place.options["spamhaus"] = {"review_minutes": 30}
        assert place.once(dqs_key=dns.key) == 0
    found = {one.pop("kind"): one for one in status(place)["lead"]}
    assert found["ip"] == {"new": 0, "listed": 0, "share": None, "median_seconds": None, "already": 1}
    assert found["domain"] == {"new": 1, "listed": 1, "share": 1.0, "median_seconds": 3600.0, "already": 0}
    assert found["url"] == {"new": 1, "listed": 1, "share": 1.0, "median_seconds": 1800.0, "already": 0}
    lines = [" ".join(line.split()) for line in command(place).stdout.splitlines()]
    assert "domain 1 1 100% 60 min 0" in lines
    assert "ip 0 0 1" in lines


def test_our_own_lookups_are_told_and_that_there_are_none(place: Place) -> None:
    with Rbldnsd() as dns:
        place.options["dqs"] = {"nameservers": [dns.nameserver]}
        place.catch()
        place.once(dqs_key=dns.key)
    found = status(place)
    assert found["lookups"] == {"followed": 2, "due": 0, "questions_today": 2 + 2 * 2}  # and two tests of each zone
    assert "there is no DQS key" in found["lookups_off"]
    assert "What we report is not looked up in the DQS zones: there is no DQS key" in command(place).stdout
    with_key = command(place, environ={"TRAPLINE_DQS__KEY": dns.key})
    line = "Our own lookups in the DQS zones: 2 submissions are followed, 0 due; 6 of 5000 questions were used today."
    assert line in with_key.stdout
    assert dns.key not in with_key.output
    off = command(place, environ={"TRAPLINE_REPORTER__FOLLOW_LISTINGS": "false"})
    assert "reporter.follow_listings is off" in off.stdout


def test_a_network_has_the_name_that_ripe_stat_told(place: Place) -> None:
    with RipeStat() as ripe_stat:
        place.options["ripe_stat"] = {"api": ripe_stat.url}
        ripe_stat.knows(CLIENT)
        place.catch()
        place.once()
    (network,) = status(place)["networks"]
    assert network["network"] == "11.0.0.0/24"
    assert network["whose"] == "PILLS-NET (Pills Hosting), AS64500, NL"
    assert network["whose"] in command(place).stdout


def test_a_network_does_not_have_the_name_of_a_part_of_it(place: Place) -> None:
    """Its other clients are somebody else's."""
    with RipeStat() as ripe_stat:
        place.options["ripe_stat"] = {"api": ripe_stat.url}
        ripe_stat.known["11.0.0.3"] = Record([group(("inetnum", "11.0.0.0 - 11.0.0.15"), ("netname", "SHOP-NET"))])
        place.catch(client="11.0.0.3")
        place.catch(client="11.0.0.200")
        place.once()
    (network,) = status(place)["networks"]
    assert (network["network"], network["clients"], network["whose"]) == ("11.0.0.0/24", 2, None)


@pytest.mark.parametrize("columns", ["40", "60", "80"])
def test_a_narrow_terminal_cuts_no_number_off(place: Place, columns: str) -> None:
    place.catch()
    place.once()
    words = command(place, environ={"COLUMNS": columns}).stdout.replace("\n", " ").split()
    for word in ("submitted", "pending", "refused", "11.0.0.0/24", "domain", "email"):
        assert word in words, columns


def test_what_is_older_than_30_days_is_not_counted(place: Place) -> None:
    place.catch(received=datetime.now(UTC) - timedelta(days=31))
    place.once(None)
    found = status(place)
    assert (found["messages"], found["traps"], found["networks"]) == (0, [], [])


def test_the_tables_tell_the_same(place: Place, portal: Portal) -> None:
    place.catch()
    place.once()
    assert "The portal has not been asked yet" in command(place).stdout
    portal.review(CLIENT, ["SBL"])
    review(place)
    lines = [" ".join(line.split()) for line in command(place).stdout.splitlines()]
    assert "ip 1 1 0 0 0 0" in lines
    assert any(line.startswith("The portal counts 1 of 4 as matched") for line in lines)
    assert any(line.startswith(f"{LABEL} pristine 1 ") for line in lines)
    assert any(line.startswith("spool 0 1 0 ") for line in lines)


def test_a_store_with_nothing_in_it_has_zeros(place: Place) -> None:
    place.once(None)
    found = status(place)
    assert (found["messages"], found["portal"], found["traps"], found["networks"]) == (0, None, [], [])
    nothing = {"queued": 0, "waiting": 0, "paused_until": None, "sent_in_24_hours": 0, "trouble": None}
    assert found["queue"] == nothing
    assert {tuple(one.values())[1:] for one in found["kinds"]} == {(0,) * 6}
    assert {tuple(one.values())[1:] for one in found["lead"]} == {(0, 0, None, None, 0)}
    assert "Our lead" not in command(place).stdout


def test_where_nothing_is_there_yet_it_says_so_and_makes_no_store(tmp_path: Path) -> None:
    config = tmp_path / "trapline.toml"
    config.write_text(
        f'[store]\nurl = "sqlite:///{tmp_path}/trapline.db"\n[spool]\ndirectory = "{tmp_path}/none"\n', encoding="utf-8"
    )
    done = run("status", config=config)
    assert done.code == 0
    assert "cannot read the spool" in " ".join(done.stdout.split())
    assert "there is no store" in done.stdout
    found = json.loads(run("status", "--json", config=config).stdout)
    assert (found["queue"], found["portal"], found["folders"][0]["waiting"]) == (None, None, None)
    assert not (tmp_path / "trapline.db").exists()


def test_where_there_is_no_token_it_is_said(place: Place) -> None:
    place.catch()
    place.once(None)
    said = f"Nothing is submitted: there is no token ({place.folder}/token).\n"
    environ = {"TRAPLINE_SPAMHAUS__TOKEN_FILE": f"{place.folder}/token"}
    (place.folder / "token").touch(mode=0o600)
    assert said in command(place, environ=environ).stdout
    (place.folder / "token").write_text("secret\n", encoding="utf-8")
    assert "Nothing is submitted" not in command(place, environ=environ).stdout
