from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.evidence.html import hunt
from trapline.reporter.sketches import SIZE, alike, sketch

LETTER = (
    "Dear friend, our shop has cheap pills for everybody who wants to sleep well. Order today at {link} and pay "
    "nothing for shipping. Your customer number is {number}. With kind regards, {name}"
)
OTHER = (
    "Hello, you have won a voucher worth a lot of money in our yearly game. Claim your prize before Sunday evening by "
    "following the steps on our page and tell nobody about it."
)


def of(text: str, *, html: bool = False) -> str:
    return sketch([hunt(text).shown if html else text])


def test_letters_that_differ_in_their_recipient_only_are_alike() -> None:
    one = of(LETTER.format(link="http://a.com/?u=1", number=123, name="Anna"))
    assert alike(one, of(LETTER.format(link="http://b.com/?u=2", number=456, name="Otto")))
    assert alike(one, of(f"<p>{LETTER.format(link='<a href=x>http://a.com</a>', number=1, name='Eve')}</p>", html=True))


def test_letters_with_other_words_are_not_alike() -> None:
    assert not alike(of(LETTER), of(OTHER))
    assert not alike(of(LETTER), of(""))
    assert not alike(of("Buy pills"), of("Win money"))


def test_letters_in_the_same_template_are_not_alike() -> None:
    styles = ("margin", "padding", "border", "width", "height", "float", "color", "font", "background", "cursor")
    cells = "".join(f"<td style='{one}:1px;{other}:2px'>\n" for one in styles for other in styles)
    template = f"<table>\n<tr>\n{cells}{{}}\n</table>"
    assert not alike(of(template.format(LETTER), html=True), of(template.format(OTHER), html=True))


def test_no_text_is_like_no_text() -> None:
    assert alike(of(""), of("<img src=x>", html=True))


@given(st.text())
def test_any_text_is_like_itself_and_its_sketch_is_small(text: str) -> None:
    assert alike(of(text), of(text))
    assert len(of(text)) <= 8 * SIZE
