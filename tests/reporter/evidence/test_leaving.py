"""Links whose captions say that one leaves a list by them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reporter.messages import envelope, html
from trapline.reporter.evidence.html import hunt
from trapline.reporter.evidence.leaving import says_to_leave
from trapline.reporter.indicators import Report
from trapline.reporter.judge import Context, judge

LURE = "<a href='http://pills-now.com/buy'>Buy</a>"
LEAVE = "<a href='http://pills-now.com/x12'>Unsubscribe</a>"


@pytest.mark.parametrize(
    "caption",
    [
        *(
            "Unsubscribe",
            " unsubscribe\n" + " " * 90 + "here. ",
            "OPT-OUT",
            "\U0001d40e\U0001d40f\U0001d413-\U0001d40e\U0001d414\U0001d413",
        ),
        *("Click here to be removed", "Please remove me from this list", "Abmelden", "Newsletter abbestellen"),
        *("Afmelden hier", "Uitschrijven", "Se désabonner", "désinscription", "Darse de baja", "Descadastre-se aqui"),
        *("Abonelikten ç\u0131k", "Wypisz się", "Odhlásit se", "Отписаться от рассылки", "退订", "配信停止"),
        *(
            "配信停止はこちら",
            "メールマガジンの配信の停止はこちらから",
            "▶ 購読解除",
            "点击此处退订邮件",
            "取消訂閱電子報",
            "退訂 / 退订",
        ),
        *(
            "수신거부",
            "[무료 수신 거부]",
            "구독을 취소하려면 여기를 클릭하세요",
            "คลิกที่นี่เพื่อยกเลิกการรับข่าวสาร",
            "Hủy đăng ký",
        ),
        *(
            "إلغاء الاشتراك",
            "לחץ כאן להסרה מרשימת התפוצה",
            "Απεγγραφή",
            "Abonelikten \u00e7\u0131kmak i\u00e7in t\u0131klay\u0131n\u0131z",
        ),
        *("Berhenti berlangganan", "Odjavite se ovdje", "Zrušit odběr", "Leiratkozás", "Peruuta uutiskirje"),
        *("Hier klicken, um sich abzumelden", "Cliquez ici pour vous désabonner", "Cancellare l'iscrizione"),
    ],
)
def test_captions_that_say_so(caption: str) -> None:
    assert says_to_leave(caption)


@pytest.mark.parametrize(
    "caption",
    [
        *(
            "",
            "here",
            "Subscribe",
            "Cancel subscription",
            "Cancel your subscription now",
            "Unsubscribe and get a refund",
        ),
        *(
            "こちら",
            "注文のキャンセルはこちら",
            "立即订阅",
            "取消订单",
            "구독하기",
            "ยกเลิกคำสั่งซื้อ",
            "Peruuta tilaus",
            "إلغاء الطلب",
        ),
        *("Confirm that you want to unsubscribe", "Manage preferences", "Remove virus", "Unsubscribe " * 20),
    ],
)
def test_captions_that_say_something_else(caption: str) -> None:
    assert not says_to_leave(caption)


@given(st.text(max_size=100))
def test_no_caption_makes_it_raise(caption: str) -> None:
    says_to_leave(caption)


def links(body: str) -> dict[str, str]:
    """What each link is for."""
    return {seen.url.text: seen.purpose for seen in judge(html(body), envelope(), Context()).evidence.urls}


def test_a_link_that_says_so_is_there_for_that() -> None:
    assert links(LURE + LEAVE) == {"http://pills-now.com/buy": "link", "http://pills-now.com/x12": "unsubscribe"}


def test_the_domain_of_one_that_says_so_is_reported_all_the_same() -> None:
    body = LURE + LEAVE.replace("pills-now", "landing-page")
    judged = judge(html(body), envelope(), Context()).judged
    reported = {one.indicator.value for one in judged if isinstance(one.decision, Report)}
    assert "landing-page.com" in reported
    assert "http://landing-page.com/x12" not in reported


@pytest.mark.parametrize(
    "body",
    [
        LEAVE,  # it may be the lure
        LEAVE + "<a href='https://www.paypal.com/signin'>PayPal</a>",
        LURE + LEAVE + "<a href='http://pills-now.com/x12'>Buy more</a>",
        LURE + "<a href='http://pills-now.com/x12'><img src='cid:1'>Unsubscribe</a>",
        LURE + "<a href='http://pills-now.com/x12'>Buy</a> or Unsubscribe",
    ],
)
def test_a_link_that_may_be_the_lure_is_a_link(body: str) -> None:
    assert links(body)["http://pills-now.com/x12"] == "link"


def test_a_link_that_is_never_closed_ends_with_the_next() -> None:
    assert hunt(f"<a href='http://a.com/x'>Opt out{LURE}").leaving == {"http://a.com/x"}
    assert hunt("<a href='http://a.com/x'>Opt out").leaving == {"http://a.com/x"}
