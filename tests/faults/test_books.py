"""The reckoning finds what is wrong: each claim, broken once."""

from dataclasses import replace

import pytest

from tests.faults.books import Books, Patience, claims
from tests.faults.load import Kind, Letter, Sent

PATIENCE = Patience(deadline=2.0, hung=12.0)


def sent(
    number: int, kind: Kind, *, accepted: bool = True, put_off: bool = False, began: float = 100.0, took: float = 0.1
) -> Sent:
    letter = Letter(f"q{number:06}", kind, ("somebody@quayside-mail.com",), 0)
    return Sent(letter, began, took, accepted, put_off, "250 Ok" if accepted else "451 later" if put_off else "550 no")


TRAP, PERSON, MIXED, LISTED, JUNK, PATIENT = "q000001", "q000002", "q000003", "q000004", "q000006", "q000007"

GOOD = Books(
    sent=(
        sent(1, "trap", accepted=False, put_off=True),
        sent(1, "trap"),
        sent(2, "ordinary"),
        sent(3, "mixed"),
        sent(4, "listed", accepted=False),
        sent(6, "mailbox"),
        sent(7, "ordinary", began=300.0, took=15.0),
    ),
    no_room=((99.0, 101.0),),
    hung=((299.0, 320.0),),
    in_spool={TRAP: 1},
    in_fallback={MIXED: 2},
    put_aside={},
    waiting=0,
    counted={TRAP: 1, MIXED: 1, JUNK: 1},
    delivered={PERSON: 1, MIXED: 1, PATIENT: 1},
    submissions={("ip", "11.0.1.7"): "accepted", ("url", "http://x.com"): "known", ("ip", "11.0.1.8"): "waiting"},
    received={("ip", "11.0.1.7"): 1, ("url", "http://x.com"): 2},
    ended=(1,),
)

WRONG = {
    "a caught message is nowhere": replace(GOOD, in_spool={}, counted={MIXED: 1, JUNK: 1}),
    "a caught message is not counted": replace(GOOD, counted={TRAP: 1, JUNK: 1}),
    "a caught message is counted twice": replace(GOOD, counted={**GOOD.counted, TRAP: 2}),
    "what was never accepted is counted": replace(GOOD, counted={**GOOD.counted, "q000009": 1}),
    "a file is left over": replace(GOOD, waiting=1),
    "a file was put aside": replace(GOOD, put_aside={TRAP: 1}),
    "trap mail is put off for no reason": replace(GOOD, no_room=((200.0, 300.0),)),
    "trap mail is refused": replace(GOOD, sent=(*GOOD.sent, sent(1, "trap", accepted=False))),
    "trap mail that was put off never comes through": replace(
        GOOD, sent=(*GOOD.sent, sent(5, "trap", accepted=False, put_off=True))
    ),
    "a person's mail is refused": replace(GOOD, sent=(*GOOD.sent, sent(5, "ordinary", accepted=False))),
    "a mixed message is put off": replace(GOOD, sent=(*GOOD.sent, sent(5, "mixed", accepted=False, put_off=True))),
    "a person's mail is lost": replace(GOOD, delivered={PERSON: 1, PATIENT: 1}),
    "a person gets it twice": replace(GOOD, delivered={**GOOD.delivered, PERSON: 2}),
    "a person's mail is late": replace(GOOD, sent=(*GOOD.sent[:2], sent(2, "ordinary", took=4.1), *GOOD.sent[3:])),
    "a person's mail waits longer for a milter that hangs than Postfix does": replace(
        GOOD, sent=(*GOOD.sent[:-1], sent(7, "ordinary", began=300.0, took=16.1))
    ),
    "a submission is lost on its way": replace(GOOD, received={("ip", "11.0.1.7"): 1}),
    "a submission was dropped": replace(GOOD, submissions={**GOOD.submissions, ("ip", "11.0.1.8"): "dropped"}),
    "the portal has what nobody queued": replace(GOOD, received={**GOOD.received, ("ip", "11.0.1.9"): 1}),
    "nothing was decided about a message": replace(GOOD, undecided=(TRAP,)),
    "a file of the blocklist was cut off": replace(GOOD, lists=("text: it ends within a line",)),
    "a trap is in the log": replace(GOOD, said=("log: info-2019@quayside-mail.com",)),
    "a daemon ended for good": replace(GOOD, ended=(1, 78)),
    "a fault was not felt": replace(GOOD, unfelt=("DNS gone",)),
}


def test_books_that_are_right_hold_in_every_claim() -> None:
    assert [claim for claim in claims(GOOD, PATIENCE) if claim.wrong] == []


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_breaks_a_claim(what: str) -> None:
    assert any(claim.wrong for claim in claims(WRONG[what], PATIENCE))


def test_every_claim_is_broken_by_something() -> None:
    broken = {claim.what for books in WRONG.values() for claim in claims(books, PATIENCE) if claim.wrong}
    assert broken == {claim.what for claim in claims(GOOD, PATIENCE)}
