"""Where in a message a name or link was seen, as far as more than one file of rules asks for it.

The words are those of `sources` in evidence/evidence.py.
"""

HIDDEN = frozenset({"html:hidden", "html:comment"})  #: what nobody sees
QUOTED = frozenset({"html:quoted", "text:quoted"})  #: in the message that is answered
CITED = frozenset({"document:cited"})  #: in an attached document that leads to many
CAPTION = frozenset({"html:caption", "html:text", "text"})  #: the plain text beside the HTML says what the HTML shows
