"""Charts as SVG, which stand in the page itself: stacked columns for days, stacked bars for names.

Drawn by us: a plotting library of the size of all of trapline, or one that brings scripts, for two forms. Colours are
classes (`c0` to `c5`, `rest`), which style.css has for light, dark and paper. Each shape says what it is when pointed
at (`title`), and beside each chart the page has the numbers as a table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from trapline.cli.report.elements import Element, element

WIDTH = 860  #: of all charts, in their own units; the page makes them fit

_LEFT, _RIGHT, _TOP = 56, 8, 12  # of columns: room for the numbers of the scale
_HEIGHT, _BOTTOM = 220, 24
_WIDEST = 40.0  # of one column
_STEPS = 4  # of the scale, about
_TICKS = 8  # names below the columns, at most
_ROW, _BAR, _NUMBERS = 24, 15, 70
_LONGEST_NAME = 27  # characters of a bar's name
_CHARACTER = 7  # how wide one is


@dataclass(frozen=True, slots=True)
class Series:
    """One part of each column or bar, with its colour's class."""

    name: str
    colour: str
    values: Sequence[int]


def columns(names: Sequence[str], series: Sequence[Series], what: str) -> Element:
    """A column for each of `names`, from left to right. `what` is said to who can't see it."""
    step, top = scale(max((sum(values) for values in zip(*(one.values for one in series), strict=True)), default=0))
    slot = (WIDTH - _LEFT - _RIGHT) / max(1, len(names))
    dense = slot < 4
    width = slot if dense else min(_WIDEST, slot * 0.8)
    chart = _svg(what, _HEIGHT + _TOP + _BOTTOM)
    chart.set("class", "dense" if dense else "loose")
    for value in range(0, top + 1, step):
        chart.extend(_line_of_the_scale(value, _height(value, top)))
    for place, name in enumerate(names):
        middle, below = _LEFT + slot * (place + 0.5), 0
        for one in series:
            value = one.values[place]
            if value:
                y, end = _height(below + value, top), _height(below, top)
                box = {"x": middle - width / 2, "y": y, "width": width, "height": max(0.5, end - y)}
                chart.append(_box(f"{name}, {one.name}: {value:,}", one.colour, box))
                below += value
    every = ceil(len(names) / _TICKS)
    for place in range((len(names) - 1) % every, len(names), every):  # the last one, today, is always named
        x = _LEFT + slot * (place + 0.5)
        x, anchor = (x, "middle") if x < WIDTH - 30 else (WIDTH - 2.0, "end")
        chart.append(_tick(names[place], x, anchor, _TOP + _HEIGHT + 17))
    return chart


def bars(names: Sequence[str], series: Sequence[Series], what: str) -> Element:
    """A bar for each of `names`, one below the other, with its sum."""
    sums = [sum(values) for values in zip(*(one.values for one in series), strict=True)]
    left = 16 + _CHARACTER * min(_LONGEST_NAME, max(map(len, names), default=0))
    per_unit = (WIDTH - left - _NUMBERS) / max(1, max(sums, default=0))
    chart = _svg(what, _ROW * len(names) + 4)
    for place, name in enumerate(names):
        y, x = _ROW * place + 4.0, float(left)
        shown = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
        label = element("text", shown, class_="name", x=left - 10, y=y + 12, text_anchor="end")
        label.append(element("title", name))
        chart.append(label)
        for one in series:
            value = one.values[place]
            if value:
                box = {"x": x, "y": y, "width": max(0.5, value * per_unit), "height": float(_BAR)}
                chart.append(
                    _box(f"{name}, {one.name}: {value:,}" if one.name else f"{name}: {value:,}", one.colour, box)
                )
                x += value * per_unit
        chart.append(element("text", f"{sums[place]:,}", class_="number", x=x + 6, y=y + 12))
    return chart


def legend(series: Sequence[Series]) -> Element:
    """Which colour is what."""
    return element("ul", *(element("li", _swatch(one.colour), one.name) for one in series), class_="legend")


def scale(highest: int) -> tuple[int, int]:
    """A round step, and the round number at or above `highest` that the scale ends with.

    >>> scale(0), scale(3), scale(87), scale(10_000)
    ((1, 1), (1, 3), (25, 100), (2500, 10000))
    """
    if highest <= _STEPS:
        return 1, max(1, highest)
    rough = highest / _STEPS
    magnitude = 10 ** floor(log10(rough))
    step = next(
        int(nice * magnitude) for nice in (1, 2, 2.5, 5, 10) if nice * magnitude >= rough and not (nice * magnitude) % 1
    )
    return step, step * ceil(highest / step)


def _svg(what: str, height: int) -> Element:
    chart = element("svg", viewBox=f"0 0 {WIDTH} {height}", width=WIDTH, height=height, role="img", aria_label=what)
    chart.set("xmlns", "http://www.w3.org/2000/svg")
    return chart


def _line_of_the_scale(value: int, y: float) -> list[Element]:
    line = element("line", class_="scale" if value else "base", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y)
    return [line, _tick(f"{value:,}", _LEFT - 8, "end", y + 4)]


def _tick(text: str, x: float, anchor: str, y: float) -> Element:
    return element("text", text, class_="tick", x=x, y=y, text_anchor=anchor)


def _height(value: int, top: int) -> float:
    return _TOP + _HEIGHT * (1 - value / top)


def _box(says: str, colour: str, box: dict[str, float]) -> Element:
    return element("rect", element("title", says), class_=colour, **box)


def _swatch(colour: str) -> Element:
    return element("svg", element("rect", class_=colour, width=10, height=10), width=10, height=10, aria_hidden="true")
