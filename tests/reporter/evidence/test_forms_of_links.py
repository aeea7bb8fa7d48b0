"""Every form in which a link stands in a message, from its bytes to the URL as it is judged: one row each."""

import base64

import pytest

from tests.reporter.messages import envelope
from trapline.reporter.judge import Context, judge

URL = "http://pills.com/buy"
A = '<a href="http://pills.com/buy">buy</a>'
CODED = base64.b64encode(URL.encode()).decode()
CODED_A = base64.b64encode(A.encode()).decode()
ESCAPED = "%3Ca%20href%3D%22http%3A//pills.com/buy%22%3Ebuy"


def message(body: str | bytes, kind: str = "text/html; charset=utf-8", *fields: str) -> bytes:
    raw = body if isinstance(body, bytes) else body.encode()
    return "\n".join(["From: a@b.com", *fields, f"Content-Type: {kind}", "", ""]).encode() + raw


def coded(body: bytes, kind: str = "text/html") -> bytes:
    return message(base64.encodebytes(body), kind, "Content-Transfer-Encoding: base64")


def found(raw: bytes) -> dict[str, str]:
    """The links of the message with the places where they were seen."""
    evidence = judge(raw, envelope(helo=None, mail_from=None), Context()).evidence
    return {seen.url.text: ", ".join(seen.sources) for seen in evidence.urls}


QUOTED = "Content-Transfer-Encoding: quoted-printable"

ELEMENTS = {
    "a": (A, "html:a"),
    "a, in capitals": ('<A HREF="HTTP://PILLS.COM/buy">', "html:a"),
    "a, without quotes": ("<a target=_blank href=http://pills.com/buy class=x>", "html:a"),
    "a, with quotes that are none": ("<a href=\u201dhttp://pills.com/buy\u201d>", "html:a"),
    "a, with what is left of an encoding": ('<a href=3D"http://pills.com/buy">', "html:a"),
    "a, the first of two": ("<a href='http://pills.com/buy' href='http://other.com/'>", "html:a"),
    "a, that is never closed": ("<a href='http://pills.com/buy' <b>", "html:a"),
    "a, below the end": ("<html><body></body></html>\n" + A, "html:a"),
    "a, in a picture of lines": ('<svg><a xlink:href="http://pills.com/buy">', "html:a"),
    "a, for Outlook": (f"<!--[if mso]>{A}<![endif]-->", "html:comment"),
    "a button for Outlook": ('<!--[if mso]><v:rect href="http://pills.com/buy"></v:rect><![endif]-->', "html:comment"),
    "a, for all but Outlook": (f"<!--[if !mso]><!-->{A}<!--<![endif]-->", "html:a"),
    "area": ("<map><area href='http://pills.com/buy'></map>", "html:area"),
    "form": ("<form action='http://pills.com/buy'>", "html:form"),
    "button of a form": ("<button formaction='http://pills.com/buy'>", "html:form"),
    "form of AMP's": ("<form action-xhr='http://pills.com/buy'>", "html:form"),
    "picture of AMP's": ("<amp-img src='http://pills.com/buy'></amp-img>", "html:img"),
    "round button for Outlook": ("<!--[if mso]><v:oval href='http://pills.com/buy'/><![endif]-->", "html:comment"),
    "focus": ("<input autofocus onfocus=\"location='http://pills.com/buy'\">", "html:script"),
    "page that is shown": ("<body onpageshow=\"location='http://pills.com/buy'\">", "html:script"),
    "iframe that is its page": (f"<iframe src='data:text/html,{ESCAPED}'>", "html:a"),
    "iframe that is its page, coded": (f"<iframe src='data:text/html;charset=utf-8;base64,{CODED_A}'>", "html:a"),
    "object that is its page": (f"<object data='DATA:image/svg+xml;base64,{CODED_A}'>", "html:a"),
    "iframe": ("<iframe src='http://pills.com/buy'>", "html:iframe"),
    "iframe with its page in it": ("<iframe srcdoc='<a href=http://pills.com/buy>buy</a>'>", "html:a"),
    "object": ("<object data='http://pills.com/buy'>", "html:iframe"),
    "base": ("<base href='http://pills.com/'><a href='buy'>", "html:a"),
    "refresh": ("<meta http-equiv=refresh content='0; url=http://pills.com/buy'>", "html:meta"),
    "refresh without url=": ("<meta http-equiv=Refresh content='0;http://pills.com/buy'>", "html:meta"),
    "picture": ("<img src='http://pills.com/buy'>", "html:img"),
    "picture of several sizes": ("<img srcset='http://pills.com/buy 2x'>", "html:img"),
    "picture behind": ("<td background='http://pills.com/buy'>", "html:img"),
    "script that leads away": ("<script>window.location.href = 'http://pills.com/buy'</script>", "html:script"),
    "script that hides where": (f"<script>location=atob('{CODED}')</script>", "html:script"),
    "script that writes a page": (f"<script>document.write(unescape('{ESCAPED}'))</script>", "html:a"),
    "click": ("<td onclick=\"window.open('http://pills.com/buy')\">", "html:script"),
    "visible text": ("<p>http://pi<b>lls</b>.com/b<wbr>uy</p>", "html:text"),
}  # fmt: skip

