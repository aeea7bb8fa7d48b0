import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.reporter.caught import CLIENT, LABEL, MESSAGE, NOON, TRAP, Place, an_envelope, campaign, trap
from tests.servers.portal import Portal
from trapline.dnsbl.findings import Listed
from trapline.reporter import planning
from trapline.reporter.indicators import Indicator, Judged, Report
from trapline.reporter.judge import Judgement, judge
from trapline.reporter.storage.store import Store, StoreError
from trapline.spool import block
from trapline.spool.envelope import Client, Recipient
from trapline.spool.maildir import Maildir, SpoolError


def names(folder: Path) -> list[str]:
    return [path.name for path in sorted(folder.iterdir())]


def decisions(place: Place, kind: str) -> list[tuple[str, str | None]]:
    return place.rows(f"SELECT decision, reason FROM decisions WHERE kind = '{kind}' ORDER BY id")  # noqa: S608 - a test's


def test_a_message_its_decisions_and_its_submissions_are_kept_and_the_file_is_filed_away(place: Place) -> None:
    caught = place.catch()
    place.once(None)
    assert place.rows("SELECT id, source, queue_id, subject, error FROM messages") == [
        (caught.id, "milter", caught.queue_id, "Cheap pills", None)
    ]
    assert ("report", None) in decisions(place, "ip")
    assert [kind for (kind,) in place.rows("SELECT kind FROM submissions ORDER BY id")] == [
        *("ip", "domain", "url", "email")
    ]
    assert names(place.folder / "spool" / "new") == []
    assert len(names(place.folder / "spool" / "cur")) == 1


def test_recipients_are_kept_by_label_and_kind_only(place: Place) -> None:
    place.catch()
    place.once(None)
    ((envelope,),) = place.rows("SELECT envelope FROM messages")
    assert json.loads(envelope)["recipients"] == [{"trap": True, "label": LABEL, "kind": "pristine"}]


def test_text_and_files_are_kept_but_no_address_in_a_files_name(place: Place) -> None:
    place.catch(f"Subject: x\nContent-Type: application/pdf; name=for-{TRAP}.pdf\n\n%PDF".encode())
    place.once(None)
    ((content,),) = place.rows("SELECT content FROM messages")
    (file,) = json.loads(content)["attachments"]
    assert file["size_bytes"] == 4
    assert TRAP not in file["name"]
    assert file["name"].endswith(".pdf")


def test_every_reported_decision_points_to_its_submission(place: Place) -> None:
    place.catch()
    place.once(None)
    assert place.rows("SELECT count(*) FROM decisions WHERE decision = 'report' AND submission_id IS NULL") == [(0,)]
    assert place.rows(
        "SELECT count(*) FROM decisions d JOIN submissions s ON s.id = d.submission_id WHERE d.kind <> s.kind"
    ) == [(0,)]


def test_what_was_submitted_within_24_hours_is_a_skip_that_points_to_that_submission(place: Place) -> None:
    place.catch()
    place.catch()
    place.once(None)
    first, second = place.rows("SELECT decision, reason, submission_id FROM decisions WHERE kind = 'ip' ORDER BY id")
    assert first == ("report", None, 1)
    assert second == ("skip", "submitted within 24 hours already (submission 1)", 1)


def test_the_window_in_which_an_indicator_is_submitted_once_can_be_set(place: Place) -> None:
    place.options["reporter"] = {"window_hours": 2.0}
    place.catch()
    place.once(None)
    place.clock.move(hours=1)
    place.catch()
    place.once(None)
    assert decisions(place, "ip")[1] == ("skip", "submitted within 2 hours already (submission 1)")


def test_the_same_text_again_is_one_sample_and_another_text_another(place: Place) -> None:
    place.catch()
    place.catch(client="11.0.0.67")
    place.catch(campaign(1))
    place.once(None)
    assert place.rows("SELECT count(*) FROM submissions WHERE kind = 'email'") == [(2,)]
    assert place.rows("SELECT count(*) FROM submissions WHERE kind = 'ip'") == [(2,)]


