"""The lists in reporter/data: how they match, and what must never be in them."""

import time
from importlib.resources import files
from typing import get_args

import pytest

from tests.cpu_time import within
from trapline.reporter.evidence.urls import normal
from trapline.reporter.lists import SHIPPED, Entry, ListName, Lists
from trapline.reporter.suffixes import is_public_suffix


def rows(name: ListName) -> list[str]:
    text = (files("trapline.reporter") / "data" / f"{name}.txt").read_text(encoding="ascii")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def header(name: ListName) -> str:
    text = (files("trapline.reporter") / "data" / f"{name}.txt").read_text(encoding="ascii")
    return "\n".join(line for line in text.splitlines() if line.startswith("#"))


@pytest.mark.parametrize("name", get_args(ListName))
def test_each_list_says_its_subject_source_licence_and_count(name: ListName) -> None:
    assert all(f"# {word}:" in header(name) for word in ("subject", "source", "licence"))
    assert f"# count: {len(rows(name))}" in header(name)


@pytest.mark.parametrize("name", ["shorteners", "shared_hosting", "esp", "freemail", "forwarders"])
def test_no_registry_suffix_is_in_a_list(name: ListName) -> None:
    assert not [row for row in rows(name) if row.partition("\t")[0] in {"com", "net", "org", "co.uk"}]


def test_an_entry_matches_what_is_below_it_at_label_borders() -> None:
    entry = SHIPPED.known_link("firm.blogspot.com")
    assert entry is not None
    assert entry.host == "blogspot.com"
    assert SHIPPED.known_link("notblogspot.com") is None


def test_a_path_entry_matches_its_path_only() -> None:
    redirect, search = SHIPPED.known_link("www.google.com", "/url"), SHIPPED.known_link("www.google.com", "/urlx")
    assert isinstance(redirect, Entry)
    assert redirect.listed_in == "link_wrappers"
    assert isinstance(search, Entry)
    assert search.listed_in == "well_known"


def test_a_name_can_be_in_several_lists_of_names() -> None:
    assert {entry.listed_in for entry in SHIPPED.known_names("gmail.com")} >= {"freemail"}


@pytest.mark.parametrize("host", ["w3.org", "google.com", "microsoft.com", "apple.com", "schema.org"])
def test_the_most_innocent_are_well_known(host: str) -> None:
    entry = SHIPPED.known_link(host)
    assert entry is not None
    assert entry.listed_in == "well_known"
    assert not is_public_suffix(host)


@pytest.mark.parametrize(
    "host",
    [
        *("www.unionpay.com", "www.cathaybk.com.tw", "obank.kbstar.com", "www.shinhan.com", "www.coupang.com"),
        *("www.viabcp.com", "www.falabella.com", "www.turkcell.com.tr", "www.absher.sa", "www.emiratespost.ae"),
        *("www.jio.com", "www.delhivery.com", "bidv.com.vn", "www.vnpost.vn", "bankmandiri.co.id", "www.jne.co.id"),
        *("track.thailandpost.co.th", "www.poczta-polska.pl", "www.dpd.com.pl", "www.gov.kr"),
    ],
)
def test_whom_phishing_imitates_around_the_world_is_well_known(host: str) -> None:
    entry = SHIPPED.known_link(host)
    assert entry is not None
    assert entry.listed_in == "well_known"
    assert not is_public_suffix(entry.host)


@pytest.mark.parametrize(
    "host",
    [
        *("s12.coreserver.jp", "mail12.onamae.ne.jp", "mo.securemx.jp", "cvsmtp.worksmobile.com", "smtp.dooray.com"),
        *("mail.hiworks.co.kr", "smtp.mailplug.co.kr", "smtp.kinghost.net", "a4.uhserver.com", "c123.ferozo.com"),
        *("s12.cyber-folks.pl", "smtp.forpsi.com", "smtp.websupport.sk"),
    ],
)
def test_whose_servers_send_for_small_firms_around_the_world_is_a_mail_service(host: str) -> None:
    assert ("esp", "gateway") in {(entry.listed_in, entry.kind) for entry in SHIPPED.known_names(host)}


