"""Attached documents in which a person may click: PDF, and Office as it is since 2007. Told by their first bytes.

A link without a scheme is one to a file beside the document (`logo.ai`, `photos.zip`), unless readers of PDF take what
it begins with for a host: Chromium, after Acrobat, two dots before a slash (pdf/navigator), pdf.js `www.` and a dot.
"""

import re

from trapline.reporter.parsing.office import is_office, office_links
from trapline.reporter.parsing.pdf import is_pdf, pdf_links

MAX_DOCUMENTS = 10  #: of one message that are read
MAX_DOCUMENT_BYTES = 10_000_000  #: of one that is read

_TO_THE_WEB = re.compile(r"\W{0,20}(?:https?:|www\.[^/\\]{1,250}\.|(?:[\w-]{1,63}\.){2,8}[\w-]{2,63}/)", re.IGNORECASE)
_LINE_BREAKS = re.compile(r"[\t\r\n]")  # browsers leave them out


def is_document(data: bytes) -> bool:
    """Whether `data` is a document whose links can be read."""
    return is_pdf(data) or is_office(data)


def document_links(data: bytes) -> tuple[str, ...]:
    """The links of the document `data` that lead to the web, as they stand there; one that is both is read as both."""
    links = (*(pdf_links(data) if is_pdf(data) else ()), *(office_links(data) if is_office(data) else ()))
    return tuple(link for link in links if _TO_THE_WEB.match(_LINE_BREAKS.sub("", link)))
