"""Large senders whose servers many people share, known by the networks of their SPF records, which we resolve.

Their names are in data/large_senders.txt; each record is asked for once a day and kept in the store. Where that fails,
the networks known before stay in force: a question without an answer is asked again an hour later, and a record that is
gone or broken is looked for again the next day. Sources: spf_networks.py.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from ipaddress import ip_network

import sqlalchemy as sa

from trapline.config.clock import Clock
from trapline.config.events import Event
from trapline.config.networks import Network, NetworkSet
from trapline.reporter.decisions.situation import LargeSenderNetworks
from trapline.reporter.enrichment.spf_networks import AskTexts, SpfError, spf_networks
from trapline.reporter.enrichment.txt_records import NoRecordsError
from trapline.reporter.storage.schema import sender_networks
from trapline.reporter.storage.store import Store
from trapline.reporter.telling import Say

HOLD = timedelta(days=1)  #: how long a record is believed
RETRY = timedelta(hours=1)  #: where there was no answer
PATIENCE = timedelta(seconds=30)  #: that one refresh takes at most; mail waits meanwhile, the rest goes on in the next

_NAMED = 3  #: failures that are told by name

_Failure = SpfError | NoRecordsError


@cache
def names() -> tuple[str, ...]:
    """The names whose SPF records tell where the large senders send from."""
    text = (files("trapline.reporter") / "data" / "large_senders.txt").read_text(encoding="ascii")
    return tuple(line.partition("\t")[0] for line in text.splitlines() if line and not line.startswith("#"))


class LargeSenders:
    """The networks of `senders`, in `store`, resolved by `ask`. Used by one thread."""

    def __init__(
        self,
        store: Store,
        ask: AskTexts,
        clock: Clock,
        say: Say,
        senders: Sequence[str] | None = None,
    ) -> None:
        self.networks: LargeSenderNetworks = ()  #: as they are known now
        self._store = store
        self._ask = ask
        self._clock = clock
        self._say = say
        self._senders = names() if senders is None else tuple(senders)
        self._loaded: dict[str, datetime] | None = None  # what `networks` was made of

    def refresh(self) -> None:
        """Resolve what is due, as far as there is time, and bring `networks` up to date. Raises StoreError."""
        now = self._clock()
        with self._store.reading() as db:
            held = _held(db)
        # What holds for longer than HOLD was written while the clock was wrong.
        due = [name for name in self._senders if name not in held or not now < held[name] <= now + HOLD]
        if due:
            self._resolve(due, now)
        if due or held != self._loaded:
            self._load()

    def _resolve(self, due: Sequence[str], now: datetime) -> None:
        found, failed = self._looked_up(due)
        with self._store.writing() as db:
            db.execute(sender_networks.delete().where(sender_networks.c.name.not_in(self._senders)))
            for name, networks in found.items():
                _keep(db, name, now + HOLD, networks)
            for name, error in failed.items():
                _keep(db, name, now + (HOLD if isinstance(error, SpfError) else RETRY))
        if failed:
            self._tell({name: str(error) for name, error in failed.items()})

    def _looked_up(self, due: Sequence[str]) -> tuple[dict[str, tuple[Network, ...]], dict[str, _Failure]]:
        """The networks of those that are `due`, and why those of others are not known; what there is time for."""
        found: dict[str, tuple[Network, ...]] = {}
        failed: dict[str, _Failure] = {}
        ends = time.monotonic() + PATIENCE.total_seconds()
        for place, name in enumerate(due):
            if time.monotonic() > ends:
                break
            try:
                found[name] = spf_networks(name, self._ask)
            except SpfError as error:
                failed[name] = error
            except NoRecordsError as error:
                failed[name] = error
                if error.silent:
                    failed.update(dict.fromkeys(due[place:], error))
                    break
        return found, failed

    def _tell(self, failed: dict[str, str]) -> None:
        why = _in_words(failed)
        sentence = (
            f"the SPF records of {len(failed)} of {len(self._senders)} large senders could not be read, what was known "
            f"of them stays in force: {why}"
        )
        self._say(Event("large senders", {"why": why}, text=sentence, level=logging.WARNING))

    def _load(self) -> None:
        with self._store.reading() as db:
            rows = db.execute(sa.select(sender_networks).order_by(sender_networks.c.name)).all()
        self._loaded = {row.name: row.good_until for row in rows}
        self.networks = tuple(
            (row.name, NetworkSet(ip_network(text) for text in row.networks)) for row in rows if row.networks
        )


def _in_words(failed: dict[str, str]) -> str:
    """Why they failed, some by name; the reason alone where many have the same."""
    reasons = set(failed.values())
    many = len(failed) > _NAMED
    if many and len(reasons) == 1:
        return reasons.pop()
    told = [f"{name}: {why}" for name, why in failed.items()]
    return "; ".join([*told[:_NAMED], "…"] if many else told)


def _held(db: sa.Connection) -> dict[str, datetime]:
    rows = db.execute(sa.select(sender_networks.c.name, sender_networks.c.good_until))
    return {row.name: row.good_until for row in rows}


def _keep(db: sa.Connection, name: str, until: datetime, networks: Iterable[Network] | None = None) -> None:
    """Keep when it is due, and `networks`; None: those of before."""
    row = {"good_until": until} | ({} if networks is None else {"networks": [str(one) for one in networks]})
    if not db.execute(sender_networks.update().where(sender_networks.c.name == name).values(**row)).rowcount:
        db.execute(sender_networks.insert().values(**{"name": name, "networks": []} | row))
