"""A milter that does nothing, on pymilter's C module: `python -m benchmarks.milter.noop SOCKET [all]`.

It has the callbacks of ours and negotiates the same events and macros, so what travels over the socket is the same to
the byte: the difference is what we do. Plain functions, since pymilter's class layer costs time. With `all` it takes
headers and body of every message too, as ours does with those to traps.
"""

import sys
from typing import Any

import milter

_UNANSWERED = milter.P_NR_HDR | milter.P_NR_EOH | milter.P_NR_BODY
_STEPS = milter.P_NOUNKNOWN | milter.P_HDR_LEADSPC | milter.P_SKIP | _UNANSWERED


def _go_on(_context: object, *_arguments: object) -> int:
    return milter.CONTINUE


def _enough(_context: object) -> int:
    return milter.ACCEPT


def _negotiate(context: Any, options: list[int]) -> int:
    context.setsymlist(milter.M_ENVFROM, "{auth_type} {auth_authen} {mail_addr}")
    options[0] = milter.DELRCPT
    options[1] &= _STEPS
    options[2] = options[3] = 0
    return milter.CONTINUE


def main(socket: str, wanted: str = "") -> None:
    milter.set_flags(milter.DELRCPT)
    milter.set_connect_callback(_go_on)
    milter.set_helo_callback(_go_on)
    milter.set_envfrom_callback(_go_on)
    milter.set_envrcpt_callback(_go_on)
    milter.set_header_callback(_go_on)
    milter.set_body_callback(_go_on)
    milter.set_eom_callback(_go_on)
    milter.set_abort_callback(_go_on)
    milter.set_close_callback(_go_on)
    milter.set_eoh_callback(_go_on)
    milter.register("noop", data=_go_on if wanted == "all" else _enough, negotiate=_negotiate)
    milter.setconn(f"unix:{socket}")
    milter.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
