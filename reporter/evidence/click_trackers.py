"""A mail service's click-tracking links on a host name of its customer (`url12.shop.com/ls/click?upn=…`).

Such a link does not show where it leads. Its host is set up once, for all that the customer sends; so who took over
his account at the service has it too. The service's own names are in the lists.
Source: links that these services make; each form has what its maker alone writes there.
"""

import re

from trapline.reporter.evidence.urls import Url

_FORMS = re.compile(
    r"/(?:uni/)?(?:ls|wf|ss)/click\?upn="  # SendGrid
    r"|/ss/c/u001\."  # SendGrid, the short form
    r"|/c/eJ[\w-]{40}"  # Mailgun: zlib, in base64
    r"|/(?:tr/cl|mk/cl/f)/[\w.-]{40}"  # Brevo
    r"|/\?qs=[0-9a-f]{40}"  # Salesforce Marketing Cloud
    r"|/(?:e3t/)?Ctc/"  # HubSpot
    r"|/e/c/eyJ"  # Customer.io
    r"|/u/click\?_t=[0-9a-f]{32}"  # Iterable
    r"|/f/a/[\w-]{20,100}~~/"  # SparkPost
    r"|/C?L0/https?(?::|%3A)"  # Amazon SES
    r"|/track/click/\d{1,12}/[\w.-]{1,255}\?p=eyJ"  # Mandrill
    r"|/lnk/[\w-]{20,100}/\d{1,6}/[\w-]{16,}/"  # Mailjet
    r"|/pub/cc\?_ri_="  # Oracle Responsys
    r"|/e/er\?(?:[\w-]{1,40}=[^&]{0,100}&){1,9}elqTrackId="  # Oracle Eloqua
    r"|/u/nrd\.php\?p="  # Emarsys
    r"|/r/\?id=h[0-9a-f]{5,16},[0-9a-f]{5,16},"  # Adobe Campaign
)


def is_click_tracker(url: Url) -> bool:
    """Whether a mail service made the link, below a domain that need not be its own."""
    below = url.domain is not None and url.host != url.domain
    return below and _FORMS.match(f"{url.path}?{url.query}") is not None
