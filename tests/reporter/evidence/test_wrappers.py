"""What wrapped links lead to, without asking anybody."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.evidence.urls import normal
from trapline.reporter.evidence.wrappers import unwrapped

INNER = "https://pills-now.com/buy?a=1"
CODED = "https%3A%2F%2Fpills-now.com%2Fbuy%3Fa%3D1"

CASES = {
    "Safe Links": f"https://eur01.safelinks.protection.outlook.com/?url={CODED}&data=05%7C01",
    "Proofpoint v1": f"https://urldefense.proofpoint.com/v1/url?u={CODED}&k=x",
    "Proofpoint v2": "https://urldefense.proofpoint.com/v2/url?u=https-3A__pills-2Dnow.com_buy-3Fa-3D1&d=Dw",
    "Proofpoint v3": "https://urldefense.com/v3/__https://pills-now.com/buy*a=1__;Pw!!abc$",
    "Google": f"https://www.google.com/url?sa=t&q={CODED}&usg=x",
    "Google of another country": f"https://www.google.de/url?q={CODED}",
    "Facebook": f"https://l.facebook.com/l.php?u={CODED}&h=x",
    "FireEye": f"https://protect2.fireeye.com/v1/url?k=1&u={CODED}",
    "Sophos": "https://eu-west.protection.sophos.com/?d=x&u=" + base64.b64encode(INNER.encode()).decode(),
    "one in the other": "https://www.google.com/url?q=https%3A%2F%2Fl.facebook.com%2Fl.php%3Fu%3D"
    + CODED.replace("%", "%25"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_inner_link_is_read_from(name: str) -> None:
    url = normal(CASES[name])
    assert url is not None
    inner = unwrapped(url)
    assert inner is not None
    assert inner.text == INNER


@pytest.mark.parametrize(
    "link",
    [
        "https://pills-now.com/?url=https://x.com",
        "https://protect-eu.mimecast.com/s/abc",
        "https://www.google.com/url?q=x",
    ],
)
def test_an_ordinary_or_opaque_link_has_none_inside(link: str) -> None:
    url = normal(link)
    assert url is not None
    assert unwrapped(url) is None


@given(
    st.sampled_from(
        ["urldefense.com/v3/", "urldefense.com/v3/__http://a.com/", "google.com/url?q=", "awstrack.me/L0/"]
    ),
    st.text(alphabet="ab*_;!%2F=A:/.-", max_size=80),
)
def test_no_wrapper_raises(host: str, rest: str) -> None:
    url = normal(f"https://{host}{rest}")
    if url is not None:
        unwrapped(url)
