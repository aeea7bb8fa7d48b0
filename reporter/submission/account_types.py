"""The threat types of the account as a sender needs them; the portal is asked where what is kept is too old.

A kind that the account has no threat type for is barred: nothing of it is sent until the list is asked for again.
"""

from datetime import datetime, timedelta
from typing import get_args

from trapline.config.clock import Clock
from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import threat_types
from trapline.reporter.submission.answers import NotAuthorised, TryLater
from trapline.reporter.submission.portal import Portal
from trapline.reporter.submission.threat_types import NoThreatTypeError, Offered, choose

BARRED_TIME = timedelta(hours=1)  #: after which a kind without a threat type is tried again

KINDS: frozenset[IndicatorKind] = frozenset(get_args(IndicatorKind))


class AccountTypes:
    """What the account of `portal` offers, kept in `store`."""

    def __init__(self, store: Store, portal: Portal, clock: Clock) -> None:
        self._store = store
        self._portal = portal
        self._clock = clock
        self._until: datetime | None = None  # when the list is asked for again
        self._barred: frozenset[IndicatorKind] = frozenset()

    def kinds(self, now: datetime) -> frozenset[IndicatorKind]:
        """The kinds that may be sent: all but the barred ones. A clock that was wrong bars nothing."""
        if self._until is None or not now < self._until <= now + threat_types.HOLD:
            self._barred = frozenset()
        return KINDS - self._barred

    def code(self, kind: IndicatorKind) -> str | NotAuthorised | TryLater:
        """The code to submit `kind` with; the portal's answer where it did not tell the list.

        Raises NoThreatTypeError: there is none for this kind, which is barred from now on. Raises StoreError.
        """
        now = self._clock()
        with self._store.reading() as db:
            offered = threat_types.kept(db, self._portal.account, now)
        if offered is None:
            answer = self._portal.threat_types()
            if isinstance(answer, NotAuthorised | TryLater):
                return answer
            offered = Offered(answer, now + threat_types.HOLD)
            self._keep(offered)
        self._until = offered.until
        try:
            return choose(kind, offered.types)
        except NoThreatTypeError:
            self._barred |= {kind}
            self._until = min(offered.until, now + BARRED_TIME)
            self._keep(Offered(offered.types, self._until))
            raise

    def _keep(self, offered: Offered) -> None:
        with self._store.writing() as db:
            threat_types.keep(db, self._portal.account, offered)
