"""The forms in which a trap's address must be found before anything leaves."""

import base64
import codecs
import hashlib
import quopri
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu_time import within
from trapline.reporter.parsing.recipient_forms import mentions_recipient

TRAP = "wiltrud.kesselring@ourtraps.com"
LOCAL = "wiltrud.kesselring"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FORMS = {
    "plain": TRAP,
    "upper case": TRAP.upper(),
    "local part alone": LOCAL,
    "percent-encoded": quote(TRAP, safe=""),
    "percent-encoded throughout": "".join(f"%{ord(letter):02x}" for letter in TRAP),
    "percent-encoded twice": quote(quote(TRAP, safe=""), safe=""),
    "entities": "".join(f"&#{ord(letter)};" for letter in TRAP),
    "VERP": "wiltrud.kesselring=ourtraps.com",
    "quoted-printable": quopri.encodestring(TRAP.encode().replace(b".", b"=2E")).decode(),
    "base64": b64(TRAP),
    "base64 of upper case": b64(TRAP.upper()),
    "base64, url-safe": base64.urlsafe_b64encode(b"??>" + TRAP.encode()).decode(),
    "base64, wrapped": b64("x" * 60 + TRAP)[:76] + "\r\n" + b64("x" * 60 + TRAP)[76:],
    "base64 of the local part": b64(LOCAL),
    "hex": TRAP.encode().hex(),
    "hex, upper case": TRAP.encode().hex().upper(),
    "reversed": TRAP[::-1],
    "base64 of another case": b64("Wiltrud.KesselRing@OurTraps.com"),
    "base64 twice": b64(b64(TRAP)),
    "base64 of UTF-16": base64.b64encode(TRAP.encode("utf-16-le")).decode(),
    "hex of another case": b"Wiltrud.Kesselring@ourtraps.com".hex(),
    "words": "wiltrud.kesselring at ourtraps dot com",
    "words between hyphens": "wiltrud-dot-kesselring-at-ourtraps-dot-com",
    "invisible characters": "\u200b".join(TRAP),
    "combining marks": "\u0336".join(TRAP),
    "combining marks that make other letters": "".join(f"{letter}\u0301" for letter in TRAP),
    "invisible tag letters": "".join(chr(0xE0000 + ord(letter)) for letter in TRAP),
    "tag letters that are invisible between others": f"{TRAP[:9]}\U000e0061\U000e0062{TRAP[9:]}",
    "every second letter as an invisible tag": "".join(
        chr(0xE0000 * (place % 2) + ord(letter)) for place, letter in enumerate(TRAP)
    ),
    "wide letters": "".join(chr(ord(letter) + 0xFEE0) for letter in TRAP),
    "pieces that a script joins": "wiltrud.kess'+'elring@our' + \"traps.com",
    "pieces and nothing that a script joins": "wiltrud.kesselring@our'+''+'traps.com",
    "pieces in brackets that a script joins": "wiltrud.kess') + ('elring@our') + ('traps.com",
    "pieces that a script concatenates": "'wiltrud.kess'.concat('elring@our').concat('traps.com')",
    "several pieces that a script concatenates": "''.concat('wiltrud.kess', 'elring@our', 'traps.com')",
    "a list that a script joins": "['wil','trud.kess','elring','@','ourtr','aps.com'].join('')",
    "a list of letters that a script joins": f'{list(TRAP)}.join("")',
    "a list on several lines": "a=['wiltrud.kess',\n\t\t'elring@ourt',\n\t\t'raps.com']",
    "letters by their codes that a script joins": "+".join(f"String.fromCharCode({ord(letter)})" for letter in TRAP),
    "letters by their codes in hex": " + ".join(f"String.fromCodePoint( {ord(letter):#x} )" for letter in TRAP),
    "codes in hex": f"String.fromCharCode({','.join(hex(ord(letter)) for letter in TRAP)})",
    "pieces and codes that a script joins": "'wiltrud.'+String.fromCharCode(107,101)+'sselring@ourtraps.com'",
    "base64 that a script joins": f"{b64(TRAP)[:13]}' + '{b64(TRAP)[13:]}",
    "a script's codes": "".join(f"\\x{ord(letter):02x}" for letter in TRAP),
    "a script's codes of four digits": r"wiltrud.\u006besselring@ourtraps.com",
    "a script's codes in braces": "".join(f"\\u{{{ord(letter):x}}}" for letter in TRAP),
    "a script's octal codes": "".join(f"\\{ord(letter):o}" for letter in TRAP),
    "a script's line that goes on": "wiltrud.kess\\\nelring@ourtraps.com",
    "a style sheet's codes": "".join(f"\\{ord(letter):x} " for letter in TRAP),
    "unescape()'s codes": "".join(f"%u{ord(letter):04X}" for letter in TRAP),
    "tags": "<b>wiltrud</b>.kesselring@<i>ourtraps</i>.com",
    "bang path": "ourtraps.com!wiltrud.kesselring",
    "MD5": hashlib.md5(TRAP.encode(), usedforsecurity=False).hexdigest(),
    "SHA-1": hashlib.sha1(TRAP.encode(), usedforsecurity=False).hexdigest(),
    "SHA-256": hashlib.sha256(TRAP.encode()).hexdigest(),
    "SHA-512": hashlib.sha512(TRAP.encode()).hexdigest(),
    "SHA-512, upper case": hashlib.sha512(TRAP.encode()).hexdigest().upper(),
    "MD5 of the local part": hashlib.md5(LOCAL.encode(), usedforsecurity=False).hexdigest(),
    "SHA-256 of the local part": hashlib.sha256(LOCAL.encode()).hexdigest(),
    "MD5 in base64": base64.b64encode(hashlib.md5(TRAP.encode(), usedforsecurity=False).digest()).decode(),
    "SHA-256 in base64, url-safe": base64.urlsafe_b64encode(hashlib.sha256(TRAP.encode()).digest()).decode().strip("="),
    "MD5 as hex in base64": b64(f"{{id:1,h:{hashlib.md5(TRAP.encode(), usedforsecurity=False).hexdigest()}}}"),
    "base32": base64.b32encode(TRAP.encode()).decode(),
    "base32, lower case": base64.b32encode(TRAP.upper().encode()).decode().lower(),
    "base32 of the local part": base64.b32encode(b"x" + LOCAL.encode()).decode(),
    "ROT13": codecs.encode(TRAP, "rot13"),
    "two parameters": "wiltrud.kesselring&d=ourtraps.com",
    "cut in the middle": "wiltrud.kess&c=elring&d=@ourtraps.com",
}

