"""The page that `trapline report --html` writes: which sections it has, and what each says that it was counted from.

Self-contained: no script, no font, nothing from the network, which its Content-Security-Policy holds it to.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from importlib.resources import files

from trapline.cli.output import moment
from trapline.cli.report.charts import Series, bars, columns, legend
from trapline.cli.report.elements import Element, document, element
from trapline.cli.report.refused import Refused
from trapline.reporter.overview.countries import UNKNOWN
from trapline.reporter.overview.period import NETWORKS, WITHIN, Period

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

COLOURS = ("c0", "c1", "c2", "c3", "c4", "c5")
REST = "rest"
COUNTRIES = 15  #: that have a bar; the others share one
LABELS = 500  #: of traps that stand in the table; an operator may have one for each of his traps

_STATES = (("listed", "c2"), ("checked", "c4"), ("pending", REST), ("known", "c3"), ("refused", "c5"))
_NAMED = {"checked": "checked, not listed", "pending": "not checked yet", "known": "known before"}


def page(found: Period, refused: Refused | str, host: str) -> bytes:
    """The page. `refused`: what the journal says, or in words why it says nothing; `host`: whose it is."""
    first, last = found.days[0], found.days[-1]
    days = f"{first} to {last}" if first != last else f"{last}"
    length = f"{len(found.days)} days" if len(found.days) > 1 else "one day"
    style = files("trapline.cli.report").joinpath("style.css").read_text(encoding="utf-8")
    return document(
        f"trapline on {host}, {days}",
        style,
        POLICY,
        element(
            "header",
            element("h1", f"trapline on {host}"),
            element("p", f"{days} (UTC, {length}); counted {moment(found.at)} UTC", class_="soft"),
        ),
        _tiles(found),
        _hits(found),
        _origins(found),
        _networks(found),
        _submissions(found),
        _leads(found),
        _refused(found, refused),
        _blocklist(found),
        element(
            "footer",
            "Traps are shown by their labels, never by their addresses. Keep this page to yourself all the same.",
        ),
    )


def _tiles(found: Period) -> Element:
    accepted, listed = (sum(getattr(one, name) for one in found.kinds) for name in ("submitted", "listed"))
    numbers = (
        (found.messages, "messages caught"),
        (len({one.label for one in found.traps}), "labels of traps hit"),
        (accepted, "submissions accepted"),
        (listed, "of them listed by Spamhaus"),
        (found.listed.listed, "on the local blocklist"),
    )
    return element("ul", *(element("li", element("b", f"{one:,}"), text) for one, text in numbers), class_="tiles")


def _hits(found: Period) -> Element:
    totals: Counter[str] = Counter()
    by_day: Counter[tuple[object, str]] = Counter()
    for one in found.trap_days:
        totals[one.label] += one.hits
        by_day[one.day, one.label] += one.hits
    series = _most(totals, lambda label: [by_day[day, label] for day in found.days], "labels")
    chart = columns([f"{day:%d %b}" for day in found.days], series, "Hits by day and label of the trap")
    rows = [
        (one.label, one.kind, f"{one.hits:,}", f"{one.spared:,}", moment(one.last), "burnt?" if one.burnt else "")
        for one in found.traps[:LABELS]
    ]
    heads = ("label", "kind", "messages", "of innocents", "last (UTC)", "")
    more = f"The first {LABELS} of {len(found.traps)}. " if len(found.traps) > LABELS else ""
    return _section(
        "Hits by day and trap",
        "Counted as messages were taken in; one that hit traps of several labels counts for each of them.",
        None if totals else "No trap was hit in these days.",
        _chart(chart, series),
        element(
            "details",
            element("summary", f"All labels: {len(found.traps)}"),
            _table(heads, rows, right={2, 3}, wide=0),
            element(
                "p",
                more + '"Of innocents": from senders who are never listed here (providers, bounces).',
                class_="soft",
            ),
        ),
    )


def _origins(found: Period) -> Element:
    known = [(country, hits) for country, hits in found.countries if country != UNKNOWN]
    unknown = sum(hits for country, hits in found.countries if country == UNKNOWN)
    shown = known[:COUNTRIES]
    if len(known) > COUNTRIES:
        shown.append((f"{len(known) - COUNTRIES} others", sum(hits for _, hits in known[COUNTRIES:])))
    names = [country for country, _ in shown]
    series = [Series("", "c0", [hits for _, hits in shown])]
    share = f"{unknown:,} more messages came from networks of which nothing is known. " if unknown else ""
    return _section(
        "Countries",
        f"Of the networks that the clients are in, by messages. {share}RIPE Stat is asked only about clients that are "
        "reported, and its answers are kept for a week.",
        None if known else "No network's country is known.",
        element("div", bars(names, series, "Messages by country"), class_="chart"),
    )


def _networks(found: Period) -> Element:
    rows = [
        (one.network, f"{one.hits:,}", f"{one.clients:,}", moment(one.last), one.whose or "") for one in found.networks
    ]
    return _section(
        "Networks",
        f"Those with the most messages, {NETWORKS} at most.",
        None if rows else "No client is known.",
        _table(("network", "messages", "clients", "last (UTC)", "whose"), rows, right={1, 2}, wide=4),
    )


def _submissions(found: Period) -> Element:
    names = [one.kind for one in found.kinds]
    series = [
        Series(_NAMED.get(state, state), colour, [getattr(one, state) for one in found.kinds])
        for state, colour in _STATES
    ]
    rows = [
        (one.kind, *(f"{getattr(one, name):,}" for name in ("submitted", *(state for state, _ in _STATES))))
        for one in found.kinds
    ]
    heads = ("type", "accepted", *(_NAMED.get(state, state) for state, _ in _STATES))
    return _section(
        "Submissions by state",
        "What the portal answered in these days, and what Spamhaus has made of it by now.",
        None if _any(series) else "Nothing was answered in these days.",
        _chart(bars(names, series, "Submissions by type and state"), series),
        _table(heads, rows, right=set(range(1, len(heads)))),
    )


def _leads(found: Period) -> Element:
    series = [
        Series(one.summary.kind, colour, one.within)
        for one, colour in zip(found.leads, ("c0", "c1", "c2"), strict=True)
    ]
    names = [text if text == "later" else f"within {text}" for text, _ in WITHIN]
    rows = [
        (
            one.kind,
            f"{one.new:,}",
            f"{one.listed:,}",
            "" if one.share is None else f"{one.share:.0%}",
            f"{one.already:,}",
        )
        for one in (leads.summary for leads in found.leads)
    ]
    return _section(
        "Lead times",
        "How long after our report a listing came, of what was not listed before. A listing is dated by the "
        "first lookup or portal check that found it, so the true lead is shorter.",
        None if _any(series) else "Nothing that was reported in these days was listed after it.",
        _chart(columns(names, series, "Listings by how soon they came"), series),
        _table(("type", "not listed", "then listed", "share", "listed before"), rows, right={1, 2, 3, 4}),
    )


def _refused(found: Period, refused: Refused | str) -> Element:
    if isinstance(refused, str):
        about = "Only the milter knows of them, and logs them: they are counted in this host's journal."
        return _section("Refused recipients by zone", about, refused)
    totals = Counter({zone: sum(n for (_, one), n in refused.by_day.items() if one == zone) for zone in refused.zones})
    series = _most(totals, lambda zone: [refused.by_day.get((day, zone), 0) for day in found.days], "zones")
    since = "" if refused.first is None else f", from {moment(refused.first)} UTC on"
    return _section(
        "Refused recipients by zone",
        f"Refused or deferred, as this host's journal has it{since}; what lies before that, and on other hosts, is not "
        "counted.",
        None if totals else "The journal of these days has no refused recipient.",
        _chart(columns([f"{day:%d %b}" for day in found.days], series, "Refused recipients by day and zone"), series),
    )


def _blocklist(found: Period) -> Element:
    days = found.blocklist
    names = [f"{one.day:%d %b}" for one in days]
    size = [Series("listed at the end of the day", "c0", [one.entries for one in days])]
    new = [
        Series("listed for hits", "c1", [one.by_hits for one in days]),
        Series("added by hand", "c2", [one.by_hand for one in days]),
        Series("held for a person", "c3", [one.held for one in days]),
    ]
    return _section(
        "The local blocklist",
        "From the record of its changes.",
        None if _any((*size, *new)) else "Nobody was listed.",
        _chart(columns(names, size, "Entries at the end of each day"), size),
        _chart(columns(names, new, "New entries by day"), new),
    )


def _most(totals: Counter[str], values: Callable[[str], list[int]], others: str) -> list[Series]:
    """A series for each of the largest, in colours that are told apart; the rest share one."""
    names = sorted(totals, key=lambda name: (-totals[name], name))
    number = len(COLOURS) if len(names) > len(COLOURS) + 1 else len(names)
    found = [Series(name, colour, values(name)) for name, colour in zip(names[:number], (*COLOURS, REST), strict=False)]
    if rest := names[number:]:
        found.append(
            Series(f"{len(rest)} other {others}", REST, [sum(day) for day in zip(*map(values, rest), strict=True)])
        )
    return found


def _any(series: Sequence[Series]) -> bool:
    """Whether there is anything to be drawn."""
    return any(sum(one.values) for one in series)


def _section(title: str, about: str, empty: str | None, *content: Element) -> Element:
    """A section; or what it says instead of its content, where that is `empty`."""
    shown = content if empty is None else (element("p", empty, class_="empty"),)
    return element("section", element("h2", title), element("p", about, class_="soft"), *shown)


def _chart(chart: Element, series: Sequence[Series]) -> Element:
    return element("div", legend(series), element("div", chart, class_="chart"))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: set[int], wide: int = -1) -> Element:
    """`right`: the columns of numbers; `wide`: the one with text, which may be broken."""
    looks = dict.fromkeys(right, "right") | {wide: "wide"}

    def cells(tag: str, row: Sequence[str]) -> Element:
        return element("tr", *(element(tag, one, class_=looks.get(place, "plain")) for place, one in enumerate(row)))

    body = element("tbody", *(cells("td", row) for row in rows))
    return element("div", element("table", element("thead", cells("th", heads)), body), class_="table")
