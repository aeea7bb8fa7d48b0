"""The comments in a header field that a server wrote: TLS details, and what a client said, name no protocol and nobody.

Source: RFC 5322, 3.2.2.
"""

import re

_OUTSIDE = re.compile(r'"(?:[^"\\]|\\.)*"|[()]')  # a quoted text as a whole
_IN_COMMENT = re.compile(r"\\.|[()]")


def without_comments(text: str) -> str:
    """`text` without what stands in parentheses.

    A parenthesis in a quoted text is none: a sender's local part must not hide what stands behind it. What is opened
    and never closed goes to the end.

    >>> without_comments('from a (TLS (1.3)) by "(b" (c')
    'from a   by "(b" '
    """
    kept, depth, start = [], 0, 0
    place = 0
    while match := (_IN_COMMENT if depth else _OUTSIDE).search(text, place):
        place = match.end()
        if match[0] == "(":
            if depth == 0:
                kept.append(text[start : match.start()])
            depth += 1
        elif match[0] == ")" and depth:
            depth -= 1
            start = place
    return " ".join(kept if depth else [*kept, text[start:]])