IN_A_PAGE = [
    *("plain", "words", "tags", "entities", "percent-encoded throughout", "invisible characters"),
    *("pieces that a script joins", "a script's codes", "a script's codes in braces", "combining marks"),
    *("a list that a script joins", "letters by their codes that a script joins", "pieces that a script concatenates"),
]


@pytest.mark.parametrize("form", FORMS)
def test_the_trap_is_found_as(form: str) -> None:
    assert mentions_recipient([TRAP])(f"https://pills.com/?a=1&b={FORMS[form]}&c")


@pytest.mark.parametrize(
    "written",
    [
        "bounce-wil+2Dtraud+2Bx=ourtraps.com",
        "bounce-wil+2dtraud+2bx=our+2dtraps.com",
        "bounce-wil%2B2Dtraud%2B2Bx%3Dour-traps.com",
        "wil+2Dtraud+2Bx",
    ],
)
def test_an_address_is_found_with_the_codes_of_verp(written: str) -> None:
    """As draft-varshavchik-verp-smtpext has it."""
    assert mentions_recipient(["wil-traud+x@our-traps.com"])(f"{written}@pills.com")


#: In which the local part alone gives it away.
LOCAL_PARTS = {form for form in FORMS if "local part" in form} | {"bang path", "two parameters", "cut in the middle"}


@pytest.mark.parametrize("form", [form for form in FORMS if form not in LOCAL_PARTS])
def test_an_address_of_which_only_the_whole_counts_is_found_as(form: str) -> None:
    assert mentions_recipient((), [TRAP])(f"https://pills.com/?a=1&b={FORMS[form]}&c")


@pytest.mark.parametrize(("local", "counts"), [("annas", True), ("anna", False)])
def test_a_local_part_of_five_letters_counts_alone(local: str, counts: bool) -> None:
    mentions = mentions_recipient([f"{local}@ourtraps.com"])
    digest = hashlib.md5(local.encode(), usedforsecurity=False).hexdigest()
    assert (mentions(f"u={local}"), mentions(f"u={b64(local)}"), mentions(digest)) == (counts, counts, counts)
    assert not mentions_recipient((), [f"{local}@ourtraps.com"])(digest)


@pytest.mark.parametrize("form", IN_A_PAGE)
def test_the_trap_is_found_in_a_page_that_is_encoded_as(form: str) -> None:
    page = f"<p>F\u00fcr Sie: <input value='{FORMS[form]}'>"
    found = mentions_recipient([TRAP])
    assert found(f"<script>document.write(atob('{b64(page)}'))</script>")
    assert found(f"<iframe src='data:text/html;base64,{quote(b64(page), safe='')}'></iframe>")
    assert found(f"<iframe src='data:text/html,{quote(page, safe='')}'></iframe>")
    assert found(f"<script>shown('x','{b64(page)}')</script>")
    assert found(f"{base64.encodebytes(page.encode()).decode().rstrip('=')}/zzz")  # and something else behind it


@pytest.mark.parametrize("before", ["/u/", "/un/", "/uns/", "/a/track/"])
@pytest.mark.parametrize("form", ["base64", "base64 of the local part", "base64 twice"])
def test_base64_is_found_in_a_path_whose_slashes_are_of_its_letters(form: str, before: str) -> None:
    assert mentions_recipient([TRAP])(f"https://pills.com{before}{FORMS[form]}")


@given(before=st.text(alphabet="abcz:|@", max_size=7), after=st.text(alphabet="abcz:|@", max_size=7))
def test_base64_is_found_whatever_stands_beside_it(before: str, after: str) -> None:
    assert mentions_recipient([TRAP])("t=" + b64(before + TRAP + after))