def emails(place: Place) -> list[str | None]:
    """Why each message's sample is not submitted; None where it is."""
    return [reason for _, reason in decisions(place, "email")]


SAME_CAMPAIGN = "a sample of this campaign was submitted within 24 hours already (submission 4)"


@pytest.mark.parametrize(
    "second",
    [
        campaign(1).replace(b"landing1", b"landing"),  # other words about the same domain
        MESSAGE.replace(b"landing", b"other").replace(b"now", b"now?u=8723"),  # the same words about another domain
    ],
)
def test_one_sample_of_a_campaign_is_sent_in_a_window(place: Place, second: bytes) -> None:
    for message in (MESSAGE, second):
        place.catch(message, client="11.0.0.70")
        place.once(None)
    assert emails(place) == [None, SAME_CAMPAIGN]
    place.clock.move(hours=25)
    place.catch(second)
    place.once(None)
    assert emails(place) == [None, SAME_CAMPAIGN, None]


def test_links_of_a_campaign_that_differ_only_in_a_recipients_token_count_once(place: Place) -> None:
    for number in range(3):
        place.catch(MESSAGE.replace(b"/now", b"/now?u=8fe21c%d" % number))
    place.catch(MESSAGE.replace(b"/now", b"/now?u=8fe21c7&page=2"))
    place.once(None)
    again = ("skip", "differs only in a recipient's token (submission 3)")
    assert decisions(place, "url") == [("report", None), again, again, ("report", None)]


def test_what_was_taken_in_while_the_clock_was_ahead_keeps_no_evidence_from_being_reported(
    place: Place, portal: Portal
) -> None:
    place.options["reporter"] = {"samples_per_day": 1}
    place.options["spamhaus"] = {"per_day": 4}
    linked = MESSAGE.replace(b"/now", b"/now?u=8fe21c1")
    place.clock.move(days=60)
    place.catch(linked)
    place.once()
    assert place.states() == dict.fromkeys(("ip", "domain", "url", "email"), "accepted")
    place.clock.move(days=-60)
    place.catch(linked.replace(b"8fe21c1", b"8fe21c2"))
    place.once()
    assert emails(place) == [None, None]
    assert decisions(place, "url") == [("report", None)] * 2
    assert {state for (state,) in place.rows("SELECT state FROM submissions")} == {"accepted", "known"}


def test_no_more_samples_leave_in_a_day_than_are_allowed(place: Place) -> None:
    place.options["reporter"] = {"samples_per_day": 2}
    for number in range(3):
        place.catch(campaign(number))
    place.once(None)
    assert emails(place) == [None, None, "2 samples in 24 hours already (reporter.samples_per_day)"]
    assert place.rows("SELECT count(*) FROM submissions WHERE kind = 'domain'") == [(3,)]


@pytest.mark.parametrize("kind", ["recycled", "typo"])
def test_who_writes_once_to_an_old_address_is_spared_and_who_goes_on_is_not(place: Place, kind: str) -> None:
    old = (trap(kind=kind),)
    first = f"{'a recycled or typo trap'}: only after a second, different message of this sender"
    place.catch(campaign(1), recipients=old)
    place.catch(campaign(1).replace(b"today", b"today, number 77"), recipients=old)  # the same one again
    place.catch(campaign(2), recipients=old, client="11.0.7.7", mail_from="else@where-from.com")  # From is the same
    place.catch(campaign(3).replace(b"pills-shop", b"third-shop"), recipients=old, client="11.0.7.8", mail_from="")
    place.once(None)
    assert emails(place)[:3] == [first, first, None]
    assert place.rows("SELECT kind FROM submissions") == [("email",)]


