"""Whom it protects, and whom not, that a link of an attached document counts like one of the message."""

from collections.abc import Iterable

from tests.reporter.messages import TRAP, envelope
from trapline.reporter.indicators import Decision, Report, Skip
from trapline.reporter.judge import Context, judge

CITED = Skip("one of the many links of a document")


def a_mail(links: Iterable[str], text: str = "See the file.", subject: str = "Invoice") -> bytes:
    """A message with a PDF that has these links."""
    actions = "\n".join(f"<</S/URI/URI({link})>>" for link in links)
    return (
        f"From: News <news@pills-now.com>\nSubject: {subject}\nContent-Type: multipart/mixed; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\n{text}\n"
        f"--b\nContent-Type: application/pdf; name=invoice.pdf\n\n%PDF-1.7\n{actions}\n--b--\n"
    ).encode()


def decisions(message: bytes, word: str) -> set[Decision]:
    """What is decided about the domain and the links with `word` in them."""
    judged = judge(message, envelope(mail_from=None, helo=None), Context()).judged
    return {one.decision for one in judged if one.indicator.kind != "email" and word in one.indicator.value}


def papers(count: int) -> list[str]:
    return [f"http://journal-{number}-papers.com/volume" for number in range(count)]


def test_the_page_to_which_an_attached_invoice_leads_is_reported() -> None:
    assert decisions(a_mail(["http://landing-page.com/pay"]), "landing-page") == {Report()}


def test_a_shared_platform_to_which_it_leads_is_reported_by_its_full_link_only() -> None:
    link = "https://docs.google.com/drawings/d/1CeF3Qy8/preview"
    judged = judge(a_mail([link]), envelope(mail_from=None, helo=None), Context()).judged
    reported = {one.indicator.value for one in judged if isinstance(one.decision, Report)}
    assert {one for one in reported if "google" in one} == {link}


def test_who_is_cited_by_a_paper_is_spared() -> None:
    assert decisions(a_mail(papers(9)), "journal-3-") == {CITED}


def test_many_hosts_of_one_domain_are_not_cited() -> None:
    pages = [f"http://page-{number}.landing-page.com/pay" for number in range(9)]
    assert decisions(a_mail(pages), "landing-page") == {Report()}


def test_a_lure_that_the_message_names_too_is_reported_whatever_else_its_document_cites() -> None:
    mail = a_mail(["http://landing-page.com/pay", *papers(9)], text="Pay at http://landing-page.com/pay")
    assert decisions(mail, "landing-page") == {Report()}
    assert decisions(mail, "journal-3-") == {CITED}


def test_a_forged_sender_whose_site_is_cited_is_spared() -> None:
    assert Report() not in decisions(a_mail(["http://pills-now.com/", *papers(9)]), "pills-now")


def test_a_wrapped_link_of_a_document_is_judged_by_what_it_wraps() -> None:
    wrapped = "https://www.google.com/url?q=http%3A%2F%2Flanding-page.com%2Fpay"
    assert Report() in decisions(a_mail([wrapped]), "http://landing-page.com/pay")
    assert decisions(a_mail([wrapped, *papers(9)]), "http://landing-page.com/pay") == {CITED}


def test_a_link_that_tells_the_recipient_is_not_reported() -> None:
    assert decisions(a_mail([f"http://landing-page.com/{TRAP}"]), "/wiltrud") == {Skip("names the recipient")}


def test_a_letter_quoted_beside_a_document_that_is_the_lure_is_spared() -> None:
    letter = "\nAnna wrote:\n> http://bakery-anna.com/cake\n"
    mail = a_mail(["http://landing-page.com/pay"], text=letter, subject="Re: cake")
    assert Report() not in decisions(mail, "bakery-anna")
    assert decisions(mail, "landing-page") == {Report()}


def test_whose_stolen_letter_is_quoted_and_whose_stolen_brochure_is_attached_is_spared() -> None:
    letter = "Pay at http://landing-page.com/pay\nAnna wrote:\n> http://bakery-anna.com/cake\n"
    mail = a_mail(["http://bakery-anna.com/cake", *papers(9)], text=letter, subject="Re: cake")
    assert Report() not in decisions(mail, "bakery-anna")
    assert decisions(mail, "landing-page") == {Report()}


def test_a_bank_whose_brochure_is_attached_and_that_a_link_only_shows_is_spared() -> None:
    shown = "<a href='http://landing-page.com/'>https://bank-anna.com/login</a>"
    mail = a_mail(["https://bank-anna.com/login", *papers(9)], text=shown).replace(b"text/plain", b"text/html")
    assert Report() not in decisions(mail, "bank-anna")
    assert Report() not in decisions(mail.replace(b"\n\n<a", b"\n\nVisit https://bank-anna.com/x <a"), "bank-anna")
    assert decisions(mail, "landing-page") == {Report()}


def two(first: bytes, second: bytes) -> bytes:
    """The first message, with the document of the second one besides."""
    document = second[second.rindex(b"--b\n") :]
    return first[: first.rindex(b"--b--")] + document


def test_papers_beside_a_document_that_is_the_lure_hide_it_not() -> None:
    mail = two(a_mail(["http://landing-page.com/pay"]), a_mail(papers(9)))
    assert decisions(mail, "landing-page") == {Report()}
    assert decisions(mail, "journal-3-") == {CITED}


def test_a_wrapper_does_not_count_as_one_that_a_document_leads_to() -> None:
    wrapped = [f"https://www.google.com/url?q={link}" for link in papers(8)]
    assert Report() in decisions(a_mail(wrapped), "journal-3-")


def test_the_domain_of_a_decoy_beside_a_lure_is_spared_and_its_link_is_not() -> None:
    mail = a_mail(["http://bakery-anna.com/bill"], text="Pay at http://landing-page.com/pay")
    assert decisions(mail, "landing-page") == {Report()}
    judged = judge(mail, envelope(mail_from=None, helo=None), Context()).judged
    decided = {one.indicator.value: one.decision for one in judged}
    assert decided["bakery-anna.com"] == Skip("only in a document, beside a lure")
    assert decided["http://bakery-anna.com/bill"] == Report()


def test_what_a_known_brand_makes_itself_is_no_lure_beside_which_a_document_is_a_decoy() -> None:
    mail = a_mail(["http://landing-page.com/pay"], text="See https://www.paypal.com/help")
    assert decisions(mail, "landing-page") == {Report()}


def test_whose_stolen_letter_is_quoted_beside_a_lure_with_his_bill_attached_is_spared() -> None:
    letter = "Pay at http://landing-page.com/pay\nAnna wrote:\n> http://bakery-anna.com/cake\n"
    mail = a_mail(["http://bakery-anna.com/cake"], text=letter, subject="Re: cake")
    assert Report() not in decisions(mail, "bakery-anna")
    assert decisions(mail, "landing-page") == {Report()}


def test_a_bank_whose_terms_are_attached_and_that_a_link_only_shows_is_spared() -> None:
    shown = "<a href='http://landing-page.com/'>https://bank-anna.com/login</a> or https://bank-anna.com/x"
    mail = a_mail(["https://bank-anna.com/login"], text=shown).replace(b"text/plain", b"text/html")
    assert Report() not in decisions(mail, "bank-anna")
    assert decisions(mail, "landing-page") == {Report()}