@pytest.mark.parametrize("text", ["https://pills.com/wiltrud", "https://ourtraps.com/", "", b64("somebody@else.com")])
def test_other_texts_are_not_taken_for_it(text: str) -> None:
    assert not mentions_recipient([TRAP])(text)


@pytest.mark.parametrize(
    "text",
    [
        "wiltrud-kesselring.pills.com",
        "https://pills.com/WILTRUD_KESSELRING",
        "https://pills.com/wiltrud/kesselring/",
        "wiltrud-kesselring-ourtraps-com.pills.com",
        "https://info-ourtraps-com.pills.com/",
    ],
)
def test_in_a_name_other_signs_may_stand_between_its_pieces(text: str) -> None:
    assert mentions_recipient([TRAP, "info@ourtraps.com"], in_a_name=True)(text)
    assert not mentions_recipient([TRAP, "info@ourtraps.com"])(f"{text} and others")


def test_in_a_name_a_domain_is_found_with_other_signs_too() -> None:
    assert mentions_recipient([], domains=["our-traps.com"], in_a_name=True)("https://our-traps-com.pills.com/")
    assert mentions_recipient([], domains=["our-traps.com"])("https://pills.com/?d=our-traps.com")


@pytest.mark.parametrize("text", ["wiltrud.pills.com", "https://pills.com/kesselring", "https://pills.com/info"])
def test_in_a_name_one_piece_alone_is_not_taken_for_it(text: str) -> None:
    assert not mentions_recipient([TRAP, "info@ourtraps.com"], in_a_name=True)(text)


def test_a_short_local_part_alone_is_a_word() -> None:
    mentions = mentions_recipient(["info@ourtraps.com"])
    assert not mentions("https://pills.com/info")
    assert mentions("https://pills.com/?info@ourtraps.com")


@pytest.mark.parametrize("query", ["u=info&d=ourtraps.com", "d=ourtraps.com&u=info", "u=in&v=fo%40ourtraps.com"])
def test_a_short_local_part_is_found_where_a_link_is_cut_into_parameters(query: str) -> None:
    mentions = mentions_recipient(["info@ourtraps.com"])
    assert mentions(f"see https://pills.com/?{query}")
    assert not mentions("see https://pills.com/?u=info&d=elsewhere.com")
    assert not mentions("https://pills.com/?u=info&d=1 or https://ourtraps.com/?d=2&e=3")


@given(before=st.text(alphabet="abcz:|@", max_size=7), after=st.text(alphabet="abcz:|@", max_size=7))
def test_base32_is_found_whatever_stands_beside_it(before: str, after: str) -> None:
    assert mentions_recipient([TRAP])("t=" + base64.b32encode((before + TRAP + after).encode()).decode())


def test_a_spammer_who_writes_a_word_into_to_silences_no_link() -> None:
    mentions = mentions_recipient([TRAP], ["https@pills.com", "index@x"])
    assert not mentions("https://pills.com/index.html")
    assert mentions("https://pills.com/?https@pills.com")


def test_bytes_that_are_no_utf8_are_an_address_too() -> None:
    mentions = mentions_recipient(["inf\udcffo12345@ourtraps.com"])
    assert mentions("https://pills.com/?inf\udcffo12345@ourtraps.com")
    assert not mentions("https://pills.com/")


def test_the_digest_of_the_address_as_the_sender_writes_it_is_found() -> None:
    written = "Wiltrud.Kesselring@OurTraps.com"
    digest = hashlib.md5(written.encode(), usedforsecurity=False).hexdigest()
    assert mentions_recipient([f"<{written}>"])(f"https://pills.com/?u={digest}")


def test_as_many_recipients_as_postfix_takes_in_one_message_are_told_apart_from_others() -> None:
    mentions = mentions_recipient(f"user{number}@ourtraps.com" for number in range(1000))
    assert not mentions("https://pills.com/")
    digest = hashlib.sha256(b"user999@ourtraps.com").hexdigest()
    assert mentions(f"https://pills.com/?u={digest}")


def test_with_more_nothing_is_told() -> None:
    assert mentions_recipient(f"user{number}@ourtraps.com" for number in range(1001))("https://pills.com/")


@given(st.text(st.characters(exclude_categories=[]), max_size=200))
def test_any_text_has_an_answer(text: str) -> None:
    assert mentions_recipient([TRAP])(text) in {True, False}


@pytest.mark.parametrize(
    "piece",
    [
        *("'", "',", "','", "'((((((((+", "'.concat(", "'a'.concat('b'),", "String.fromCharCode(", "a\u0301"),
        *("String.fromCharCode(106)+", "String.fromCharCode(9999999, 0xfffff)", "\u0430\U000e0061\u0336%41&amp;=20"),
    ],
)
def test_a_megabyte_of_pieces_is_searched_in_time(piece: str) -> None:
    """A spammer may write as much; the slowest of these takes three seconds."""
    before = time.process_time()
    assert not mentions_recipient([TRAP])(piece * (1_000_000 // len(piece)))
    assert within(10, before)
