"""Where a message begins to quote another one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.evidence.html import hunt
from trapline.reporter.evidence.quotes import MAX_HEADER_CHARS, begins

MARKS = [
    "-----Original Message-----",
    "-----Ursprüngliche Nachricht-----",
    "---------- Forwarded message ---------",
    "----- Message d\u2019origine -----",
    "________ Messaggio originale ________",
    "From: Anna\nSent: Monday\nTo: Bob\nSubject: cake",
    "*From:* Anna\n*Date:* Monday\n*Subject:* cake",
    "From: Anna\nSubject: cake\nDate: Monday",
    "Von: Anna\nGesendet: Montag\nAn: Bob\nBetreff: Kuchen",
    "De : Anna\nEnvoyé : lundi\nÀ : Bob\nObjet : gâteau",
    "De: Ana\nEnviado el: lunes\nPara: Bob\nAsunto: pastel",
    "De: Ana\nEnviada em: segunda-feira\nPara: Bob\nAssunto: bolo",
    "Da: Anna\nInviato: lunedì\nA: Bob\nOggetto: torta",
    "Van: Anna\nVerzonden: maandag\nAan: Bob\nOnderwerp: taart",
    "Från: Anna\nSkickat: den 2 mars\nTill: Bob\nÄmne: tårta",
    "Od: Anna\nWysłano: poniedziałek\nDo: Bob\nTemat: ciasto",
    "Kimden: Anna\nTarih: Pazartesi\nKonu: kek",
    "От: Анна\nДата: 2 марта\nТема: торт",  # noqa: RUF001
    "发件人\uff1a安娜\n发送时间\uff1a3月2日\n主题\uff1a蛋糕",
    "差出人: アンナ\n送信日時: 3月\n件名: ケーキ",
]  # fmt: skip


@pytest.mark.parametrize("mark", MARKS)
def test_a_message_is_quoted_below(mark: str) -> None:
    above = "See there.\n\n"
    assert begins(f"{above}{mark}\n\nwww.bakery-anna.com") == len(above)


@pytest.mark.parametrize(
    "text",
    [
        "From: us\nto you, with love.\nSubject: to change",
        "------- click here -------",
        "Date: today\nSubject: offer\nPlace: here",
        "From: us\n" + "word " * MAX_HEADER_CHARS + "\nDate: today\nSubject: offer",
        "a letter From: us Date: today Subject: offer",
    ],
)
def test_nothing_is_quoted_by_words_that_only_look_so(text: str) -> None:
    assert begins(text) is None


PAGES = {
    "Outlook on the web": '<hr><div id="divRplyFwdMsg"><b>From:</b> Anna</div><div>{}</div>',
    "Outlook on the web, quoted once more": '<hr><div id="x_divRplyFwdMsg"></div><div>{}</div>',
    "Outlook for Mac": '<span id="OLK_SRC_BODY_SECTION">{}</span>',
    "Outlook": '<div style="border-top:solid"><p><b>From:</b> Anna<br><b>Sent:</b> Monday<br><b>To:</b> B<br>'
    "<b>Subject:</b> cake</p></div><p>{}</p>",
    "Outlook, in German and in a table": "<table><tr><td>Von:</td><td>A</td></tr><tr><td>Gesendet:</td><td>Mo</td></tr>"
    "<tr><td>Betreff:</td><td>x</td></tr></table>{}",
    "Outlook of old": "<p>-----Original Message-----</p>{}",
    "GMX": '<div name="quote">{}</div>',
    "Zoho": '<div class="zmail_extra"><blockquote>{}</blockquote></div>',
    "Tuta": '<blockquote class="tutanota_quote">{}</blockquote>',
}


@pytest.mark.parametrize("program", PAGES)
def test_a_page_quotes_a_message_as_mail_programs_do(program: str) -> None:
    quote = PAGES[program].format('<a href="http://anna.com/">cake</a>')
    found = hunt(f'<p>Look <a href="http://x.com/">here</a></p>{quote}')
    assert found.links == [("http://x.com/", "html:a"), ("http://anna.com/", "html:quoted")]
    assert ("cake" in found.shown, "cake" in found.quoted) == (False, True)


@given(st.text(alphabet="From:SentDateSubject \n-*", max_size=200))
def test_no_text_makes_it_raise(text: str) -> None:
    place = begins(text)
    assert place is None or 0 <= place < len(text)
