"""Lengths of time and sizes, in a unit that fits."""


def length(seconds: float) -> str:
    """A length of time.

    >>> length(50), length(700), length(7200 * 2), length(3 * 86_400)
    ('50 s', '12 min', '4 h', '3 days')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 2 * 86_400 else f"{seconds / 86_400:.0f} days"


def size(count: float) -> str:
    """A number of bytes.

    >>> size(900), size(4_400), size(25_000_000)
    ('900 bytes', '4.4 kB', '25.0 MB')
    """
    if count < 1000:
        return f"{count:.0f} bytes"
    if count < 1_000_000:
        return f"{count / 1000:.1f} kB"
    if count < 1_000_000_000:
        return f"{count / 1_000_000:.1f} MB"
    return f"{count / 1_000_000_000:.1f} GB"
