"""Attached documents in which a person may click: PDF, and Office as it is since 2007. Told by their first bytes."""

from trapline.reporter.parsing.office import is_office, office_links
from trapline.reporter.parsing.pdf import is_pdf, pdf_links

MAX_DOCUMENTS = 10  #: of one message that are read
MAX_DOCUMENT_BYTES = 10_000_000  #: of one that is read


def is_document(data: bytes) -> bool:
    """Whether `data` is a document whose links can be read."""
    return is_pdf(data) or is_office(data)


def document_links(data: bytes) -> tuple[str, ...]:
    """The links of the document `data`, as they stand there, each once."""
    return pdf_links(data) if is_pdf(data) else office_links(data)
