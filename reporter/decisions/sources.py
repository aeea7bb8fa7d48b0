"""Where in a message a name or link was seen, as far as more than one file of rules asks for it.

The words are those of `sources` in evidence/evidence.py.
"""

COMMENT = "html:comment"  #: what Outlook alone shows
HIDDEN = frozenset({"html:hidden", COMMENT})  #: what nobody sees, or hardly anybody
QUOTED = frozenset({"html:quoted", "text:quoted"})  #: in the message that is answered
CITED = "document:cited"  #: in an attached document that leads to many
BESIDE = "document:beside"  #: in an attached document, while the message has a lure of its own
ATTACHED = frozenset({CITED, BESIDE})  #: in documents of which none need be a lure
NO_LURE = ATTACHED | HIDDEN  #: where a name does not become one
CAPTION = frozenset({"html:caption", "html:text", "text"})  #: the plain text beside the HTML says what the HTML shows
TO_NAME = "to_name"  #: in the name that To gives a recipient
