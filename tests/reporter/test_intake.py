import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address

import pytest

from tests.reporter.caught import CLIENT, LABEL, MESSAGE, TRAP, Place, campaign, names, trap
from tests.servers.portal import Portal
from trapline.reporter import planning
from trapline.reporter.indicators import Indicator, Judged, Report
from trapline.reporter.judge import Judgement, judge
from trapline.spool.envelope import Client


def test_a_message_its_decisions_and_its_submissions_are_kept_and_the_file_is_filed_away(place: Place) -> None:
    caught = place.catch()
    place.once(None)
    assert place.rows("SELECT id, source, queue_id, subject, error FROM messages") == [
        (caught.id, "milter", caught.queue_id, "Cheap pills", None)
    ]
    assert ("report", None) in place.decisions("ip")
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


@pytest.mark.parametrize("kind", ["recycled", "typo"])
def test_who_writes_once_to_an_old_address_is_spared_and_who_goes_on_is_not(place: Place, kind: str) -> None:
    old = (trap(kind=kind),)
    first = f"{'a recycled or typo trap'}: only after a second, different message of this sender"
    place.catch(campaign(1), recipients=old)
    place.catch(campaign(1).replace(b"today", b"today, number 77"), recipients=old)  # the same one again
    place.catch(campaign(2), recipients=old, client="11.0.7.7", mail_from="else@where-from.com")  # From is the same
    place.catch(campaign(3).replace(b"pills-shop", b"third-shop"), recipients=old, client="11.0.7.8", mail_from="")
    place.once(None)
    assert place.emails()[:3] == [first, first, None]
    assert place.rows("SELECT kind FROM submissions") == [("email",)]


def test_a_request_for_confirmation_is_spared_and_what_comes_after_it_is_not(place: Place) -> None:
    place.catch(campaign(1).replace(b"today", b"today. Please confirm your subscription to our newsletter"))
    place.once(None)
    assert place.rows("SELECT count(*) FROM submissions") == [(0,)]
    assert place.decisions("ip") == [
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
    ((decision, reason),) = place.decisions("email")
    assert decision == "skip"
    assert "refused before" in (reason or "")


def test_a_sample_that_cannot_be_made_is_a_skip_with_its_reason(place: Place) -> None:
    place.catch(b"X: " + b"y" * 200_000 + b"\n" + MESSAGE)
    place.once(None)
    assert place.decisions("email") == [("skip", "no sample: its header alone is too large")]


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
    assert place.decisions("url") == [("skip", "an address of ours is in it")] * 3


def test_an_authenticated_clients_mail_is_not_submitted_whatever_was_decided(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "judge", judged_by((Judged(Indicator("ip", CLIENT, ("client",)), Report()),)))
    place.catch(client=Client(address=ip_address(CLIENT), authenticated=True))
    place.once(None)
    assert place.decisions("ip") == [("skip", "sent by an authenticated or exempt client of ours")]


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
