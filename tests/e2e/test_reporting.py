"""From a trap by SMTP to the portal: what is submitted, what is spared, and how each answer is taken."""

import base64
import json
import urllib.parse

import pytest

from tests.e2e.dialogue import send
from tests.e2e.messages import SPAMMER, landing_page, ordinary, spam
from tests.servers.mail_exchanger import ANNA, TRAP, MailExchanger
from tests.servers.portal import MAX_BODY_BYTES, MAX_REASON, Answer
from tests.servers.postfix import DOMAIN
from tests.servers.processes import until
from tests.servers.trapline_process import Daemon, Run

STRANGER = "11.0.1.7"


def trapped(mx: MailExchanger, address: str = STRANGER, message: bytes | None = None, sender: str = SPAMMER) -> None:
    """Have `message` caught."""
    with mx.client(address, helo="mail.summit-pills-direct.com") as smtp:
        assert send(smtp, sender, [TRAP], message or spam()).accepted


def fine(run: Run) -> Run:
    """`run`, which did what it should."""
    assert run.code == 0, run.output
    return run


def test_a_caught_message_arrives_as_ip_domain_url_and_email(mx: MailExchanger) -> None:
    trapped(mx)
    fine(mx.report())
    assert mx.portal.objects("ip") == [STRANGER]
    assert [url.removeprefix("http://") for url in mx.portal.objects("url")] == [landing_page().removeprefix("http://")]
    assert mx.portal.objects("domain")
    assert all(domain.endswith("summit-pills-direct.com") for domain in mx.portal.objects("domain"))
    (sample,) = mx.portal.objects("email")
    assert "Half the price" in sample
    assert f"[{STRANGER}]" in sample
    assert {submission.status for submission in mx.portal.submissions} == {200}


def test_every_submission_keeps_to_the_portals_limits(mx: MailExchanger) -> None:
    trapped(mx, message=spam() + (b"filler " * 11 + b"\n") * 6_000)
    fine(mx.report())
    assert len(mx.portal.accepted("email")) == 1
    for submission in mx.portal.submissions:
        assert len(submission.request.body) <= MAX_BODY_BYTES
        assert 1 <= len(submission.reason) <= MAX_REASON
        assert submission.request.headers["authorization"] == f"Bearer {mx.portal.token}"


def test_the_sample_holds_no_trap_address_in_any_form(mx: MailExchanger) -> None:
    trapped(mx)
    encoded = base64.b64encode(b"Dear " + TRAP.encode() + b", half the price")
    link = f"http://go.summit-pills-direct.com/?u={urllib.parse.quote(TRAP)}&v={TRAP.upper()}".encode()
    trapped(mx, "11.0.1.8", spam("To you", to=TRAP).replace(b"Half the price", link + b" " + encoded))
    fine(mx.report())
    assert mx.portal.submissions
    everything = b"".join(submission.request.body for submission in mx.portal.submissions).decode().lower()
    for form in (TRAP, urllib.parse.quote(TRAP).lower(), encoded.decode().lower(), TRAP.split("@", maxsplit=1)[0]):
        assert form not in everything
    assert DOMAIN not in mx.portal.objects("domain")


def test_the_message_moves_from_new_to_cur_and_is_not_sent_again(mx: MailExchanger) -> None:
    trapped(mx)
    fine(mx.report())
    sent = len(mx.portal.submissions)
    assert (len(mx.spool("new")), len(mx.spool("cur"))) == (0, 1)
    fine(mx.report())
    assert len(mx.portal.submissions) == sent


def test_a_second_message_of_the_same_spammer_sends_only_what_is_new(mx: MailExchanger) -> None:
    trapped(mx)
    fine(mx.report())
    trapped(mx, "11.0.1.8")
    fine(mx.report())
    assert mx.portal.objects("ip") == [STRANGER, "11.0.1.8"]
    assert len(mx.portal.objects("url")) == 1
    assert [one.status for one in mx.portal.submissions if one.kind in {"ip", "url", "domain"}].count(208) == 0


