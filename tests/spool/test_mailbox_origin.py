"""Whose word counts in a mailbox's message: a header of each kind, with forged fields below the server's own."""

import time
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.cpu_time import within
from trapline.config.mailbox_trust import Trust, TrustSetting
from trapline.config.networks import NetworkSet
from trapline.spool.header import split_header
from trapline.spool.mailbox_origin import MAX_RESULTS_BYTES, mailbox_origin
from trapline.spool.origin import Origin

CLIENT = ip_address("11.2.3.4")
FORGED = b"""\
Received: from victim.com (victim.com [11.6.6.6]) by mx.google.com with ESMTPS id forged; x
Received: from victim.com (victim.com [11.6.6.6]) by mx-ha.gmx.net (x [1.1.1.1]) with ESMTPS id forged; x
Received: from victim.com (victim.com [11.6.6.6]) by mx1.messagingengine.com (Postfix) with ESMTPS id forged; x
Received: from victim.com (victim.com [11.6.6.6]) by mx.harbour-mail.com (Postfix) with ESMTPS id forged; x
Received-SPF: pass (x) receiver=spf.icloud.com; client-ip=11.6.6.6; helo=victim.com
Received-SPF: Pass (x) receiver=protection.outlook.com; client-ip=11.6.6.6; helo=victim.com
Authentication-Results: mx.harbour-mail.com; iprev=pass policy.iprev=11.6.6.6
Subject: offer
"""

GMAIL = b"""\
Delivered-To: anna@gmail.com
Received: by 2002:a05:6102:22c6:0:0:0:0 with SMTP id a6csp126141vsh;
        Tue, 28 Sep 2021 20:57:32 -0700 (PDT)
X-Google-Smtp-Source: ABdhPJzoIoMngWwglBmEptt30Zo9LbSYdi
X-Received: by 2002:a92:ca4e:: with SMTP id q14mr3941013ilo.233.1632887852170;
        Tue, 28 Sep 2021 20:57:32 -0700 (PDT)
ARC-Authentication-Results: i=1; mx.google.com; spf=pass smtp.mailfrom=news@pills.com
Return-Path: <news@pills.com>
Received: from mail.pills.com (relay.pills.com. [11.2.3.4])
        by mx.google.com with ESMTPS id e1-v6si7511166ejf.311.2018.10.18.03.19.53
        for <anna@gmail.com>
        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256);
        Tue, 28 Sep 2021 20:57:32 -0700 (PDT)
Received-SPF: pass (google.com: domain of news@pills.com designates 11.2.3.4 as permitted sender) client-ip=11.2.3.4;
Authentication-Results: mx.google.com; spf=pass smtp.mailfrom=news@pills.com
"""

ICLOUD = b"""\
Received: from p00-icloudmta-smtpin-us-central-1n-100-percent-11 by p121-mailgateway-smtp-664cf66f65-test
 (mailgateway 2421B73) with SMTP id 3d0c; Tue, 2 Jan 2024 18:52:54 GMT
Return-Path: <news@pills.com>
Received: from mail.pills.com (mail.pills.com [11.2.3.4])
 by p00-icloudmta-smtpin-us-central-1n-100-percent-11 (Postfix) with ESMTPS id 8F2; Tue, 2 Jan 2024 18:52:53 GMT
Authentication-Results: bimi.icloud.com; bimi=skipped reason="insufficient dmarc"
Authentication-Results: dmarc.icloud.com; dmarc=none header.from=pills.com
Authentication-Results: spf.icloud.com; spf=pass (spf.icloud.com: domain of news@pills.com designates 11.2.3.4 as
 permitted sender) smtp.mailfrom=news@pills.com
Received-SPF: pass (spf.icloud.com: domain of news@pills.com designates 11.2.3.4 as permitted sender)
 receiver=spf.icloud.com; client-ip=11.2.3.4; helo=mail.pills.com; envelope-from=news@pills.com
"""

