"""Sites and mail services' accounts that somebody took over: the page is reported, its owner spared."""

import pytest

from tests.reporter.decisions.reasons import believing, reason
from tests.reporter.messages import html, link


class TestHackedSites:
    PAGES = (
        "https://bakery-anna.com/wp-content/plugins/akismet/dhl/track.php?id=1",
        "http://www.bakery-anna.com/wp-includes/x/",
        "https://bakery-anna.com/.well-known/acme/login.html",
        "https://bakery-anna.com/blog/sites/default/files/a.html",
        "http://bakery-anna.com/~joe/login.html",
    )

    @pytest.mark.parametrize("page", PAGES)
    def test_the_owner_of_a_hacked_site_is_spared_and_the_page_is_reported(self, page: str) -> None:
        assert "hacked" in str(reason("domain", "bakery-anna.com", of=link(page)))
        assert reason("url", page, of=link(page)) is None

    def test_who_links_to_his_front_page_too_or_vouched_for_it_is_reported(self) -> None:
        both = html(f"<a href='{self.PAGES[0]}'>a</a> <a href='https://bakery-anna.com/offer'>b</a>")
        assert reason("domain", "bakery-anna.com", of=both) is None
        results, context = believing("bakery-anna.com")
        assert reason("domain", "bakery-anna.com", of=link(self.PAGES[0], results), context=context) is None

    def test_the_owner_is_spared_though_somebody_else_vouched_for_the_message(self) -> None:
        results, context = believing("pills-now.com")
        of = link(self.PAGES[0], results)
        assert "hacked" in str(reason("domain", "bakery-anna.com", of=of, context=context))


class TestClickTrackers:
    """A mail service's customer has its links begin with a name of his; his account was taken over."""

    LONG = "eJwczEFuxCAMQNHTwC6R7RATL1h0k2tUQExJlRmigd6"
    LINKS = (
        "http://url939.bakery-anna.com/ls/click?upn=u001.9Mlwg0jII8A1wPFGTPsK87r",
        "https://links.bakery-anna.com/ss/c/u001.abcDEF/4a1/h0/h001.x",
        f"https://email.mg.bakery-anna.com/c/{LONG}",
        f"https://r.email.bakery-anna.com/tr/cl/{LONG}.a_b",
        f"https://click.e.bakery-anna.com/?qs={'d45080180598936' * 5}",
        "https://info.bakery-anna.com/e3t/Ctc/DM+113/abc",
        "https://track.bakery-anna.com/e/c/eyJlbWFpbF9pZCI6",
        f"https://links.bakery-anna.com/u/click?_t={'0a' * 16}&_m=1",
        "https://go.bakery-anna.com/f/a/VbIpoEsnAGqMDRGlv3Hz4A~~/AAQRxQA~/x",
        "https://links.bakery-anna.com/CL0/https:%2F%2Fpills-now.com%2Fx/1/0100-000000/abc=379",
        "https://mandrill.bakery-anna.com/track/click/30/pills-now.com?p=eyJzIjoi",
        "https://1.bakery-anna.com/lnk/AAAABBBBCCCCDDDDEEEEFFFF/1/abcdefABCDEFabcdef/aHR0cHM6",
        "https://e.bakery-anna.com/pub/cc?_ri_=X0Gzc2X",
        "https://app.bakery-anna.com/e/er?utm_x=1&s=12&lid=34&elqTrackId=AB",
        "https://link.bakery-anna.com/u/nrd.php?p=abc_12_3",
        "https://t.bakery-anna.com/r/?id=h1b2c3d4,5e6f7a8b,9c0d1e2f",
    )

    @pytest.mark.parametrize("tracker", LINKS)
    def test_the_customer_is_spared_and_the_link_is_reported(self, tracker: str) -> None:
        assert "click-tracking" in str(reason("domain", "bakery-anna.com", of=link(tracker)))
        assert reason("url", of=link(tracker)) is None

    def test_who_links_elsewhere_too_or_vouched_for_it_is_reported(self) -> None:
        both = html(f"<a href='{self.LINKS[0]}'>a</a> <a href='https://bakery-anna.com/offer'>b</a>")
        assert reason("domain", "bakery-anna.com", of=both) is None
        results, context = believing("bakery-anna.com")
        assert reason("domain", "bakery-anna.com", of=link(self.LINKS[0], results), context=context) is None

    @pytest.mark.parametrize(
        "lure",
        [
            "https://bakery-anna.com/ls/click?upn=u001.9Mlwg0jII8A1wPFGTPsK87r",  # no name below
            "https://x.bakery-anna.com/c/short",
            "https://x.bakery-anna.com/?qs=login",
            "https://x.bakery-anna.com/click?upn=1",
        ],
    )
    def test_other_links_are_none(self, lure: str) -> None:
        assert reason("domain", "bakery-anna.com", of=link(lure)) is None