def test_mixed_mail_is_not_submitted_as_a_whole_with_the_persons_address(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        send(smtp, SPAMMER, [TRAP, ANNA], spam(to=ANNA))
    fine(mx.report())
    everything = b"".join(submission.request.body for submission in mx.portal.submissions)
    assert ANNA.encode() not in everything


def test_a_trap_hit_by_an_authenticated_client_is_never_reported(mx: MailExchanger) -> None:
    with mx.client("11.0.1.9", login="anna") as smtp:
        assert send(smtp, ANNA, [TRAP], ordinary()).accepted
    fine(mx.report())
    assert mx.portal.submissions == []
    assert len(mx.spool("cur")) == 1


def test_a_trap_hit_by_a_local_client_is_never_reported(mx: MailExchanger) -> None:
    with mx.client() as smtp:
        assert send(smtp, SPAMMER, [TRAP], spam()).accepted
    fine(mx.report())
    assert mx.portal.submissions == []
    assert len(mx.spool("cur")) == 1


def test_smtputf8_mail_is_reported_with_names_as_the_dns_has_them(mx: MailExchanger) -> None:
    message = spam().replace(landing_page().encode(), "http://käsehaus-angebote.com/käse".encode())
    with mx.client(STRANGER, helo="mail.summit-pills-direct.com") as smtp:
        smtp.command_encoding = "utf-8"
        options = ["SMTPUTF8", "BODY=8BITMIME"]
        assert send(smtp, "käse@käsehaus-angebote.com", [TRAP], message, options).accepted
    fine(mx.report())
    assert mx.portal.objects("ip") == [STRANGER]
    assert "xn--ksehaus-angebote-vnb.com" in mx.portal.objects("domain")
    assert all(value.isascii() for kind in ("domain", "url") for value in mx.portal.objects(kind))


def test_a_bounce_to_a_trap_is_kept_and_not_reported(mx: MailExchanger) -> None:
    """The null sender: a server that bounces mail whose sender was forged to be the trap is no spammer."""
    trapped(mx, sender="")
    run = fine(mx.report())
    assert mx.portal.submissions == []
    assert (len(mx.spool("new")), len(mx.spool("cur"))) == (0, 1)
    assert "1 taken in" in run.output


def test_a_message_of_12_mb_is_reported_with_a_sample_that_fits(mx: MailExchanger) -> None:
    trapped(
        mx, message=spam().replace(b"\n--=-offer--", b"\n" + (b"A" * 76 + b"\n") * (12_000_000 // 77) + b"--=-offer--")
    )
    fine(mx.report())
    assert mx.portal.objects("ip") == [STRANGER]
    (sample,) = mx.portal.accepted("email")
    assert 1_000 < len(sample.request.body) <= MAX_BODY_BYTES


def test_a_hit_that_was_refused_is_reported_without_a_sample(mx: MailExchanger) -> None:
    with mx.client("11.0.0.2") as smtp:
        send(smtp, SPAMMER, [ANNA, TRAP], spam())
    fine(mx.report())
    assert mx.portal.accepted("email") == []
    assert mx.spool("new") == mx.spool(".failed/new") == []


@pytest.mark.parametrize("style", ["status", "body"])
def test_already_reported_is_no_failure(mx: MailExchanger, style: str) -> None:
    mx.portal.repeats = "status" if style == "status" else "body"
    trapped(mx)
    fine(mx.report())
    known = len(mx.portal.submissions)
    for path in mx.folder.glob("trapline.db*"):  # a new server that has no memory of it
        path.unlink()
    trapped(mx, message=spam("again"))
    fine(mx.report())
    assert 208 in [submission.status for submission in mx.portal.submissions[known:]]
    mx.portal.repeats = "status"
    sent = len(mx.portal.submissions)
    fine(mx.report())
    assert len(mx.portal.submissions) == sent


def test_a_bad_request_is_given_up_and_the_others_go_on(mx: MailExchanger) -> None:
    mx.portal.script(Answer(400, body=b'{"status": 400, "message": "Invalid object"}'))
    trapped(mx)
    first = mx.report()
    assert 200 in [submission.status for submission in mx.portal.submissions]
    sent = len(mx.portal.submissions)
    mx.report()
    assert len(mx.portal.submissions) == sent
    assert "Invalid object" in first.output


def test_slow_down_is_obeyed_and_nothing_is_lost(mx: MailExchanger) -> None:
    mx.portal.script(Answer.slow_down("1"))
    trapped(mx)
    mx.report()
    refused = mx.portal.submissions[0]
    assert refused.status == 429
    until_all_is_sent(mx)
    again = [one for one in mx.portal.submissions[1:] if (one.kind, one.object) == (refused.kind, refused.object)]
    assert [one.status for one in again] == [200]
    assert again[0].request.at - refused.request.at >= 1.0
    assert mx.portal.submissions[1].request.at - refused.request.at >= 1.0  # nothing else was sent meanwhile


@pytest.mark.parametrize("answer", [Answer(500), Answer(503), Answer.without_json()], ids=["500", "503", "no JSON"])
def test_a_portal_in_trouble_gets_it_again_later(mx: MailExchanger, answer: Answer) -> None:
    mx.portal.script(answer)
    trapped(mx)
    mx.report()
    until_all_is_sent(mx)
    assert mx.portal.objects("ip") == [STRANGER]
    assert len(mx.portal.accepted("email")) == 1


def until_all_is_sent(mx: MailExchanger) -> None:
    """Run the reporter until nothing waits any more; a back-off is not waited for by `--once`."""

    def all_is_sent() -> bool:
        mx.report()
        queue: dict[str, int] = json.loads(mx.command("status", "--json").stdout)["queue"]
        return queue["queued"] + queue["waiting"] == 0

    until("everything to be sent", all_is_sent, seconds=60.0)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_ends_the_run_with_1_and_loses_nothing(mx: MailExchanger, status: int) -> None:
    trapped(mx)
    mx.portal.script(*[Answer(status)] * 50)
    run = mx.report()
    assert run.code == 1
    assert "token" in run.output.lower()
    assert mx.portal.token not in run.output
    assert len(mx.portal.submissions) == 1  # no use in trying the others
    mx.portal.reset()
    until_all_is_sent(mx)
    assert mx.portal.objects("ip") == [STRANGER]


def test_a_wrong_token_is_refused_by_the_portal_itself(mx: MailExchanger) -> None:
    trapped(mx)
    run = mx.report(environ={"TRAPLINE_SPAMHAUS__TOKEN": "stolen-token"})
    assert run.code == 1
    assert mx.portal.accepted() == []
    assert "stolen-token" not in run.output


@pytest.mark.parametrize("how", [{"TRAPLINE_SPAMHAUS__DRY_RUN": "true"}, {"TRAPLINE_SPAMHAUS__TOKEN": ""}])
def test_a_dry_run_prints_what_it_would_submit_and_submits_nothing(mx: MailExchanger, how: dict[str, str]) -> None:
    trapped(mx)
    run = fine(mx.report(environ=how))
    assert mx.portal.requests == []
    assert STRANGER in run.output
    assert "summit-pills-direct.com" in run.output
    assert TRAP not in run.output
    assert (len(mx.spool("new")), len(mx.spool("cur"))) == (0, 1)


def test_what_was_queued_by_a_dry_run_is_sent_when_a_token_comes(mx: MailExchanger) -> None:
    trapped(mx)
    fine(mx.report(environ={"TRAPLINE_SPAMHAUS__DRY_RUN": "true"}))
    fine(mx.report())
    assert mx.portal.objects("ip") == [STRANGER]


def test_a_message_that_came_by_both_ways_is_reported_once(mx: MailExchanger) -> None:
    trapped(mx)
    mx.milter_kill()
    trapped(mx)
    fine(mx.report())
    assert len(mx.portal.accepted("email")) == 1
    assert mx.portal.objects("ip") == [STRANGER]


def test_a_reporter_killed_in_mid_submission_sends_at_most_that_one_again(mx: MailExchanger) -> None:
    trapped(mx)
    mx.settle()
    held = mx.portal.hold()
    reporter = Daemon(["reporter", "--once"], mx.config, mx.folder / "reporter.log")
    reporter.start()
    assert held.reached.wait(20)
    reporter.kill()
    held.release()
    until_all_is_sent(mx)
    sent = [(submission.kind, submission.object) for submission in mx.portal.submissions]
    assert len(sent) - len(set(sent)) <= 1
    assert {submission.status for submission in mx.portal.submissions} <= {200, 208}
    assert (len(mx.portal.accepted("ip")), len(mx.portal.accepted("email"))) == (1, 1)


def test_the_reporter_as_a_daemon_reports_what_comes_and_ends_on_sigterm(mx: MailExchanger) -> None:
    mx.configure({"reporter": {"poll_seconds": 0.2}})
    reporter = Daemon(["reporter"], mx.config, mx.folder / "reporter.log")
    reporter.start()
    try:
        trapped(mx)
        until("the sample to be submitted", lambda: mx.portal.accepted("email"))
    finally:
        assert reporter.stop() == 0, reporter.output()
    assert TRAP not in reporter.output()
    assert mx.portal.token not in reporter.output()


def test_the_last_lines_sum_the_run_up(mx: MailExchanger) -> None:
    trapped(mx)
    run = fine(mx.report())
    assert any(character.isdigit() for character in run.last_line)
    assert TRAP not in run.output