OUTLOOK = b"""\
Received: from SJ0P220CA0015.NAMP220.PROD.OUTLOOK.COM (2603:10b6:a03:41b::19)
 by SA1PR18MB5904.namprd18.prod.outlook.com (2603:10b6:806:3ef::13) with
 Microsoft SMTP Server (version=TLS1_2, cipher=X) id 15.20.9654.14; Fri, 27 Feb 2026 00:31:30 +0000
Authentication-Results: spf=fail (sender IP is 11.2.3.4)
 smtp.mailfrom=pills.com; dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=pills.com;
Received-SPF: Fail (protection.outlook.com: domain of pills.com does not
 designate 11.2.3.4 as permitted sender)
 receiver=protection.outlook.com; client-ip=11.2.3.4;
 helo=mail.pills.com;
Received: from mail.pills.com (11.2.3.4) by
 SJ1PEPF00001CEB.mail.protection.outlook.com (10.167.242.27) with Microsoft
 SMTP Server (version=TLS1_3, cipher=X) id 15.20.9654.16 via Frontend Transport; Fri, 27 Feb 2026 00:31:30 +0000
"""

FASTMAIL = b"""\
Received: from phl-compute-01.internal (phl-compute-01.internal [10.202.2.41])
\t by sloti1d3t02 (Cyrus 3.11.0-alpha0) with LMTPA; Mon, 01 Jan 2024 10:00:01 -0500
Received: from mx1 ([10.202.2.200]) by phl-compute-01.internal (LMTPProxy); Mon, 01 Jan 2024 10:00:01 -0500
Authentication-Results: mx1.messagingengine.com; x-csa=none; x-me-sender=none
Received: from mail.pills.com (mail.pills.com [11.2.3.4])
\t(using TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits))
\t(No client certificate requested)
\tby mx1.messagingengine.com (Postfix) with ESMTPS id 4ABC
\tfor <anna@fastmail.com>; Mon, 01 Jan 2024 10:00:00 -0500 (EST)
"""

GMX = b"""\
Return-Path: <news@pills.com>
Authentication-Results:  gmx.net; dkim=pass header.i=@pills.com
Received: from mail.pills.com ([11.2.3.4]) by mx-ha.gmx.net
 (mxgmx103 [212.227.17.5]) with ESMTPS (Nemesis) id 1MeCZ5-1nWyOC0iSF-00bMu8
 for <anna@gmx.de>; Thu, 30 Jun 2022 12:47:23 +0200
"""

DOVECOT = b"""\
Return-Path: <news@pills.com>
Delivered-To: anna@harbour-mail.com
Received: from mx.harbour-mail.com
\tby mx.harbour-mail.com with LMTP
\tid cKkoHn8a9GNzJgAA0J78UA
\t(envelope-from <news@pills.com>)
\tfor <anna@harbour-mail.com>; Tue, 21 Feb 2023 12:00:01 +0100
Received: from localhost (localhost [127.0.0.1])
\tby mx.harbour-mail.com (Postfix) with ESMTP id 4ABD
\tfor <anna@harbour-mail.com>; Tue, 21 Feb 2023 12:00:01 +0100 (CET)
Received: from mail.pills.com (unknown [11.2.3.4])
\tby mx.harbour-mail.com (Postfix) with ESMTPS id 4ABC
\tfor <anna@harbour-mail.com>; Tue, 21 Feb 2023 12:00:00 +0100 (CET)
"""

