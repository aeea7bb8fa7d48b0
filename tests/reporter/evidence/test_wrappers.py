"""What wrapped links lead to, without asking anybody."""

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reporter.messages import envelope, html
from trapline.reporter.evidence.urls import normal
from trapline.reporter.evidence.wrappers import unwrapped
from trapline.reporter.indicators import Report
from trapline.reporter.judge import Context, judge

INNER = "https://pills-now.com/buy?a=1"
CODED = "https%3A%2F%2Fpills-now.com%2Fbuy%3Fa%3D1"

MANDRILL = rb'{"s":"x","v":1,"p":"{\"u\":30,\"v\":1,\"url\":\"https:\\/\\/pills-now.com\\/buy?a=1\",\"id\":\"x\"}"}'

CASES = {
    "Safe Links": f"https://eur01.safelinks.protection.outlook.com/?url={CODED}&data=05%7C01",
    "Proofpoint v1": f"https://urldefense.proofpoint.com/v1/url?u={CODED}&k=x",
    "Proofpoint v2": "https://urldefense.proofpoint.com/v2/url?u=https-3A__pills-2Dnow.com_buy-3Fa-3D1&d=Dw",
    "Proofpoint v3": "https://urldefense.com/v3/__https://pills-now.com/buy*a=1__;Pw!!abc$",
    "Google": f"https://www.google.com/url?sa=t&q={CODED}&usg=x",
    "Google of another country": f"https://www.google.de/url?q={CODED}",
    "Google, with letters as codes": f"https://www.google.com/%75r%6C?q={CODED}",
    "Google AMP, with letters as codes": "https://www.google.com/%61mp/%73/pills%2Dnow%2Ecom/buy?a=1",
    "Facebook": f"https://l.facebook.com/l.php?u={CODED}&h=x",
    "FireEye": f"https://protect2.fireeye.com/v1/url?k=1&u={CODED}",
    "Sophos": "https://eu-west.protection.sophos.com/?d=x&u=" + base64.b64encode(INNER.encode()).decode(),
    "Proofpoint v3, with its query": "https://urldefense.com/v3/__https://pills-now.com/buy?a=1__;!!abc$",
    "Proofpoint v3 for the government": "https://urldefense.us/v3/__https://pills-now.com/buy?a=1__;!!abc$",
    "Safe Links in Teams": f"https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/a.html?url={CODED}",
    "Outlook on the web": f"https://outlook.live.com/owa/redir.aspx?C=x&URL={CODED}",
    "Google's advertisements": f"https://www.googleadservices.com/pagead/aclk?sa=L&adurl={CODED}",
    "Google AMP": "https://www.google.com/amp/s/pills-now.com/buy?a=1",
    "Google Translate": "https://pills--now-com.translate.goog/buy?a=1&_x_tr_sl=de",
    "YouTube": f"https://www.youtube.com/redirect?event=x&q={CODED}",
    "Instagram": f"https://l.instagram.com/?u={CODED}&e=x",
    "Barracuda": f"https://linkprotect.cudasvc.com/url?a={CODED}&c=E,1",
    "Cisco": f"https://secure-web.cisco.com/1abcDEF/{CODED}",
    "Trend Micro": f"https://imsva91-ctp.trendmicro.com/wis/clicktime/v1/query?url={CODED}&umid=x",
    "Symantec": f"https://clicktime.symantec.com/3abc?u={CODED}",
    "Check Point": "https://protect.checkpoint.com/v2/r01/___https://pills-now.com/buy?a=1___.YXAx",
    "Hornetsecurity": f"https://atpscan.global.hornetsecurity.com/index.php?atp_str=x&u={CODED}",
    "LinkedIn": f"https://www.linkedin.com/redir/redirect?url={CODED}&urlhash=x",
    "Bing": "https://www.bing.com/ck/a?!&&p=1&u=a1" + base64.urlsafe_b64encode(INNER.encode()).decode() + "&ntb=1",
    "Bing's advertisements": "https://www.bing.com/aclick?ld=x&u=" + base64.b64encode(CODED.encode()).decode(),
    "DuckDuckGo": f"https://duckduckgo.com/l/?uddg={CODED}&rut=x",
    "Yahoo": f"https://r.search.yahoo.com/_ylt=Aw;_ylu=X/RV=2/RE=1/RO=10/RU={CODED}/RK=2/RS=x-",
    "Tumblr": f"https://t.umblr.com/redirect?z={CODED}&t=x",
    "Reddit": f"https://out.reddit.com/t3_x?url={CODED}&token=x",
    "VK": f"https://vk.com/away.php?to={CODED}",
    "Disqus": f"https://disq.us/url?url={CODED}%3Aabc",
    "GMX": f"https://deref-gmx.net/mail/client/abc/dereferrer/?redirectUrl={CODED}",
    "Amazon SES": f"https://abc.r.us-east-1.awstrack.me/L0/{CODED}/1/0100",
    "Mandrill": "https://mandrillapp.com/track/click/30/pills-now.com?p=" + base64.b64encode(MANDRILL).decode(),
    "Censornet": f"https://linkscan.io/scan/ux/{base64.urlsafe_b64encode(INNER.encode()).decode()}/0f1e",
    "Google's maps of another country": f"https://maps.google.co.uk/url?q={CODED}",
    "DoubleClick without a scheme": "https://ad.doubleclick.net/clk;265186560;90846275;t;;?//pills-now.com/buy?a=1",
    "Search Ads 360": f"https://clickserve.dartsearch.net/link/click?lid=1&ds_url_v=2&ds_dest_url={INNER}",
    "Xandr": f"https://secure.adnxs.com/clktrb?id=1&redir={CODED}",
    "Adform": f"https://track.adform.net/C/?bn=1;cpdir={INNER}",
    "Snapchat": f"https://click.snapchat.com/aVHG?pid=x&af_web_dp={CODED}",
    "Google's advertisements without a scheme": "https://googleads.g.doubleclick.net/pcs/click?adurl=//pills-now.com/buy?a=1",
    "AppsFlyer": f"https://game.onelink.me/abcd?pid=x&af_r={CODED}",
    "Branch": f"https://shop.app.link/x?%24fallback_url={CODED}",
    "Branch, plainly": f"https://shop.app.link/?$desktop_url={CODED}",
    "Office's viewer": f"https://view.officeapps.live.com/op/view.aspx?src={CODED}",
    "Zix": f"https://link.zixcentral.com/u/1a2b3c/AbCd?u={CODED}",
    "Topsec": f"https://scanner.topsec.com/?d=1&r=show&u={CODED}&t=x",
    "Google's lite pages": f"https://googleweblight.com/i?u={CODED}",
    "Check Point's other name": f"https://checkpoint.url-protection.com/v1/r02/url?o={CODED}&g=x",
    "QQ's mail": f"https://mail.qq.com/cgi-bin/readtemplate?t=safety&check=false&gourl={CODED}&subtemplate=gray",
    "a dereferer": f"https://dereferer.me/?{CODED}",
    "QQ": f"https://c.pc.qq.com/middlem.html?pfurl={CODED}",
    "a brand's own redirect": f"https://www.indeed.com/r?x=1&target={CODED}",
    "a brand's login": f"https://login.microsoftonline.com/common/oauth2/authorize?redirect_uri={CODED}",
    "a brand that sends on to itself first": "https://accounts.google.com/Logout?continue="
    + quote(f"https://appengine.google.com/_ah/logout?continue={INNER}", safe=""),
    "the same in plain signs": "https://accounts.google.com/Logout?continue=https://appengine.google.com/_ah/logout?"
    f"continue={INNER}",
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
        "https://u1.ct.sendgrid.net/ls/click?upn=abc",
        "https://www.google.com/url?q=x",
        "https://accounts.google.com/ServiceLogin?continue=https://mail.google.com/",
        "https://www.indeed.com/jobs?q=https://pills-now.com/",
    ],
)
def test_an_ordinary_or_opaque_link_has_none_inside(link: str) -> None:
    url = normal(link)
    assert url is not None
    assert unwrapped(url) is None


