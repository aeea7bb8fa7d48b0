"""How user and secret travel to an IMAP server: what AUTHENTICATE is answered, and what LOGIN has between its quotes.

Sources: RFC 4616 (PLAIN), developers.google.com/gmail/imap/xoauth2-protocol, RFC 3501, 4.3 (quoted strings).
"""

from trapline.config.mailbox_secrets import Login


def sasl_answer(login: Login) -> bytes:
    """By XOAUTH2 for a token, else by PLAIN; the base64 around it is the library's."""
    if login.token:
        return f"user={login.user}\1auth=Bearer {login.secret}\1\1".encode()
    return f"\0{login.user}\0{login.secret}".encode()


def quoted(text: str) -> str:
    """`text` as it stands between quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
