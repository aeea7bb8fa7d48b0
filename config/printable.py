"""What somebody else wrote, made fit to stand on a line of ours: in a log, at a terminal."""


def printable(text: str, length: int | None = None) -> str:
    r"""`text` on one line, without anything that a terminal would obey; cut to `length` characters where one is given.

    >>> printable("two\nlines"), printable("a long story", 6)
    ('two?lines', 'a lon…')
    """
    if (length is None or len(text) <= length) and text.isprintable():
        return text
    shown = "".join(character if character.isprintable() else "?" for character in text[:length])
    return shown if len(text) == len(shown) else shown[:-1] + "…"