def test_what_was_no_link_before_it_was_unwrapped_is_none_after() -> None:
    wrapped = "https://l.facebook.com/l.php?u=https%3A%2F%2F{}.com%2F"
    body = (
        f'<a href="http://pills-now.com/">{wrapped.format("caption")}</a><img src="{wrapped.format("picture")}">'
        f'<p style="display:none">{wrapped.format("hidden")}</p>'
    )
    message = html(body, f"List-Unsubscribe: <{wrapped.format('leaving')}>")
    reported = {
        one.indicator.value for one in judge(message, envelope(), Context()).judged if isinstance(one.decision, Report)
    }
    assert not {f"{name}.com" for name in ("caption", "picture", "hidden", "leaving")} & reported
    assert not {f"https://{name}.com/" for name in ("caption", "picture", "hidden", "leaving")} & reported
    assert "pills-now.com" in reported


def test_of_mimecast_the_host_alone_is_known() -> None:
    url = normal("https://protect-eu.mimecast.com/s/abcDEF?domain=pills-now.com")
    assert url is not None
    inner = unwrapped(url)
    assert inner is not None
    assert inner.text == "http://pills-now.com/"


def test_wrappers_are_undone_five_deep_and_no_deeper() -> None:
    link = INNER
    for _ in range(5):
        link = "https://l.facebook.com/l.php?u=" + quote(link, safe="")
    deep, deeper = normal(link), normal("https://l.facebook.com/l.php?u=" + quote(link, safe=""))
    assert deep is not None
    assert deeper is not None
    found, stopped = unwrapped(deep), unwrapped(deeper)
    assert found is not None
    assert stopped is not None
    assert found.text == INNER
    assert stopped.host == "l.facebook.com"


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