def test_a_request_for_confirmation_is_spared_and_what_comes_after_it_is_not(place: Place) -> None:
    place.catch(campaign(1).replace(b"today", b"today. Please confirm your subscription to our newsletter"))
    place.once(None)
    assert place.rows("SELECT count(*) FROM submissions") == [(0,)]
    assert decisions(place, "ip") == [
        ("skip", "reads like a subscription confirmation: only after a second, different message of this sender")
    ]
    place.catch(campaign(2))
    place.once(None)
    assert place.rows("SELECT count(*) FROM submissions") == [(4,)]


def test_no_sender_is_kept_by_name_among_the_contacts(place: Place) -> None:
    place.catch()
    place.once(None)
    kept = place.rows("SELECT sender FROM contacts")
    assert len(kept) == 3
    assert all(len(sender) == 64 for (sender,) in kept)


def test_an_envelope_that_was_seen_is_just_filed_away(place: Place) -> None:
    caught = an_envelope()
    for _ in range(2):
        place.spool.deliver([block.write(caught, "mx.trap-mx.com"), MESSAGE])
    place.once(None)
    assert place.rows("SELECT count(*) FROM messages") == [(1,)]
    assert len(names(place.folder / "spool" / "cur")) == 2
    assert place.said[-3] == "messages: 1 taken in, 0 failed, 1 known already"


def test_a_message_that_came_by_both_ways_is_one(place: Place) -> None:
    place.catch(queue_id="4bXBOTH")
    place.fall_back(queue_id="4bXBOTH")
    place.once(None)
    assert place.rows("SELECT source FROM messages") == [("milter",)]
    assert names(place.folder / "fallback" / "new") == []
    assert len(names(place.folder / "fallback" / "cur")) == 1


def test_several_files_of_one_message_in_the_fallback_are_one(place: Place) -> None:
    for number in range(3):
        place.fall_back(name=f"{number}.V1.mx", only="")
    place.once(None)
    assert place.rows("SELECT count(*) FROM messages") == [(1,)]


@pytest.mark.parametrize(
    "changes",
    [{"client": "from x (unknown [11.0.0.99])"}, {"sender": "other@pills-shop.com"}, {"queue_id": "4bXOTHER"}],
    ids=["client", "sender", "queue id"],
)
def test_another_client_sender_or_queue_id_is_another_message(place: Place, changes: dict[str, str]) -> None:
    place.catch(queue_id="4bXFALLBACK")
    place.fall_back(MESSAGE, **changes)
    place.once(None)
    assert place.rows("SELECT count(*) FROM messages") == [(2,)]


def test_a_queue_id_that_comes_again_after_a_day_is_another_message(place: Place) -> None:
    place.catch(queue_id="4bXFALLBACK", received=NOON.replace(day=19))
    place.fall_back()
    place.once(None)
    assert place.rows("SELECT count(*) FROM messages") == [(2,)]


def test_what_is_no_caught_message_goes_to_failed_with_its_reason_in_the_store(place: Place) -> None:
    path = place.spool.deliver([MESSAGE])
    assert place.once(None) == 1
    assert names(place.folder / "spool" / ".failed" / "new") == [path.name]
    ((file, reason),) = place.rows("SELECT file, reason FROM failed_files")
    assert file == path.name
    assert "no envelope" in reason
    assert place.said[-3] == "messages: 0 taken in, 1 failed"
    assert place.once(None) == 0


def test_one_bad_file_holds_nothing_up(place: Place) -> None:
    place.spool.deliver([b"junk"])
    place.catch()
    place.once(None)
    assert place.rows("SELECT count(*) FROM messages") == [(1,)]


