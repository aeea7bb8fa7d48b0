"""Leaving out the comments of a header field that a server wrote.

TLS details stand there, and what the client or the sender said: words that are no protocol, host or address of the
server's own.
Source: RFC 5322, 3.2.2 (comments).
"""

import re

#: A quoted text (RFC 5322, 3.2.4), or all that stands behind a mark that is never closed: behind that one no other mark
#: is closed either, and to look again at each would cost a second for the 16 KB of a field.
QUOTED = r'"(?P<quoted>(?:[^"\\]|\\.)*+)(?:"|(?P<unclosed>))'

_OUTSIDE = re.compile(QUOTED + r"|[()]", re.DOTALL)
_BEHIND_UNCLOSED = re.compile(r"[()]")
_IN_COMMENT = re.compile(r"\\.|[()]", re.DOTALL)


def without_comments(text: str) -> str:
    """`text` without what stands in parentheses.

    A parenthesis in a quoted text is none: a sender's local part must not hide what stands behind it. A comment that is
    never closed goes to the end; a quotation mark that is never closed begins no quoted text.

    >>> without_comments('from a (TLS (1.3)) by "(b" (c')
    'from a   by "(b" '
    """
    kept, depth, start = [], 0, 0
    place = 0
    outside = _OUTSIDE
    while match := (_IN_COMMENT if depth else outside).search(text, place):
        place = match.end()
        if match.lastgroup == "unclosed":  # a mark like any other character
            outside, place = _BEHIND_UNCLOSED, match.start() + 1
        elif match[0] == "(":
            if depth == 0:
                kept.append(text[start : match.start()])
            depth += 1
        elif match[0] == ")" and depth:
            depth -= 1
            start = place
    return " ".join(kept if depth else [*kept, text[start:]])
