"""What a page shows as output, held against what is printed: the same words, other numbers, names and times."""

import re


def shape(line: str) -> str:
    """The line with its numbers, identities, paths' folders and the width of its columns taken away."""
    plain = re.sub(r"\b[0-9a-f]{16}\b", "ID", line)
    plain = re.sub(r"^(?!NOQUEUE)\w+: (?=\w+ client=)", "QUEUE: ", plain)
    plain = re.sub(r"resolver=[\d.:]+", "resolver=ADDRESS", plain)
    plain = re.sub(r"(?:/[\w.-]+)+(?=/new\b)", "/FOLDER", plain)
    return " ".join(re.sub(r"\d+(?:\.\d+)*", "0", plain).split())


def missing(shown: str, printed: str) -> list[str]:
    """The lines of `shown` that were not `printed`; what a page left out at a line's end is written as `…`."""
    there = [shape(line) for line in printed.splitlines()]
    return [line for line in shown.splitlines() if line.strip() and not _is_among(shape(line), there)]


def headings(shown: str) -> str:
    """`shown` without the rows of its tables: each stands below a line of dashes, up to an empty line."""
    kept: list[str] = []
    in_rows = False
    for line in shown.splitlines():
        if "───" in line:
            in_rows = True
        elif not line.strip():
            in_rows = False
        elif not in_rows:
            kept.append(line)
    return "\n".join(kept)


def _is_among(line: str, there: list[str]) -> bool:
    if "…" not in line:
        return line in there
    before, _, after = line.partition("…")
    return any(other.startswith(before.rstrip()) and other.endswith(after) for other in there)
