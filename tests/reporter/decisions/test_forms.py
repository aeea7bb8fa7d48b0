"""Forms of innocent sites that robots type into, and what is reported of the letters that come of it."""

import pytest

from tests.reporter.decisions.reasons import reason
from tests.reporter.messages import envelope, link
from trapline.reporter.indicators import IndicatorKind, Report
from trapline.reporter.judge import Context, judge


class TestFormsOfSites:
    """A site writes to somebody whose name a robot typed into its form: `pills-now.com/x - 120 USDT`."""

    NAME = "pills-now.com/x%20-%20120%20USDT"
    PASSWORD = f"https://bakery-anna.com/wp-login.php?login={NAME}&key=abcDEF1&action=rp"
    LETTER = f"Content-Type: text/plain\n\nUsername: pills-now.com/x - 120 USDT\n\n{PASSWORD}\n\n".encode()
    LOGIN = b"https://bakery-anna.com/wp-login.php\n"

    def test_the_sites_owner_is_spared_and_what_was_typed_is_reported(self) -> None:
        of = b"From: Bakery <anna@bakery-anna.com>\n" + self.LETTER + self.LOGIN
        assert "form" in str(reason("domain", "bakery-anna.com", of=of))
        assert "form" in str(reason("url", self.PASSWORD, of=of))
        assert "form" in str(reason("url", "https://bakery-anna.com/wp-login.php", of=of))
        assert reason("url", "http://pills-now.com/x", of=of) is None
        assert reason("domain", "pills-now.com", of=of) is None
        assert reason("email", of=of) is None

    def test_the_sites_server_is_spared_where_the_letter_is_from_the_site(self) -> None:
        of = b"From: Bakery <anna@mail.bakery-anna.com>\n" + self.LETTER + self.LOGIN
        assert "form" in str(reason("ip", of=of))
        assert reason("ip", of=b"From: Pills <news@pills-now.com>\n" + self.LETTER + self.LOGIN) is None
        assert reason("ip", of=of + b"https://bakery-anna.com/offer\n") is None

    @pytest.mark.parametrize(
        ("name", "lures"),
        [
            ("win.pills-now.com%20-%20WITHDRAW%2012,097%20USDT", ["http://win.pills-now.com/"]),
            ("WITHDRAW%20NOW:%20pills-now.com!", ["http://pills-now.com/"]),
            ("pills-now.com", []),  # somebody may be called so
            ("anna@pills-now.com%20Anna", []),
            ("Dr.%20Anna.Baker%20v1.2", []),
        ],
    )
    def test_a_name_of_a_site_in_the_name_of_the_user_is_a_lure(self, name: str, lures: list[str]) -> None:
        of = f"\n\nhttps://bakery-anna.com/wp-login.php?login={name}&key=abcDEF1&action=rp\n".encode()
        judged = judge(of, envelope(), Context()).judged
        reported = [one.indicator.value for one in judged if isinstance(one.decision, Report)]
        assert [value for value in reported if value.startswith("http")] == lures

    NEWSLETTER = (
        "From: Bakery <anna@bakery-anna.com>\nTo: {to} <wiltrud.kesselring@ourtraps.com>\n"
        "List-Unsubscribe: <mailto:leave@bakery-anna.com>\n\n"
        "Our new cakes: https://bakery-anna.com/cakes\n"
    )

    @pytest.mark.parametrize(
        "name",
        [
            '"Withdraw your funds ---   win.pills-now.com/x?a=1  abc "',
            "=?utf-8?q?=E2=9D=97_Withdraw_your_funds_win=2Epills-now=2Ecom/x=3Fa=3D1?=",
            "Withdraw it now: http://win.pills-now.com/x?a=1",
        ],
    )
    def test_a_list_on_which_a_robot_put_the_trap_with_spam_as_its_name_is_spared(self, name: str) -> None:
        of = self.NEWSLETTER.format(to=name).encode()
        assert reason("url", "http://win.pills-now.com/x?a=1", of=of) is None
        assert reason("domain", "pills-now.com", of=of) is None
        assert "form" in str(reason("domain", "bakery-anna.com", of=of))
        assert "form" in str(reason("url", "https://bakery-anna.com/cakes", of=of))
        assert "form" in str(reason("ip", of=of))
        assert reason("email", of=of) is None

    def test_spam_that_says_so_to_its_reader_itself_and_is_no_newsletter_is_reported(self) -> None:
        of = self.NEWSLETTER.format(to='"Withdraw your funds: pills-now.com/x"').replace("List-Unsubscribe", "X-Word")
        assert reason("domain", "bakery-anna.com", of=of.encode()) is None
        assert reason("url", "https://bakery-anna.com/cakes", of=of.encode()) is None
        assert reason("ip", of=of.encode()) is None

    @pytest.mark.parametrize(
        "name",
        [
            "Anna Baker of pills-now.com",  # a firm's own site, as bought lists have it beside its address
            "Anna Baker, see http://pills-now.com/",
            "pills-now.com/x",
            "You and I on instagram.com/x",
            "The people of ourtraps.com/about us",
        ],
    )
    def test_a_name_that_may_be_the_recipients_own_is_no_spam(self, name: str) -> None:
        of = self.NEWSLETTER.format(to=f'"{name}"').encode()
        assert reason("domain", "bakery-anna.com", of=of) is None
        assert reason("url", "https://bakery-anna.com/cakes", of=of) is None
        assert reason("ip", of=of) is None

    def test_who_links_to_other_pages_too_is_reported(self) -> None:
        of = self.LETTER + b"https://bakery-anna.com/offer\n"
        assert reason("domain", "bakery-anna.com", of=of) is None
        assert reason("url", self.PASSWORD, of=of) is None

    def test_a_page_to_log_in_that_nobody_asked_a_new_user_to_is_reported(self) -> None:
        assert reason("url", "http://pills-now.com/wp-login.php", of=link("http://pills-now.com/wp-login.php")) is None
        assert reason("domain", "pills-now.com", of=link("http://pills-now.com/wp-login.php")) is None


class TestContactForms:
    """A site sends a copy of what a robot typed into its form to the trap, which the robot typed in as its address."""

    COPY = (
        b"From: Bakery <wordpress@bakery-anna.com>\n\nWIN 12,000 http://pills-now.com/x\n\n--\n"
        b"This e-mail was sent from a contact form on Anna's Bakery (https://bakery-anna.com/contact)\n"
    )

    @staticmethod
    def waits(kind: IndicatorKind, value: str = "", *, of: bytes = COPY) -> bool:
        judged = judge(of, envelope(), Context()).judged
        (found,) = (one for one in judged if one.indicator.kind == kind and value in {"", one.indicator.value})
        assert isinstance(found.decision, Report)
        return "contact form" in str(found.decision.second)

    def test_the_site_waits_for_a_second_message_and_the_lure_does_not(self) -> None:
        assert self.waits("ip")
        assert self.waits("domain", "bakery-anna.com")
        assert self.waits("url", "https://bakery-anna.com/contact")
        assert not self.waits("domain", "pills-now.com")
        assert not self.waits("url", "http://pills-now.com/x")
        assert not self.waits("email")

    def test_who_does_not_say_so_does_not_wait(self) -> None:
        of = self.COPY.replace(b"was sent from", b"may be answered by")
        assert not self.waits("ip", of=of)
        assert not self.waits("domain", "bakery-anna.com", of=of)