ADDRESSES = {
    "http://pi\nlls.com/b\r\n\tuy": URL,
    " \n http://pills.com/buy ": URL,
    "&#104;ttp&#x3a;//pills&period;com/buy": URL,
    "http://%70ills.com/buy": URL,
    "http://pi&shy;lls.com/buy": URL,
    "http://pills\u3002com/buy": URL,
    "http:\\\\pills.com\\buy": URL,
    "http:/pills.com/buy": URL,
    "http:pills.com/buy": URL,
    "http:///pills.com/buy": URL,
    "//pills.com/buy": "https://pills.com/buy",
    "pills.com/buy": URL,
    "http://pills.com:80/buy#top": URL,
    "http://pills.com:8080/buy": "http://pills.com:8080/buy",
    "http://pills.com/buy?b=2&utm_source=x&a=1&gclid=y": "http://pills.com/buy?b=2&a=1",
    "http://b\u00fccher.com/buy": "http://xn--bcher-kva.com/buy",
    "http://xn--bcher-kva.com/buy": "http://xn--bcher-kva.com/buy",
    "http://www.bank.com@pills.com/buy": "http://www.bank.com@pills.com/buy",
    "http://user:password@pills.com/buy": "http://user:password@pills.com/buy",
    "http://184549377/buy": "http://11.0.0.1/buy",
    "http://0xb000001/buy": "http://11.0.0.1/buy",
    "http://013.0.0.1/buy": "http://11.0.0.1/buy",
    "http://0x0b.0.0.01/buy": "http://11.0.0.1/buy",
    "http://11.1/buy": "http://11.0.0.1/buy",
    "http://[2a00::0001]/buy": "http://[2a00::1]/buy",
}

LEFT_ASIDE = [
    "javascript:location='http://pills.com/buy'",
    "data:text/html,<a href=http://pills.com/buy>",
    "mailto:a@pills.com",
    "cid:1",
    "#http://pills.com/",
]

TEXTS = {
    "see http://pills.com/buy.": URL,
    "see (http://pills.com/buy), please": URL,
    "see <http://pills.com/buy>!": URL,
    "see <URL:http://pills.com/buy>": URL,
    "see <http://pills.com/\n  buy> now": URL,
    "'http://pills.com/buy'": URL,
    "[buy](http://pills.com/buy)": URL,
    "|http://pills.com/buy|": URL,
    "HTTP://PILLS.COM/buy": URL,
    "http://pi\u00adlls.com/b\u200buy": URL,
    "buy at www.pills.com, now": "http://www.pills.com/",
    "buy at pills.com/buy?": URL,
    "buy at pills.com:8080/buy": "http://pills.com:8080/buy",
    "http://b\u00fccher.com/buy": "http://xn--bcher-kva.com/buy",
    "http://184549377/buy": "http://11.0.0.1/buy",
    "http://www.bank.com@pills.com/buy": "http://www.bank.com@pills.com/buy",
}