def test_a_defect_of_ours_sets_one_message_aside_without_telling_its_text(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError(TRAP)

    place.catch()
    monkeypatch.setattr(planning, "prepare", broken)
    assert place.once(None) == 1
    ((reason,),) = place.rows("SELECT reason FROM failed_files")
    assert reason.startswith("a defect of trapline: ValueError at test_intake.py:")
    assert TRAP not in reason + "".join(place.said)


def test_a_time_that_no_rule_can_reckon_with_sets_one_message_aside_and_the_reporter_goes_on(place: Place) -> None:
    place.catch(received=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    place.catch(received=datetime(1, 1, 1, tzinfo=UTC))
    place.catch()
    assert place.once(None) == 1
    assert place.rows("SELECT count(*) FROM messages") == [(1,)]
    assert all(why.startswith("a defect of trapline: OverflowError at ") for (why,) in _failures(place))
    assert len(_failures(place)) == 2
    assert place.once(None) == 0


def _failures(place: Place) -> list[tuple[str]]:
    return place.rows("SELECT reason FROM failed_files")


def test_a_file_that_cannot_be_filed_away_is_not_taken_twice(place: Place) -> None:
    place.catch()
    cur = place.folder / "spool" / "cur"
    cur.rmdir()
    assert place.once(None) == 1
    cur.mkdir()
    assert place.once(None) == 0
    assert place.rows("SELECT count(*) FROM messages") == [(1,)]
    assert len(names(cur)) == 1


def test_a_store_that_fails_leaves_the_file_where_it_is(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.catch()
    place.once(None)  # makes the tables
    Maildir(place.folder / "spool").deliver([block.write(an_envelope(), "mx.trap-mx.com"), MESSAGE])
    store = Store.open(place.url)
    with store.writing() as db:
        db.exec_driver_sql("ALTER TABLE decisions RENAME TO gone")
    store.close()
    with pytest.raises(StoreError):
        place.once(None)
    assert len(names(place.folder / "spool" / "new")) == 1
    assert place.rows("SELECT count(*) FROM messages") == [(1,)]


def test_a_spool_that_is_not_there_is_an_error(place: Place) -> None:
    shutil.rmtree(place.folder / "spool")
    with pytest.raises(SpoolError, match="cannot read the spool"):
        place.once(None)


def test_a_spool_that_no_milter_has_used_yet_is_empty(place: Place) -> None:
    shutil.rmtree(place.folder / "spool")
    (place.folder / "spool").mkdir()
    assert place.once(None) == 0


@pytest.mark.parametrize(
    ("client", "who"),
    [
        (Client(address=ip_address(CLIENT), authenticated=True), "an authenticated client"),
        (Client(address=ip_address("192.168.7.8"), exempt=True), "an exempt client"),
        (Client(exempt=True), "this host"),
    ],
    ids=["authenticated", "exempt", "local"],
)
def test_a_trap_hit_by_one_of_our_own_is_kept_logged_loudly_by_label_and_never_reported(
    place: Place, caplog: pytest.LogCaptureFixture, client: Client, who: str
) -> None:
    place.catch(client=client)
    place.once(None)
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert who in record.getMessage()
    assert LABEL in record.getMessage()
    assert TRAP not in record.getMessage()
    assert place.rows("SELECT count(*) FROM messages") == [(1,)]
    assert place.rows("SELECT count(*) FROM submissions") == [(0,)]


def test_a_hit_that_was_refused_before_data_is_one_without_a_sample(place: Place) -> None:
    place.catch(b"", bodiless=True)
    place.once(None)
    assert place.states() == {"ip": "queued"}
    ((decision, reason),) = decisions(place, "email")
    assert decision == "skip"
    assert "refused before" in (reason or "")


def test_a_sample_that_cannot_be_made_is_a_skip_with_its_reason(place: Place) -> None:
    place.catch(b"X: " + b"y" * 200_000 + b"\n" + MESSAGE)
    place.once(None)
    assert decisions(place, "email") == [("skip", "no sample: its header alone is too large")]


def test_no_submission_holds_the_trap_or_its_label_wherever_the_sender_put_it(place: Place) -> None:
    local = TRAP.partition("@")[0]
    place.catch(
        MESSAGE.replace(b"landing-pills.com/now", f"landing-pills.com/now?u={TRAP}".encode()),
        helo=f"{local}.pills-shop.com",
        mail_from=f"bounce-{TRAP.replace('@', '=')}@pills-shop.com",
    )
    place.catch(MESSAGE, helo="x.com", client="11.0.0.67", recipients=(trap(label="x.com"),))
    place.once(None)
    rows = place.rows("SELECT value, object, reason FROM submissions")
    assert rows
    told = "\n".join("\n".join(row) for row in rows).lower()
    assert local not in told
    assert "trap-mx" not in told
    assert LABEL not in told
    reasons = [reason for _, _, reason in rows if "11.0.0.67" in reason]
    assert all("x.com" not in reason for reason in reasons)


@pytest.mark.parametrize("name", ["trap-mx.com", "mx.trap-mx.com.pills-shop.com", "hidden-canary7.pills-shop.com"])
def test_neither_reason_nor_link_tells_where_a_trap_is(place: Place, name: str) -> None:
    place.catch(MESSAGE + f"See http://{name}.pills-shop.com/a http://pills-two.com/?d={name}&x=1".encode(), helo=name)
    place.once(None)
    rows = place.rows("SELECT value, reason FROM submissions WHERE kind != 'email'")
    assert {"http://landing-pills.com/now", "http://pills-two.com/"} <= {value for value, _ in rows}
    assert "trap-mx" not in str(rows)
    assert "hidden-canary7" not in str(rows)


def judged_by(judgements: tuple[Judged, ...]) -> Callable[..., Judgement]:
    """A judge who forgets the rules that protect us."""
    return lambda message, envelope, context, _: replace(judge(message, envelope, context), judged=judgements)


def test_a_value_with_the_trap_in_it_is_not_submitted_whatever_was_decided(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = [f"http://pills.com/?u={TRAP}", f"http://pills.com/{TRAP.encode().hex()}", "http://boss@trap-mx.com/x"]
    judgements = tuple(Judged(Indicator("url", value, ("text",)), Report()) for value in values)
    monkeypatch.setattr(planning, "judge", judged_by(judgements))
    place.catch()
    place.once(None)
    assert decisions(place, "url") == [("skip", "an address of ours is in it")] * 3


def test_an_authenticated_clients_mail_is_not_submitted_whatever_was_decided(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "judge", judged_by((Judged(Indicator("ip", CLIENT, ("client",)), Report()),)))
    place.catch(client=Client(address=ip_address(CLIENT), authenticated=True))
    place.once(None)
    assert decisions(place, "ip") == [("skip", "sent by an authenticated or exempt client of ours")]


def test_without_any_traps_the_fallback_is_left_alone(place: Place) -> None:
    (place.folder / "traps").write_text("")
    place.fall_back()
    place.once(None)
    assert len(names(place.folder / "fallback" / "new")) == 1
    assert any("left alone: no traps are configured" in line for line in place.said)


def test_mail_for_somebody_who_is_no_trap_is_put_aside_and_not_reported(place: Place) -> None:
    place.fall_back(recipient="anna@trap-mx.com")
    assert place.once(None) == 1
    assert len(names(place.folder / "fallback" / ".failed" / "new")) == 1
    assert "anna" not in "".join(place.said)


def test_a_sender_who_writes_countless_links_does_not_use_up_the_budget(place: Place) -> None:
    links = b"".join(b"http://landing-pills%d.com/now\n" % number for number in range(200))
    place.catch(MESSAGE + links)
    place.once(None)
    counted = place.rows("SELECT kind, count(*) FROM submissions GROUP BY kind")
    assert dict(counted) == {"ip": 1, "domain": planning.MAX_OF_A_KIND, "url": planning.MAX_OF_A_KIND, "email": 1}
    assert ("skip", "more than 20 of its kind in one message") in decisions(place, "url")


def test_the_budget_of_a_day_is_spent_on_the_best_evidence_first(place: Place, portal: Portal) -> None:
    place.options["spamhaus"] = {"per_day": 3}
    place.catch(campaign(1), listings=(Listed("zen", CLIENT, ("127.0.0.2",)),))
    place.catch(campaign(2), client="11.0.0.77")
    place.once()
    assert [one.kind for one in portal.submissions] == ["ip", "email", "email"]
    assert portal.objects("ip") == ["11.0.0.77"]
    assert place.states()["url"] == "queued"


def test_a_client_that_writes_all_day_leaves_room_in_the_budget_for_the_others(place: Place, portal: Portal) -> None:
    place.options["spamhaus"] = {"per_day": 20}
    for number in range(8):
        place.catch(campaign(number), client="11.0.0.77")
    place.once(None)
    place.catch(campaign(9), client="11.0.0.78")
    place.once()
    assert "http://landing9-pills.com/now" in portal.objects("url")
    assert len(portal.submissions) == 20


def test_the_neighbours_in_a_64_of_ipv6_are_one_client_to_the_budget(place: Place, portal: Portal) -> None:
    place.options["spamhaus"] = {"per_day": 20}
    for number in range(8):
        place.catch(campaign(number), client=f"2a00:1098::{number}")
    place.once(None)
    place.catch(campaign(9), client="2a00:1098:0:1::1")
    place.once()
    assert "http://landing9-pills.com/now" in portal.objects("url")


def test_a_client_whose_share_is_used_up_has_it_again_a_day_later(place: Place) -> None:
    for hours in (0, 25):
        place.clock.move(hours=hours)
        for number in range(hours, hours + 12):
            place.catch(campaign(number))
        place.once(None)
    assert emails(place) == 2 * [*([None] * 10), *(["10 samples of this client in 24 hours already"] * 2)]


def test_the_samples_of_a_day_are_not_all_for_one_client(place: Place) -> None:
    place.options["reporter"] = {"samples_per_day": 13}
    for number in range(12):
        place.catch(campaign(number))
    place.once(None)
    place.catch(campaign(12), client="11.0.0.78")
    place.once(None)
    of_this_client = "10 samples of this client in 24 hours already"
    assert emails(place) == [*([None] * 10), of_this_client, of_this_client, None]


def test_what_also_went_to_people_leaves_behind_what_did_not(place: Place, portal: Portal) -> None:
    people = (trap(), Recipient(address="anna@trap-mx.com"))
    place.catch(campaign(1), recipients=people, client="11.0.0.77")
    place.catch(campaign(2), client="11.0.0.78")
    place.once()
    assert portal.objects("ip") == ["11.0.0.78", "11.0.0.77"]
    assert portal.objects("url") == ["http://landing2-pills.com/now", "http://landing1-pills.com/now"]


def test_a_fallback_that_is_not_there_counts_as_not_given(place: Place, portal: Portal) -> None:
    (place.folder / "fallback" / "new").rmdir()  # Postfix makes it with its first delivery
    assert place.once(None) == 0


def reasons(place: Place) -> list[str]:
    return [reason for (reason,) in place.rows("SELECT reason FROM submissions")]


def test_a_label_reaches_the_analyst_where_the_configuration_says_so(place: Place) -> None:
    place.options["spamhaus"] = {"trap_labels": True}
    place.catch()
    place.once(None)
    assert reasons(place)
    assert all(f"; planted: {LABEL}; " in reason for reason in reasons(place))


def test_a_label_that_holds_the_traps_address_is_never_told(place: Place) -> None:
    place.options["spamhaus"] = {"trap_labels": True}
    place.catch(recipients=(trap(label=f"alias of {TRAP}"),))
    place.once(None)
    assert reasons(place)
    assert not any("planted" in reason or "canary" in reason for reason in reasons(place))
