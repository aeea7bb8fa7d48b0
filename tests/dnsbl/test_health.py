"""What a zone's test means for mail, and when it is tested again."""

import pytest

from trapline.config.dqs import Dqs, ZoneSettings
from trapline.dnsbl.codes import finding
from trapline.dnsbl.findings import Finding, Unknown
from trapline.dnsbl.health import (
    AGAIN_SECONDS,
    EVERY_SECONDS,
    REMIND_SECONDS,
    Failed,
    Health,
    Outcome,
    Saying,
    Unanswered,
    Well,
    after_alarm,
    after_test,
    outcome,
    points,
)
from trapline.dnsbl.zones import Zone, zones

ZONES = zones(Dqs(authbl=Dqs().authbl.model_copy(update={"enabled": True})), "KEY")
TIMEOUT = "timeout"
WORLD = Failed("it lists 127.0.0.1", "lists all")


def found(zone: Zone, *answers: tuple[str, ...] | str) -> Outcome:
    """The outcome where the test points, in their order, were answered by these addresses; a text is a failure."""

    def one(answer: tuple[str, ...] | str, place: int) -> Finding:
        point = points(zone)[place]
        if isinstance(answer, str):
            return Unknown(zone.name, point.question.object, answer)
        return finding(point.question, point.zone, answer, 60.0)

    return outcome((points(zone)[place], one(answer, place)) for place, answer in enumerate(answers))


@pytest.mark.parametrize(
    ("zone", "listed", "unlisted", "answer"),
    [
        ("zen", "127.0.0.2", "127.0.0.1", "127.0.0.2"),
        ("authbl", "127.0.0.2", "127.0.0.1", "127.0.0.20"),
        ("dbl", "dbltest.com", "example.com", "127.0.1.2"),
        ("zrd", "test", "example.com", "127.0.2.2"),
    ],
)
def test_each_zone_is_asked_its_own_points(zone: str, listed: str, unlisted: str, answer: str) -> None:
    asked = points(ZONES[zone])
    assert [(point.question.object, point.listed) for point in asked] == [(listed, True), (unlisted, False)]
    assert found(ZONES[zone], (answer,), ()) == Well()


def test_a_zone_that_names_no_points_is_not_tested() -> None:
    settings = ZoneSettings(enabled=True, codes=frozenset({2}))
    assert points(zones(Dqs(zen=settings), "KEY")["zen"]) == ()


def test_a_zone_that_lists_what_it_must_not_has_failed_even_where_the_rest_is_not_known() -> None:
    for listed in (("127.0.0.2",), (), TIMEOUT):
        said = found(ZONES["zen"], listed, ("127.0.0.2",))
        assert isinstance(said, Failed)
        assert "127.0.0.1" in said.why


def test_a_zone_that_does_not_list_what_it_must_has_failed_whoever_else_is_silent() -> None:
    for unlisted in ((), TIMEOUT):
        said = found(ZONES["dbl"], (), unlisted)
        assert isinstance(said, Failed)
        assert "dbltest.com" in said.why
        assert "is the DQS key right?" in said.why


def test_an_error_answer_is_a_failure_in_plain_words() -> None:
    said = found(ZONES["zen"], ("127.255.255.251",), ())
    assert isinstance(said, Failed)
    assert "check dqs.key_file" in said.why


def test_silence_is_no_failure_of_the_zone() -> None:
    assert found(ZONES["zen"], TIMEOUT, ()) == found(ZONES["zen"], ("127.0.0.2",), TIMEOUT) == Unanswered(TIMEOUT)


def test_the_codes_that_count_for_mail_do_not_make_a_test_fail() -> None:
    narrow = zones(Dqs(zen=Dqs().zen.model_copy(update={"codes": frozenset({4})})), "KEY")["zen"]
    assert found(narrow, ("127.0.0.2",), ()) == Well()
    assert found(narrow, ("127.0.0.2",), ("127.0.0.11",)) == Well(), "a code that counts for nothing refuses nobody"


def test_a_zone_counts_until_a_test_fails_and_again_once_one_goes_well() -> None:
    health, said = after_test(Health(), Well(), 0.0)
    assert (health.counts, health.due) == (True, EVERY_SECONDS)
    assert said is not None
    assert said.event == "zone well"
    health, said = after_test(health, WORLD, 10.0)
    assert (health.counts, health.due) == (False, 10.0 + AGAIN_SECONDS)
    assert said == Saying("zone left out", "it lists 127.0.0.1")
    health, said = after_test(health, Well(), 70.0)
    assert (health.counts, health.due) == (True, 70.0 + EVERY_SECONDS)
    assert said is not None
    assert said.event == "zone back"
    assert after_test(health, Well(), 1900.0)[1] is None, "what is as ever is not said"


def test_a_test_without_an_answer_leaves_a_zone_as_it_was() -> None:
    for before in (after_test(Health(), Well(), 0.0)[0], after_test(Health(), WORLD, 0.0)[0]):
        after, _ = after_test(before, Unanswered(TIMEOUT), 60.0)
        assert after.counts is before.counts
        assert after.due == 60.0 + AGAIN_SECONDS
        assert after.trouble == (before.trouble or TIMEOUT)


def test_silence_is_said_once_and_its_end_too() -> None:
    health, said = after_test(Health(), Unanswered(TIMEOUT), 0.0)
    assert said == Saying("zone not tested", TIMEOUT)
    health, said = after_test(health, Unanswered("no resolver answers"), 60.0)
    assert said is None
    health, said = after_test(health, Well(), 120.0)
    assert said is not None
    assert said.event == "zone well"


def test_a_zone_that_stays_left_out_is_said_again_now_and_then_and_where_the_reason_is_new() -> None:
    health, _ = after_test(Health(), WORLD, 0.0)
    health, said = after_test(health, WORLD, 60.0)
    assert said is None
    health, said = after_test(health, Unanswered(TIMEOUT), 120.0)
    assert said is None
    health, said = after_test(health, WORLD, REMIND_SECONDS)
    assert said is not None
    assert after_test(health, Failed("it lists nobody", "lists nobody"), REMIND_SECONDS + 60)[1] is not None


def test_a_resolver_that_rewrites_to_ever_other_addresses_is_said_once() -> None:
    health, said = after_test(Health(), found(ZONES["zen"], ("11.0.0.80",), ("11.0.0.80",)), 0.0)
    assert said is not None
    assert "(11.0.0.80)" in said.why
    health, said = after_test(health, found(ZONES["zen"], ("11.0.0.81",), ("11.0.0.81",)), 60.0)
    assert said is None
    assert health.trouble is not None
    assert "(11.0.0.81)" in health.trouble, "the status has the newest"


def test_an_error_that_mail_meets_brings_a_test_forward_but_not_more_than_one_a_minute() -> None:
    well, _ = after_test(Health(), Well(), 100.0)
    assert after_alarm(well).due == 100.0 + AGAIN_SECONDS
    failed, _ = after_test(well, WORLD, 200.0)
    assert after_alarm(failed).due == failed.due
