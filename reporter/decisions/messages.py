"""Rules about the whole message, before any of its indicators is looked at; and those about its sample.

The innocent here are the owner of a stolen account, people whose address was forged, and people who write to an
address that once was somebody's.
"""

from trapline.reporter.decisions.situation import Rule, Situation, Wait
from trapline.reporter.indicators import Skip


def own_user(situation: Situation, _: object) -> Skip | None:
    """Skip mail of an authenticated or exempt client. Protects our own users, one of whom may have lost a password."""
    if situation.evidence.envelope.client.is_ours:
        return Skip("sent by an authenticated or exempt client of ours: a stolen account?")
    return None


def backscatter(situation: Situation, _: object) -> Skip | None:
    """Skip bounces and automatic replies. Protects servers that answer mail whose sender was forged to be the trap."""
    why = None if situation.report_backscatter else situation.evidence.automatic
    return None if why is None else Skip(f"backscatter: a bounce or automatic reply ({why})")


def once_somebodys(situation: Situation, _: object) -> Skip | None:
    """Skip all but the sample where only `recycled` or `typo` traps were hit. Protects friends of the old owner."""
    if _all_once_somebodys(situation):
        return Skip("a recycled or typo trap: its senders may be innocent, only the sample is evidence")
    return None


def no_sample(situation: Situation, _: object) -> Skip | None:
    """Skip the sample of a message that was refused before DATA: there is none."""
    return Skip("refused before DATA: there is no message") if situation.evidence.envelope.bodiless else None


def nothing_in_it(situation: Situation, _: object) -> Skip | None:
    """Skip the sample of a message without subject, text, link or file: it shows an analyst nothing but its sender."""
    evidence, content = situation.evidence, situation.evidence.content
    shows = evidence.subject or evidence.urls or content.characters or content.hidden_characters or content.files
    if shows or not evidence.readable or evidence.error is not None:
        return None
    return Skip("nothing in it: no subject, text, link or file")


def went_to_people(situation: Situation, _: object) -> Skip | None:
    """Skip the sample of mail that people got too. Protects their privacy, and a list that merely has a trap on it."""
    mixed = situation.evidence.envelope.mixed and not situation.submit_mixed
    return Skip("mixed: people got this message too") if mixed else None


def confirmation(situation: Situation) -> str | None:
    """Wait for a second message. Protects services on whose form somebody typed the trap, and that ask but once."""
    return "reads like a subscription confirmation" if situation.evidence.confirmation else None


def old_acquaintance(situation: Situation) -> str | None:
    """Wait for a second message. Protects people who write, once, to what was or nearly is a person's address."""
    return "a recycled or typo trap" if _all_once_somebodys(situation) else None


def form_copy(situation: Situation) -> str | None:
    """Wait for a second message before the sender is reported. Protects sites on whose contact form spam was typed."""
    return "a copy of what was typed into a contact form" if situation.evidence.form_copy else None


AFTER_A_SECOND: tuple[Wait, ...] = (confirmation, old_acquaintance)
SENDER_AFTER_A_SECOND: tuple[Wait, ...] = (form_copy,)
EVERY_INDICATOR: tuple[Rule[object], ...] = (own_user, backscatter)
ALL_BUT_SAMPLE: tuple[Rule[object], ...] = (once_somebodys,)
SAMPLE: tuple[Rule[object], ...] = (no_sample, nothing_in_it, went_to_people)


def _all_once_somebodys(situation: Situation) -> bool:
    """Whether traps were hit, and none that only spammers know."""
    traps = situation.evidence.envelope.traps
    return bool(traps) and all(trap.once_somebodys for trap in traps)
