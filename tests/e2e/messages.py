"""The mail that the end-to-end tests and the demo send. All names are invented; LF line ends."""

SPAM_DOMAIN = "summit-pills-direct.com"
SPAMMER = f"news@{SPAM_DOMAIN}"


def ordinary(subject: str = "Lunch") -> bytes:
    """What a person writes to another."""
    return f"""\
From: Carla <carla@harbour-letters.com>
To: Anna <anna@quayside-mail.com>
Subject: {subject}
Date: Sat, 21 Nov 2026 09:00:00 +0000
Message-ID: <lunch.1@harbour-letters.com>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Shall we have lunch on Monday?

.a line that begins with a dot
Carla
""".encode()


def spam(
    subject: str = "Pills at half the price", to: str = "undisclosed-recipients:;", domain: str = SPAM_DOMAIN
) -> bytes:
    """What a spammer sends: text and HTML with a link. No recipient's address is in it but in `to`."""
    landing = landing_page(domain)
    return f"""\
From: "Summit Pills" <news@{domain}>
To: {to}
Subject: {subject}
Date: Sat, 21 Nov 2026 09:00:00 +0000
Message-ID: <offer.7@{domain}>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=-offer"

--=-offer
Content-Type: text/plain; charset=utf-8

Half the price, today only: {landing}

--=-offer
Content-Type: text/html; charset=utf-8

<html><body><p>Half the price, <a href="{landing}">today only</a>.</p></body></html>

--=-offer--
""".encode()


def landing_page(domain: str = SPAM_DOMAIN) -> str:
    """Where the links in the spam of `domain` lead."""
    return f"http://shop.{domain}/buy?id=7"