@pytest.mark.parametrize(
    "host",
    [
        *("firm.xsrv.jp", "shop.thebase.in", "blog.livedoor.blog", "shop.booth.pm", "firm.imweb.me", "shop.modoo.at"),
        *("shop.myharavan.com", "shop.lnwshop.com", "loja.lojavirtualnuvem.com.br", "tienda.mitiendanube.com"),
        *("lit.link", "peraichi.com", "ws.formzu.net", "form.run", "12.gigafile.nu", "x.form.kintoneapp.com"),
        *("docs.qq.com", "wj.qq.com", "pan.baidu.com", "share.weiyun.com", "www.kdocs.cn", "jinshuju.net"),
        *("blog.naver.com", "form.naver.com", "form.office.naver.com", "moaform.com", "ulozto.cz"),
        *("note.com", "shop.stores.jp", "lin.ee", "open.kakao.com", "pf.kakao.com", "zalo.me"),
    ],
)
def test_where_anybody_has_a_page_around_the_world_is_shared(host: str) -> None:
    entry = SHIPPED.known_link(host, "/x")
    assert entry is not None
    assert entry.listed_in == "shared_hosting"


@pytest.mark.parametrize(
    "host", ["clamav.net", "efa-project.org", "hmailserver.com", "horde.org", "proxmox.com", "tzurl.org"]
)
def test_programs_that_sign_each_mail_with_their_site_are_well_known(host: str) -> None:
    entry = SHIPPED.known_link(host)
    assert entry is not None
    assert (entry.listed_in, entry.kind) == ("well_known", "infra")


@pytest.mark.parametrize(
    "host",
    ["v3.camscanner.com", "products.aspose.com", "pdfcrowd.com", "www.novapdf.com", "www.tracker-software.com"],
)
def test_programs_that_link_their_site_in_each_document_are_well_known(host: str) -> None:
    entry = SHIPPED.known_link(host)
    assert entry is not None
    assert (entry.listed_in, entry.kind) == ("well_known", "infra")


@pytest.mark.parametrize(
    "host", ["eur-lex.europa.eu", "www.legislation.gov.uk", "www.ris.bka.gv.at", "pubmed.ncbi.nlm.nih.gov"]
)
def test_where_laws_and_papers_are_looked_up_is_well_known_with_all_its_pages(host: str) -> None:
    entry = SHIPPED.known_link(host)
    assert entry is not None
    assert entry.listed_in == "well_known"
    assert entry.kind not in {"edu", "gov"}  # of which whole links are reported


@pytest.mark.parametrize("host", ["dochub.com", "cloud.gonitro.com", "app.luminpdf.com", "www.pdffiller.com"])
def test_where_anybody_shows_and_fills_documents_is_shared(host: str) -> None:
    entry = SHIPPED.known_link(host, "/x")
    assert entry is not None
    assert entry.listed_in == "shared_hosting"


@pytest.mark.parametrize(
    ("link", "kind"),
    [("calendar.app.google", "path"), ("search.app", "open"), ("qr.io", "open"), ("ig.me", "brand")],
)
def test_short_names_of_services_are_known(link: str, kind: str) -> None:
    entry = SHIPPED.known_link(link, "/x")
    assert entry is not None
    assert entry.kind == kind


@pytest.mark.parametrize("host", ["formsubmit.co", "api.web3forms.com", "hook.eu1.make.com", "eo1.m.pipedream.net"])
def test_services_that_take_in_anybodys_forms_are_shared(host: str) -> None:
    entry = SHIPPED.known_link(host, "/x")
    assert entry is not None
    assert entry.listed_in == "shared_hosting"


@pytest.mark.parametrize(
    "link", ["https://signal.me/#eu/x", "https://signal.group/#x", "https://signal.link/call/#key=x"]
)
def test_a_page_that_its_fragment_alone_tells_is_nobodys_to_report(link: str) -> None:
    url = normal(link)
    assert url is not None
    entry = SHIPPED.known_link(url.host, url.path)
    assert entry is not None
    assert entry.listed_in == "well_known"


@pytest.mark.parametrize("host", ["threema.id", "app.pandadoc.com", "square.link", "x.taplink.ws", "x.dorik.io"])
def test_where_anybody_has_a_chat_a_document_or_a_page_is_shared(host: str) -> None:
    entry = SHIPPED.known_link(host, "/x")
    assert entry is not None
    assert entry.listed_in == "shared_hosting"


@pytest.mark.parametrize(
    "host", ["firm.helpscoutdocs.com", "ana.mysite.com", "x.s3-tastewp.com", "app--main.modal.run", "x.firebaseio.com"]
)
def test_where_a_customer_has_a_host_the_host_is_his_and_the_name_above_is_not(host: str) -> None:
    entry = SHIPPED.known_link(host, "/x")
    assert entry is not None
    assert (entry.listed_in, entry.kind) == ("shared_hosting", "host")
    assert entry.host == host.partition(".")[2]


