"""Messages for the filters: one that every filter calls spam, one that none does, and advertising to learn from."""

# The Generic Test for Unsolicited Bulk Email, which filters agree to call spam (spamassassin.apache.org/gtube).
GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"

_WORDS = b"order pharmacy discount doctor ship price worldwide guarantee trusted quality lowest bonus refund".split()


def mail(body: bytes, subject: bytes = b"Our plans", number: int = 1) -> bytes:
    """A message as a server keeps it, with CRLF."""
    return b"\r\n".join(
        (
            b"Received: from mail.harbour-notes.com (mail.harbour-notes.com [11.0.4.4])",
            b" by mx.quayside-mail.com (Postfix) with ESMTP id 4F; Sat, 21 Nov 2026 09:00:00 +0000",
            b"From: Carla <carla@harbour-notes.com>",
            b"To: Anna <anna@quayside-mail.com>",
            b"Subject: " + subject,
            b"Date: Sat, 21 Nov 2026 09:00:00 +0000",
            b"Message-ID: <note-%d.20261121090000@harbour-notes.com>" % number,
            b"",
            body,
            b"",
        )
    )


SPAM = mail(GTUBE)
HAM = mail(b"Dear Anna,\r\n\r\nthe boat leaves at nine on Sunday, bring a warm jacket.\r\n\r\nCarla")


def advertising(number: int) -> bytes:
    """Enough words to learn from, others for each number."""
    lines = [b" ".join(_WORDS[(number + line * place) % len(_WORDS)] for place in range(10)) for line in range(1, 9)]
    return mail(b"\r\n".join(lines), b"offer %d" % number, number)
