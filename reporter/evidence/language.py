"""Which language a text is in, by Google's Compact Language Detector 2: small, fast, and the same answer every time.

Only what it calls reliable is believed; of short texts, and of names and numbers, it is not. Pure.
"""

import re

import pycld2

from trapline.reporter.parsing.words import words_of

READ_CHARS = 4_000  #: of a text: more does not change the answer

_CODE = re.compile(r"(?!xx|un)[a-z]{2,3}(?:-[A-Z][a-z]{3})?")
_NEWER = {"iw": "he", "jw": "jv"}  #: codes that ISO 639 has changed


def language(text: str) -> str | None:
    """The language of `text` as ISO 639 has it (`de`, `pt`, `zh-Hant`); None where it can't be told.

    >>> language("Bitte bestätigen Sie Ihre Angaben, damit Ihr Konto nicht gesperrt wird.")
    'de'
    """
    words = " ".join(words_of(text[:READ_CHARS])).encode("utf-8", "replace")
    try:
        reliable, _, found = pycld2.detect(words, isPlainText=True)
    except pycld2.error:  # a character that it does not take
        return None
    code = found[0][1]
    return _NEWER.get(code, code) if reliable and _CODE.fullmatch(code) else None
