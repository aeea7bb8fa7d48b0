"""What a command shows, shown again and again: on a terminal in place, elsewhere one after the other."""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from trapline.cli.output import can_be_redrawn

SHARE = 4  #: a look is followed by a rest of at least so many times its length: a fifth of one processor at most


def watch(look: Callable[[], str], every_seconds: float) -> None:
    """Show what `look` gives every so many seconds, until Ctrl-C, SIGTERM, or (on a terminal) the key q."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the terminal is put back as it was
    try:
        with _in_place() if can_be_redrawn() else _one_after_the_other() as show, _keys() as quit_within:
            while True:
                began = time.monotonic()
                show(look())
                if quit_within(max(every_seconds, SHARE * (time.monotonic() - began))):
                    return
    except KeyboardInterrupt:
        return


@contextmanager
def _in_place() -> Iterator[Callable[[str], None]]:
    """The terminal's other screen, which is written over in one go and never cleared: nothing flickers."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(highlight=False)
    with Live(console=console, screen=True, auto_refresh=False) as live:

        def show(text: str) -> None:
            lines = text.splitlines()
            height = console.size.height
            if len(lines) > height:
                lines[height - 1 :] = [f"… {len(lines) - height + 1} more lines do not fit"]
            live.update(Text("\n".join(lines), no_wrap=True, overflow="ellipsis"), refresh=True)

        yield show


@contextmanager
def _one_after_the_other() -> Iterator[Callable[[str], None]]:
    def show(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    yield show


@contextmanager
def _keys() -> Iterator[Callable[[float], bool]]:
    """Gives a function that waits so many seconds, or until q is pressed: then it is True."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield _rest
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)  # a key is read without Enter, and not shown
    try:
        yield _pressed_q
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _rest(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _pressed_q(seconds: float) -> bool:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([sys.stdin], [], [], left)[0] and os.read(sys.stdin.fileno(), 1) in {b"q", b"Q", b""}:
            return True
    return False
