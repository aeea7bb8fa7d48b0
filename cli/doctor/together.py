"""Doing several things that wait for others at the same time, so that all take as long as the slowest."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Found = TypeVar("Found")


def together(work: Sequence[Callable[[], Found]]) -> tuple[Found, ...]:
    """What each of `work` returns, in order. Each has to end by itself. Raises what the first of them raises."""
    if not work:
        return ()
    with ThreadPoolExecutor(max_workers=len(work)) as pool:
        return tuple(one.result() for one in [pool.submit(each) for each in work])
