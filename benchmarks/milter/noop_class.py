"""A milter that does nothing, on pymilter's class: `python -m benchmarks.milter.noop_class SOCKET`.

The way in which its documentation has one written; its callbacks are ours. The headers and the body are declined in
the same manner as ours does it: by an ACCEPT at DATA.
"""

import sys

import Milter  # type: ignore[import-untyped]
import milter


class Noop(Milter.Base):  # type: ignore[misc]
    """One connection."""

    def _go_on(self, *_arguments: object) -> int:
        return milter.CONTINUE

    connect = hello = envfrom = envrcpt = header = body = eom = abort = close = _go_on

    def data(self) -> int:
        """Decline the rest."""
        return milter.ACCEPT


def main(socket: str) -> None:
    Milter.factory = Noop
    Milter.set_flags(milter.DELRCPT)
    Milter.runmilter("noop", f"unix:{socket}")


if __name__ == "__main__":
    main(sys.argv[1])