OWN = NetworkSet([ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8")])


def trust(setting: object) -> Trust | None:
    checked: Trust | None = TypeAdapter(TrustSetting).validate_python(setting)
    return checked


def told(header: bytes, setting: object) -> Origin | None:
    return mailbox_origin(split_header(header)[0], trust(setting), OWN)


HEADERS = {
    "gmail": (GMAIL, "gmail", "news@pills.com"),
    "icloud": (ICLOUD, "icloud", "news@pills.com"),
    "outlook": (OUTLOOK, "outlook", None),
    "microsoft365": (OUTLOOK, "microsoft365", None),
    "fastmail": (FASTMAIL, "fastmail", None),
    "gmx": (GMX, "gmx", "news@pills.com"),
    "dovecot-postfix": (DOVECOT, {"preset": "dovecot-postfix", "servers": ["mx.harbour-mail.com"]}, "news@pills.com"),
}


@pytest.mark.parametrize("kind", HEADERS)
def test_each_preset_finds_the_client_that_its_server_saw(kind: str) -> None:
    header, setting, sender = HEADERS[kind]
    found = told(header + FORGED, setting)
    assert found is not None
    assert (found.address, found.helo, found.mail_from) == (CLIENT, "mail.pills.com", sender)


@pytest.mark.parametrize("kind", ["icloud", "outlook"])
def test_what_another_server_wrote_on_top_is_not_taken_for_the_providers(kind: str) -> None:
    header, setting, _ = HEADERS[kind]
    assert told(b"Received-SPF: pass (x) receiver=mx.other.com; client-ip=11.6.6.6\n" + header, setting) is None


def test_without_trust_there_is_no_client() -> None:
    assert told(GMAIL, None) is None


def test_a_servers_field_that_we_cannot_read_hides_what_stands_below_it() -> None:
    unreadable = b"Received: from unknown (HELO x) (smtp) by mx.harbour-mail.com with SMTP; x\n"
    table = {"method": "received", "servers": ["mx.harbour-mail.com"]}
    assert told(unreadable + FORGED, table) is None


@pytest.mark.parametrize(
    "above",
    [
        b"from mail.pills.com (mail.pills.com [11.2.3.4]) by mx.elsewhere.com (Postfix) with ESMTPS id 4AB; x",
        b"from unknown (HELO x) (11.2.3.4) by mx.elsewhere.com with SMTP; x",
        b"from mx.harbour-mail.com (mail.pills.com [11.2.3.4]) by mx.elsewhere.com (Postfix) with ESMTP id 4AB; x",
    ],
    ids=["a client of another's", "a field that cannot be read", "a HELO that anybody can say"],
)
def test_mail_that_came_by_another_host_has_no_client_of_the_trusted_one(above: bytes) -> None:
    table = {"method": "received", "servers": ["mx.harbour-mail.com"]}
    assert told(b"Received: " + above + b"\n" + FORGED, table) is None


@pytest.mark.parametrize(
    "above",
    [
        b"from mx.harbour-mail.com (mx.harbour-mail.com [11.7.7.7]) by imap.harbour-mail.com (Postfix) with ESMTP; x",
        b"from store (store.internal [192.168.7.7]) by imap.harbour-mail.com (Postfix) with ESMTP id 4AB; x",
        b"from pop.harbour-mail.com [11.7.7.7] by home.invalid with POP3 (fetchmail-6.4.2) for <anna@localhost>; x",
    ],
    ids=["the trusted host's name", "a private address", "a program that fetched it"],
)
def test_a_way_that_lies_behind_the_trusted_host_is_passed_over(above: bytes) -> None:
    table = {"method": "received", "servers": ["mx.harbour-mail.com"]}
    found = told(b"Received: " + above + b"\n" + DOVECOT, table)
    assert found is not None
    assert found.address == CLIENT


def test_what_stands_below_a_field_of_a_user_of_our_own_is_the_users_word() -> None:
    table = {"method": "received", "servers": ["mx.harbour-mail.com"]}
    user = b"Received: from pc (pc.lan [10.0.0.7]) by mx.harbour-mail.com (Postfix) with ESMTPSA id 4AB; x\n"
    found = told(user + FORGED, table)
    assert found is not None
    assert (str(found.address), found.authenticated) == ("10.0.0.7", True)


def test_a_sender_cannot_write_a_client_into_the_comment_of_received_spf() -> None:
    sender = b'"x) receiver=spf.icloud.com; client-ip=11.6.6.6; ("@pills.com'
    field = b"Received-SPF: pass (spf.icloud.com: domain of %s designates 11.2.3.4 as permitted sender) " % sender
    assert told(field + b"receiver=spf.icloud.com; client-ip=11.2.3.4; helo=x\n", "icloud") is None


@pytest.mark.parametrize(
    ("field", "address"),
    [
        (b"mx.harbour-mail.com; iprev=pass policy.iprev=11.2.3.4 (relay.pills.com); spf=none", "11.2.3.4"),
        (b"mx.harbour-mail.com 1; iprev=pass smtp.remote-ip=11.2.3.4 (relay.pills.com)", "11.2.3.4"),
        (b"mx.harbour-mail.com; iprev=fail policy.iprev=2a00::1", "2a00::1"),
        (b"mx.harbour-mail.com; spf=pass (policy.iprev=11.6.6.6) smtp.mailfrom=x@pills.com", None),
        (b"mx.harbour-mail.com; iprev=pass policy.iprev=11.2.3.4; x=y policy.iprev=11.6.6.6", None),
        (b"mx.other.com; iprev=pass policy.iprev=11.6.6.6", None),
    ],
)
def test_results_name_the_client_by_iprev(field: bytes, address: str | None) -> None:
    table = {"method": "authentication-results", "servers": ["mx.harbour-mail.com"]}
    found = told(b"Authentication-Results: " + field + b"\n", table)
    assert (None if found is None or found.address is None else str(found.address)) == address


@pytest.mark.parametrize(
    "local_part",
    [b'"a policy.iprev=11.6.6.6 b"', b'"a("@b.com; spf=none smtp.helo=") policy.iprev=11.6.6.6"'],
    ids=["a property", "a comment that ends later"],
)
def test_a_sender_cannot_write_a_client_into_a_quoted_local_part(local_part: bytes) -> None:
    table = {"method": "authentication-results", "servers": ["mx.harbour-mail.com"]}
    found = told(b"Authentication-Results: mx.harbour-mail.com; spf=pass smtp.mailfrom=%s@b.com\n" % local_part, table)
    assert found is None


def test_a_sender_cannot_hide_the_client_of_received_spf_in_a_comment_of_his() -> None:
    field = b'Received-SPF: pass envelope-from="x("@a.com; client-ip=11.2.3.4; helo=x) client-ip=11.6.6.6; '
    assert told(field + b"receiver=spf.icloud.com\n", "icloud") is None


@pytest.mark.parametrize("method", ["authentication-results", "received-spf"])
def test_a_host_of_ours_is_no_client_whatever_says_so(method: str) -> None:
    table = {"method": method, "servers": ["mx.harbour-mail.com"]}
    results = b"Authentication-Results: mx.harbour-mail.com; iprev=pass policy.iprev=10.0.0.7\n"
    assert told(results + b"Received-SPF: pass receiver=mx.harbour-mail.com; client-ip=10.0.0.7\n", table) is None


def test_where_results_name_two_senders_none_is_known() -> None:
    table = {"method": "authentication-results", "servers": ["mx.harbour-mail.com"]}
    field = b"Authentication-Results: mx.harbour-mail.com; iprev=pass policy.iprev=11.2.3.4; spf=pass smtp.mailfrom=%s"
    for senders, sender in ((b"a@b.com", "a@b.com"), (b"a@b.com; x=y smtp.mailfrom=c@d.com", None)):
        found = told(field % senders + b"\n", table)
        assert found is not None
        assert (found.address, found.mail_from) == (CLIENT, sender)


def test_results_of_another_server_are_passed_over() -> None:
    table = {"method": "authentication-results", "servers": ["mx.harbour-mail.com"]}
    header = b"Authentication-Results: mx.other.com; iprev=pass policy.iprev=11.6.6.6\n"
    found = told(header + b"Authentication-Results: mx.harbour-mail.com; iprev=pass policy.iprev=11.2.3.4\n", table)
    assert found is not None
    assert found.address == CLIENT


def test_quotation_marks_that_are_never_closed_cost_no_time() -> None:
    table = {"method": "authentication-results", "servers": ["mx.harbour-mail.com"]}
    marks = b' x="' + b'\\"' * (MAX_RESULTS_BYTES // 2)
    others = b"Authentication-Results: mx.other.com;%s\n" % marks * 30  # as many as a header holds
    began = time.process_time()
    told(others + b"Authentication-Results: mx.harbour-mail.com;%s\n" % marks, table)
    assert within(2, began)  # to look again behind each costs half a minute


@given(st.binary(max_size=300), st.sampled_from(["received", "received-spf", "authentication-results"]))
def test_any_header_is_read_without_a_failure(junk: bytes, method: str) -> None:
    table = {"method": method, "servers": ["mx.ours.com"]}
    for name in (b"Received: from x ([11.2.3.4]) by mx.ours.com ", b"Received-SPF: ", b"Authentication-Results: "):
        told(name + junk, table)