PARTS = {
    "base64": coded(A.encode()),
    "base64 in quotes": message(base64.encodebytes(A.encode()), "text/html", 'Content-Transfer-Encoding: "base64"'),
    "what is not base64 although it says so": message(A, "text/html", "Content-Transfer-Encoding: base64"),
    "quoted-printable": message("<a href=3D'http://pills=\n.com/buy'>", "text/html", QUOTED),
    "base64 in an attached message": message(coded(A.encode()), "message/rfc822"),
    "an attached message in base64": coded(message(A), "message/rfc822"),
    "no type at all": f"From: a@b.com\n\n{A}".encode(),
    "a type that is none": message(A, "html"),
    "a type with a slip": message(A, "text/htm"),
    "multipart/related": message(f"--b\nContent-Type: text/html\n\n{A}\n--b--\n", "multipart/related; boundary=b"),
    "an HTML file": message(A, "application/octet-stream; name=invoice.html", "Content-Disposition: attachment"),
    "an SVG file": message('<svg><a xlink:href="http://pills.com/buy"/></svg>', "image/svg+xml; name=invoice.svg"),
    "a text file": message(f"see {URL}", "application/octet-stream; name=readme.txt"),
    "a calendar": message("BEGIN:VEVENT\nDESCRIPTION:see http://pil\n ls.com/buy\\nnow\n", "text/calendar"),
    "a contact": message("BEGIN:VCARD\nURL;type=pref:http\\://pil\n ls.com/buy\nEND:VCARD\n", "text/x-vcard"),
    "a contact's file": message("NOTE:see http://pil\n ls.com/buy\\n\n", "application/octet-stream; name=a.vcf"),
    "a shortcut of Apple's": message(f"<string>{URL}</string>", "application/octet-stream; name=a.webloc"),
    "paragraphs that flow": message("see http://pills.com/ \nbuy\n", "text/plain; format=flowed; delsp=yes"),
    "an unknown charset": message(A, "text/html; charset=default"),
    "a mark of UTF-8": message(b"\xef\xbb\xbf" + A.encode(), "text/html"),
    "UTF-16 with its mark": coded(A.encode("utf-16"), "text/html; charset=utf-16"),
    "UTF-16, little end first": coded(A.encode("utf-16-le"), "text/html; charset=utf-16le"),
    "UTF-16, big end first, unsaid": coded(A.encode("utf-16-be"), "text/html; charset=utf-16"),
    "UTF-16 that says UTF-8": coded(A.encode("utf-16-le"), "text/html; charset=utf-8"),
    "ASCII that says UTF-16": message(A, "text/html; charset=utf-16"),
    "ASCII that says UTF-16 within": message("<meta charset=utf-16>" + A, "text/html"),
    "ASCII that says EBCDIC": message(A, "text/html; charset=cp037"),
    "UTF-7": message("+ADw-a href=+ACI-http://pills.com/buy+ACI-+AD4-", "text/html; charset=utf-7"),
    "GBK that says GB 2312": message(A.encode() + "\u9555".encode("gbk"), "text/html; charset=gb2312"),
    "NULs in between": message(A.replace("href", "hr\0ef").replace("pills", "pi\0lls")),
}  # fmt: skip


@pytest.mark.parametrize("form", ELEMENTS)
def test_a_link_is_found_in_the_element(form: str) -> None:
    page, source = ELEMENTS[form]
    assert found(message(f"{page}x")) == {URL: source}


@pytest.mark.parametrize("href", ADDRESSES)
def test_a_link_is_read_as_a_browser_reads_it(href: str) -> None:
    assert list(found(message(f'<a href="{href}">'))) == [ADDRESSES[href]]


@pytest.mark.parametrize("href", LEFT_ASIDE)
def test_what_leads_to_no_web_host_is_left_aside(href: str) -> None:
    assert found(message(f'<a href="{href}">')) == {}


@pytest.mark.parametrize("text", TEXTS)
def test_a_link_is_found_in_plain_text(text: str) -> None:
    assert found(message(text, "text/plain; charset=utf-8")) == {TEXTS[text]: "text"}


@pytest.mark.parametrize("form", PARTS)
def test_a_link_is_found_in_the_part(form: str) -> None:
    assert list(found(PARTS[form])) == [URL]
