"""A last look at a client's address when its submission is about to leave: is it on dnswl.org by now?

intake.py asks first. Here it is asked again, since days may have passed in the queue, and where no answer could be had
the address has waited for one: it is neither reported unasked nor lost.
"""

from datetime import timedelta
from ipaddress import ip_address

from trapline.config.clock import Clock
from trapline.dnsbl.findings import Unknown
from trapline.reporter.decisions.addresses import on_dnswl
from trapline.reporter.enrichment.dnswl import Dnswl
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import queue
from trapline.reporter.submission.queue import Submission

ASK_AGAIN = timedelta(minutes=15)  #: where there was no answer


class LastLook:
    """Looks at the submissions in `store` by asking `dnswl`."""

    def __init__(self, store: Store, dnswl: Dnswl, clock: Clock) -> None:
        self._store = store
        self._dnswl = dnswl
        self._clock = clock

    def stops(self, submission: Submission) -> bool:
        """Whether `submission` must not leave now: it is dropped, or waits, and its answer in the store says why.

        Where there is no answer all addresses wait at once: each by itself they would keep the others from leaving.
        Raises StoreError.
        """
        if submission.kind != "ip":
            return False
        finding = self._dnswl.ask(ip_address(submission.object))
        skip, now = on_dnswl(finding), self._clock()
        if isinstance(finding, Unknown):
            why = f"waits for dnswl.org, which gives no answer: {finding.why}"
            with self._store.writing() as db:
                queue.hold_kind(db, submission.kind, now, why, now + ASK_AGAIN)
        elif skip is not None:
            with self._store.writing() as db:
                queue.drop(db, submission.id, now, skip.reason)
        return skip is not None or isinstance(finding, Unknown)
