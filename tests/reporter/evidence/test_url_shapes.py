import pytest

from trapline.reporter.evidence.url_shapes import shape_of

SHOP = "http://pills-shop.com"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/buy?u=8fe21c", "/buy?u=99ab0d"),
        ("/buy?a=1&u=user-12345&z", "/buy?a=1&u=user-54321&z"),
        ("/r/dHJhcEBteC5leGFtcGxl/x", "/r/b3RoZXJAbXguZXhhbXBs/x"),
        ("/u/0f9a8b7c6d", "/u/1122334455"),
        ("/?12345678", "/?87654321"),
    ],
)
def test_links_that_differ_only_in_a_token_have_one_shape(one: str, other: str) -> None:
    assert shape_of(SHOP + one) == shape_of(SHOP + other) is not None


@pytest.mark.parametrize(
    "link",
    ["/buy?id=7", "/cheap-pills-for-everybody", "/Cheap-Offers/", "/", "/page12345.html", "/?lang=en&page=2"],
)
def test_a_link_without_a_token_has_no_shape(link: str) -> None:
    assert shape_of(SHOP + link) is None


@pytest.mark.parametrize("link", ["https://bit.ly/3X5oAQG", "https://some1.github.io/page123456"])
def test_on_shared_hosts_the_token_is_the_page(link: str) -> None:
    assert shape_of(link) is None


def test_other_parts_still_tell_links_apart() -> None:
    shapes = {shape_of(SHOP + link) for link in ("/a?u=8fe21c", "/b?u=8fe21c", "/a?v=8fe21c", "/a?u=8fe21c&b=1")}
    assert len(shapes) == 4
    assert shape_of("http://other-shop.com/a?u=8fe21c") not in shapes
