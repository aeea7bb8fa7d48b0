"""How text that a sender may have written is shown on a terminal."""


def printable(text: str) -> str:
    """`text` without control characters: a message must not play with the terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)
