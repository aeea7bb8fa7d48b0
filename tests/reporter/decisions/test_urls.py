"""Which URLs are spared, and which are reported all the same."""

import pytest

from tests.reporter.decisions.reasons import reason
from tests.reporter.messages import TRAP, html, link
from trapline.reporter.judge import Context


class TestUrls:
    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("https://cloudflare-ipfs.com/ipfs/bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi", None),
            ("https://cloudflare-ipfs.com/", "a platform's own page (cloudflare-ipfs.com)"),
            ("https://co.uk/ipfs", "no host of the public DNS"),
        ],
    )
    def test_a_platform_is_spared_and_what_a_customer_put_there_is_not(self, url: str, why: str | None) -> None:
        assert reason("url", url, of=link(url)) == why

    @pytest.mark.parametrize(
        "host",
        [
            *("d1a2b3.cloudfront.net", "bucket.s3.amazonaws.com", "bucket.nyc3.digitaloceanspaces.com"),
            *("x.azurefd.net", "x.azureedge.net", "x.b-cdn.net", "bafybeib36krhffuh3cupjml4re2.ipfs.dweb.link"),
        ],
    )  # fmt: skip
    def test_the_front_page_of_a_host_that_a_platform_gave_to_a_customer_is_reported(self, host: str) -> None:
        assert reason("url", of=link(f"https://{host}/")) is None

    @pytest.mark.parametrize("host", ["some-firm.sharepoint.com", "some-firm.zendesk.com", "s3.amazonaws.com"])
    def test_the_front_pages_of_whole_companies_and_of_platforms_are_spared(self, host: str) -> None:
        assert "a platform's own page" in str(reason("url", of=link(f"https://{host}/")))

    @pytest.mark.parametrize("url", ["http://10.0.0.1/x", "http://localhost/x", "http://intra.lan/x", "http://co.uk/x"])
    def test_hosts_of_no_public_network_are_spared(self, url: str) -> None:
        assert str(reason("url", of=link(url))).startswith(("no host", "not a public"))
        assert reason("url", of=link("http://11.0.0.1/x")) is None

    def test_links_to_us_and_the_recipient_are_spared(self) -> None:
        assert "our own" in str(reason("url", of=link("https://www.ourtraps.com/x")))

    def test_whom_the_operator_allowed_is_spared(self) -> None:
        context = Context(allowed_domains=(".partner.com",))
        assert reason("url", of=link("http://www.partner.com/x"), context=context) == "allowlisted"

    def test_the_trap_is_never_told_by_a_link(self) -> None:
        assert reason("url", of=link(f"http://pills-now.com/u/{TRAP}/x")) == "names the recipient"

    def test_a_parameter_that_tells_the_trap_is_cut_off_and_the_rest_is_reported(self) -> None:
        assert (
            reason("url", "http://pills-now.com/u?a=1", of=link(f"http://pills-now.com/u?a=1&e={TRAP.upper()}&b"))
            is None
        )

    @pytest.mark.parametrize(
        "path", ["unsubscribe/12", "x?act=unsub", "opt-out", "list/abmelden?x", "mailman/listinfo/x"]
    )
    def test_links_to_unsubscribe_are_spared(self, path: str) -> None:
        assert reason("url", of=link(f"http://pills-now.com/{path}")) == "an unsubscribe link"

    def test_links_to_a_host_for_unsubscribing_are_spared(self) -> None:
        assert reason("url", of=link("http://unsubscribe.pills-now.com/x")) == "an unsubscribe link"
        assert reason("url", of=link("http://www.unsubscribe.com/x")) != "an unsubscribe link"

    @pytest.mark.parametrize("path", ["remove-debts", "subscribe", "preferences"])
    def test_other_words_are_no_unsubscribing(self, path: str) -> None:
        assert reason("url", of=link(f"http://pills-now.com/{path}")) is None

    def test_a_tracking_pixel_is_spared_even_if_the_text_part_names_it(self) -> None:
        data = html('<img src="http://pills-now.com/p.gif">http://pills-now.com/p.gif')
        assert reason("url", of=data) == "a picture, not a link"

    def test_names_of_document_types_are_spared(self) -> None:
        assert "namespace" in str(reason("url", of=link("http://office-schemas.com/TR/html4/loose.dtd")))

    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("https://www.paypal.com/signin", "well known"),
            ("https://www.bit.ly/", "shortener"),
            ("https://sendgrid.net/", "mail service"),
            ("https://protect-eu.mimecast.com/s/abc", "can't be read"),
            ("https://mail.gmx.net/x", "mail provider"),
            ("https://amzn.to/x", "a brand's own short link"),
            ("https://list-manage.com/x", "mail service"),
            ("https://eu.com/x", "a platform's own page"),
            ("https://uber.space/", "a platform's own page"),
        ],
    )  # fmt: skip
    def test_a_services_own_pages_are_spared(self, url: str, why: str) -> None:
        assert why in str(reason("url", of=link(url)))

    @pytest.mark.parametrize(
        "url",
        [
            *("https://bit.ly/3X5oAQG", "https://u1.ct.sendgrid.net/ls/click?upn=x", "https://t.co/x"),
            *("https://shop.eu.com/x", "https://uber.space/x", "http://11.0.0.1/"),
        ],
    )
    def test_what_a_customer_put_there_is_reported_by_full_url(self, url: str) -> None:
        assert reason("url", url, of=link(url)) is None

    def test_a_wrapper_is_spared_and_what_it_wraps_is_reported(self) -> None:
        wrapped = "https://eur01.safelinks.protection.outlook.com/?url=http%3A%2F%2Fpills-now.com%2Fbuy"
        assert "judged instead" in str(reason("url", wrapped, of=link(wrapped)))
        assert reason("url", "http://pills-now.com/buy", of=link(wrapped)) is None