@pytest.mark.parametrize("host", ["firm.feishu.cn", "team.cloudflareaccess.com", "intercom.help", "box1.temp.domains"])
def test_where_a_firm_has_a_name_or_a_path_only_whole_links_are_reported(host: str) -> None:
    entry = SHIPPED.known_link(host, "/x")
    assert entry is not None
    assert (entry.listed_in, entry.kind) == ("shared_hosting", "path")


@pytest.mark.parametrize("host", ["yoursite.com", "www.mywebsite.com", "www.yourdomain.com", "mail.yourcompany.com"])
def test_what_stands_for_the_readers_own_name_is_nobodys_lure(host: str) -> None:
    entry = SHIPPED.known_link(host)
    assert entry is not None
    assert entry.listed_in == "well_known"


@pytest.mark.parametrize("host", ["adnxs.com", "zscaler.com", "ec.europa.eu", "rb.cz", "swish.nu", "vpass.jp"])
def test_whom_phish_copies_and_whose_services_all_use_are_well_known(host: str) -> None:
    entry = SHIPPED.known_link(host)
    assert entry is not None
    assert entry.listed_in == "well_known"
    assert entry.kind != "gov"  # of which whole links are reported


@pytest.mark.parametrize(
    "host",
    [
        "sendgrid.info",
        "bf01x.hs-send.com",
        "mta-out5.pod20.usw2.zdsys.com",
        "us.greenhouse-mail.io",
        "out.exch090.serverdata.net",
        "x.ipzmarketing.com",
        "sg-ses-1.qcloudmail.com",
    ],
)
def test_names_that_mail_services_sign_and_send_with_are_known(host: str) -> None:
    assert "esp" in {entry.listed_in for entry in SHIPPED.known_names(host)}


@pytest.mark.parametrize(
    "host", ["www.rdir.de", "eu-1.quentn.com", "x.picsrv.net", "track.mindbox.cloud", "x.sbc28.com"]
)
def test_where_mail_services_count_clicks_only_whole_links_are_reported(host: str) -> None:
    entry = SHIPPED.known_link(host, "/r")
    assert entry is not None
    assert entry.listed_in == "esp"
    assert entry.kind in {"click", "both"}


def test_the_operator_puts_hosts_on_a_list_with_all_below_them() -> None:
    mine = Lists({"shorteners": ["go.partner.com"]})
    assert [entry.listed_in for entry in (mine.known_link("x.go.partner.com"),) if entry] == ["shorteners"]
    assert mine.known_link("partner.com") is None
    assert SHIPPED.known_link("go.partner.com") is None


def test_the_operator_takes_hosts_off_a_list_and_a_longer_name_has_the_last_word() -> None:
    mine = Lists({"shared_hosting": ["!blogspot.com", "firm.blogspot.com"], "shorteners": ["!bit.ly", "!0a.sk"]})
    for gone in ("blogspot.com", "other.blogspot.com", "bit.ly", "0a.sk"):
        assert SHIPPED.known_link(gone) is not None
        assert mine.known_link(gone) is None
    kept = mine.known_link("firm.blogspot.com")
    assert kept is not None
    assert kept.host == "firm.blogspot.com"


def test_what_the_operator_says_wins_over_what_a_host_is_known_as_anyway() -> None:
    entry = Lists({"well_known": ["bit.ly"]}).known_link("bit.ly")
    assert entry is not None
    assert entry.listed_in == "well_known"


@pytest.mark.parametrize("name", sorted(set(get_args(ListName)) - {"shorteners_ccbysa"}))
def test_each_list_can_be_extended_and_overruled(name: ListName) -> None:
    shipped = next(row.partition("\t")[0] for row in rows(name) if "/" not in row.partition("\t")[0])

    def names(lists: Lists, host: str) -> set[str]:
        link = lists.known_link(host)
        return {entry.listed_in for entry in (*lists.known_names(host), *([link] if link else []))}

    mine = Lists({name: ["mine-alone.com", f"!{shipped}"]})
    assert name in names(SHIPPED, shipped)
    assert name not in names(mine, shipped)
    assert name in names(mine, "mine-alone.com")


def test_a_host_of_thousands_of_labels_costs_no_time() -> None:
    """A few hundred such links in one message took minutes."""
    before = time.process_time()
    for number in range(20):
        SHIPPED.known_names("a." * 3900 + f"pills{number}.com")
    assert within(0.5, before)
