"""What a Junk folder is worth: one person's opinion, and newsletters and mailing lists end up there too.

Of such a message its links, the sender's own domain (if proven) and a sample are reported; the client's address only
once somebody else saw it too. A honeypot's mail counts as a trap's: nothing here concerns it.
"""

from datetime import timedelta

from trapline.reporter.decisions.situation import Rule, Situation
from trapline.reporter.evidence.evidence import SeenDomain
from trapline.reporter.indicators import Skip
from trapline.reporter.suffixes import registered_domain

WITNESS_WITHIN = timedelta(days=7)  #: in which another mailbox or a trap has to see the same client


def not_the_senders_own(situation: Situation, domain: SeenDomain) -> Skip | None:
    """Skip what is not the sender's proven domain. Protects those to whom spam or a newsletter links."""
    if situation.evidence.envelope.role != "junk":
        return None
    claimed = any(registered_domain(one) == domain.value for one in situation.evidence.from_domains)
    if claimed and situation.is_proven(domain.value):
        return None
    return Skip("from a Junk folder: only the sender's own domain, with an aligned SPF or DKIM pass")


def witness(situation: Situation) -> str | None:
    """Wait for another witness. Protects servers of newsletters and of other senders that one person is tired of."""
    if situation.evidence.envelope.role != "junk":
        return None
    return "a Junk folder is one person's opinion"


DOMAIN_RULES: tuple[Rule[SeenDomain], ...] = (not_the_senders_own,)
