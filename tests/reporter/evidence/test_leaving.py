"""Links whose captions say that one leaves a list by them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu_time import within
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
        *("受信停止はこちら", "拒收此類郵件", "Отписаться от этой рассылки", "Desuscríbete aquí", "Batal berlangganan"),
        *("إلغاء الإشتراك", "إلغاء اشتراكك", "Zrezygnuj z subskrypcji"),
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


@pytest.mark.parametrize(
    "sentence",
    [
        "To unsubscribe from our list, please click <a href='{}'>here</a>.",
        "Dear friend. If you wish to unsubscribe from future mailings <a href='{}'><b>click here</b></a>",
        "<a href='{}'>Click here</a> to unsubscribe",
        "<a href='{}'>Click <b>\n</b> here</a>" + "\n" * 300 + "<b>\n</b>to unsubscribe",
        "<a href='{}'>Click here</a>, if you would like to opt out.",
        "Klicken Sie bitte <a href='{}'>hier</a>, um sich abzumelden.",
        "Wenn Sie sich vom Newsletter abmelden möchten, klicken Sie bitte <a href='{}'>hier</a>",
        "Pour vous désabonner, cliquez <a href='{}'>ici</a>.",
        "Чтобы отписаться от рассылки, нажмите <a href='{}'>здесь</a>",
        "配信停止をご希望の方は<a href='{}'>こちら</a>から",
        "<a href='{}'>こちら</a>から配信停止",
        "如需退订请点击<a href='{}'>这里</a>",
    ],
)
def test_a_caption_that_points_is_for_what_its_sentence_says(sentence: str) -> None:
    leave = sentence.format("http://pills-now.com/x12")
    assert links(f"{LURE} {leave}")["http://pills-now.com/x12"] == "unsubscribe"


@pytest.mark.parametrize(
    "sentence",
    [
        "Unsubscribe. <a href='{}'>Click here</a> to buy",
        "<a href='{}'><img src='http://pills-now.com/b.png' width=99 height=99></a> Unsubscribe",
        "<a href='{}'><img src='http://pills-now.com/b.png' width=99 height=99> 退订</a>",
        "退订 <a href='{}'>►</a>",
        "<a href='{}'>Click here</a> to buy. Unsubscribe",
        "<a href='{}'>Click here</a> for half the price or unsubscribe",
        "To unsubscribe and get your money back <a href='{}'>sign in</a>",
        "Your account will be removed. To keep it click <a href='{}'>here</a>",
        "Your mailbox will be removed, click <a href='{}'>here</a>",
        "<a href='http://pills-now.com/a'>Unsubscribe</a> <a href='{}'>here</a>",
        "退订。<a href='{}'>这里</a>",
    ],
)
def test_a_caption_that_points_elsewhere_is_the_lures(sentence: str) -> None:
    lure = sentence.format("http://pills-now.com/x12")
    assert links(f"{LURE} {lure}")["http://pills-now.com/x12"] == "link"


@pytest.mark.parametrize(
    "page",
    [
        "to unsubscribe " * 40_000 + "<a href='http://pills-now.com/x'>here</a>" * 3_000 + "x " * 200_000,
        "<a href='http://pills-now.com/x'>" + "<b> </b>" * 100_000 + "here",
        "<a href='http://pills-now.com/x'>here</a>" + "<b> </b>" * 100_000 + "to unsubscribe",
    ],
)
def test_text_without_end_in_links_and_around_them_takes_a_moment(page: str) -> None:
    began = time.process_time()
    hunt(page)
    assert within(3.0, began)


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
