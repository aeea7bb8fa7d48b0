"""The adapter between pymilter's C module and our conversations: callbacks, macros, encodings.

Plain functions are given to the C module; its Python class layer is left out (it costs time, and its `negotiate` fails
in silence with a list of macros). A callback that raises logs the trace and lets the message go on: whatever happens
here, mail flows, and a trap's mail then reaches the fallback mailbox.
"""

import logging
import socket
import sys
import time
from dataclasses import replace
from types import TracebackType
from typing import Any, Protocol, TypeAlias

import milter

from trapline.config.events import Dialogue
from trapline.config.names import IpAddress, client_address
from trapline.milter import events
from trapline.milter.arguments import is_status, macro, text
from trapline.milter.conversation import Conversation
from trapline.milter.metrics import Metrics
from trapline.milter.session import TAG_HEADER
from trapline.milter.verdicts import Deliver, Discard, Refuse, Reject, Reply, Strip, TryAgain, Verdict

NAME = "trapline"

# Which macros Postfix has to send with MAIL, whatever its milter_mail_macros: who has authenticated is never refused,
# and a sender can be written in more ways than we know (`x%pills.com`, `pills.com!x`, comments). Its defaults hold the
# others that we read; each list that is asked for costs as much as an event.
_MAIL_MACROS = "{auth_type} {auth_authen} {mail_addr}"
# Not P_NOEOH: libmilter then takes a message without any header for a mistake of the MTA's, and never answers.
_STEPS = milter.P_NOUNKNOWN | milter.P_HDR_LEADSPC | milter.P_SKIP
# A header or a piece of the body changes nothing that we answer, so Postfix sends them one after the other without
# waiting for us. (Not so HELO and MAIL: it holds back what is not answered, and our lookups would start late.)
_UNANSWERED = milter.P_NR_HDR | milter.P_NR_EOH | milter.P_NR_BODY

_INTERNET = (socket.AF_INET, socket.AF_INET6)
_IDLE_CHECK_SECONDS = 0.05

_log = logging.getLogger(__name__)


class Converse(Protocol):
    """Begins a conversation."""

    def __call__(self, address: IpAddress | None, name: str | None, daemon_name: str, host: str) -> Conversation:
        """With the client at `address`, whose name Postfix verified, of the service `daemon_name` on `host`."""


_Context: TypeAlias = "milter.milterContext"  # a name for the checker: the C module does not export it


class Daemon:
    """The callbacks. One object serves all connections; each has its `Conversation` as libmilter's private data."""

    def __init__(self, converse: Converse, metrics: Metrics, *, tags: bool) -> None:
        """`converse` begins a conversation; `tags`: a zone's action is `tag`, so ordinary mail is seen to its end."""
        self.metrics = metrics
        self._converse = converse
        self._tags = tags
        self._conversations: set[Conversation] = set()
        # Where ordinary mail is seen for its headers alone, its body is declined with the first piece.
        self._steps = _STEPS | (_UNANSWERED & ~milter.P_NR_BODY if tags else _UNANSWERED)
        self._actions = milter.DELRCPT | (milter.ADDHDRS | milter.CHGHDRS if self._tags else 0)

    @property
    def sessions(self) -> int:
        """How many SMTP clients are connected."""
        return len(self._conversations)

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait until no message is under way, for `seconds` at most; whether it came to that."""
        end = time.monotonic() + seconds
        while any(conversation.transaction is not None for conversation in tuple(self._conversations)):
            if time.monotonic() >= end:
                return False
            time.sleep(_IDLE_CHECK_SECONDS)
        return True

    def register(self) -> None:
        """Hand the callbacks to libmilter; it opens no socket before."""
        milter.set_flags(self._actions)
        milter.set_connect_callback(self._connect)
        milter.set_helo_callback(self._helo)
        milter.set_envfrom_callback(self._mail)
        milter.set_envrcpt_callback(self._rcpt)
        milter.set_header_callback(self._header)
        milter.set_eoh_callback(self._end_of_headers)
        milter.set_body_callback(self._body)
        milter.set_eom_callback(self._end)
        milter.set_abort_callback(self._abort)
        milter.set_close_callback(self._close)
        # What a callback raises comes to `_report`, and libmilter gets CONTINUE: also where an argument can't be read.
        milter.set_exception_policy(milter.CONTINUE)
        sys.excepthook = self._report
        milter.register(NAME, data=self._data, negotiate=self._negotiate)

    def _report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """`sys.excepthook`, to which pymilter hands what a callback raised: the last line of defence.

        A guard around each callback would cost a tenth of what a session costs. What fails before a callback has no
        trace: a HELO that is no UTF-8.
        """
        frame = None if trace is None else trace.tb_frame
        if frame is not None and frame.f_locals.get("self") is self and isinstance(error, Exception):
            self._report_defect(frame.f_locals["context"], frame.f_code.co_name, error)
        elif frame is None and isinstance(error, UnicodeDecodeError):  # only where Postfix has SMTPUTF8 off
            _log.warning("a HELO that is no UTF-8 is not looked at")
        else:
            sys.__excepthook__(kind, error, trace)

    def _report_defect(self, context: _Context, callback: str, error: Exception) -> None:
        """Log what `callback` raised, with the queue ID; the message goes on, seen by us no more."""
        self.metrics.error("defect")
        event = events.defect(_dialogue(context), callback, error)
        _log.log(event.level, event)
        conversation: Conversation | None = context.getpriv()
        if conversation is not None:
            conversation.give_up()

    def _negotiate(self, context: _Context, options: list[int]) -> int:
        context.setsymlist(milter.M_ENVFROM, _MAIL_MACROS)
        options[0] = self._actions
        options[1] &= self._steps
        options[2] = options[3] = 0
        return milter.CONTINUE

    def _connect(self, context: _Context, name: str, family: int, address: Any) -> int:
        client = client_address(address[0]) if family in _INTERNET and address else None
        verified = None if name == "unknown" or name.startswith("[") else name
        daemon_name = macro(context, "{daemon_name}") or ""
        host = macro(context, "j") or socket.gethostname()
        conversation = self._converse(client, verified, daemon_name, host)
        context.setpriv(conversation)
        self._conversations.add(conversation)
        return milter.CONTINUE

    def _helo(self, context: _Context, name: str) -> int:
        conversation: Conversation | None = context.getpriv()
        if conversation is not None:
            conversation.helo(name)
        return milter.CONTINUE

    def _mail(self, context: _Context, sender: bytes, *_parameters: bytes) -> int:
        conversation: Conversation | None = context.getpriv()
        if conversation is None:
            return milter.CONTINUE
        authenticated = bool(macro(context, "{auth_authen}") or macro(context, "{auth_type}"))
        resolved = macro(context, "{mail_addr}")
        return _answer(context, conversation.mail(text(sender), authenticated=authenticated, resolved=resolved))

    def _rcpt(self, context: _Context, recipient: bytes, *_parameters: bytes) -> int:
        conversation: Conversation | None = context.getpriv()
        if conversation is None or conversation.transaction is None:
            return milter.CONTINUE
        if macro(context, "{rcpt_mailer}") == "error" and is_status(macro(context, "{rcpt_host}")):
            return milter.CONTINUE  # Postfix has refused it, and our answer would be ignored
        conversation.queue_id = macro(context, "i")
        return _answer(context, conversation.rcpt(text(recipient), macro(context, "{rcpt_addr}")))

    def _data(self, context: _Context) -> int:
        conversation: Conversation | None = context.getpriv()
        if conversation is None or conversation.transaction is None:
            return milter.ACCEPT
        conversation.queue_id = macro(context, "i")
        if conversation.wants_content() or self._tags:
            return milter.CONTINUE
        conversation.abort()
        return milter.ACCEPT

    def _header(self, context: _Context, name: str, value: bytes) -> int:
        conversation: Conversation | None = context.getpriv()
        if conversation is not None:
            conversation.header(name, value)
        return milter.NOREPLY

    def _end_of_headers(self, _context: _Context) -> int:
        return milter.NOREPLY

    def _body(self, context: _Context, chunk: bytes) -> int:
        conversation: Conversation | None = context.getpriv()
        wanted = conversation is not None and conversation.body(chunk)
        if self._tags:
            return milter.CONTINUE if wanted else milter.SKIP
        return milter.NOREPLY

    def _end(self, context: _Context) -> int:
        conversation: Conversation | None = context.getpriv()
        if conversation is None or conversation.transaction is None:
            return milter.CONTINUE
        conversation.queue_id = macro(context, "i")
        forged = conversation.forged_tags
        ending = conversation.end(conversation.tag() if self._tags else None)
        match ending:
            case Discard():
                return milter.DISCARD
            case TryAgain(reply) | Reject(reply):
                return _refuse(context, reply)
            case Strip(recipients, header):
                _take_out(context, recipients)
                self._tag(context, header, forged)
            case Deliver(header):
                self._tag(context, header, forged)
        return milter.CONTINUE

    def _tag(self, context: _Context, header: tuple[str, str] | None, forged: int) -> None:
        """Remove forged headers of our name, then add ours; only where a zone tags, else the mail stays as it is."""
        if not self._tags:
            return
        for index in range(forged, 0, -1):
            context.chgheader(TAG_HEADER, index, None)
        if header is not None:
            name, value = header
            context.addheader(name, " " + value)  # with P_HDR_LEADSPC nobody else puts the blank after the colon

    def _abort(self, context: _Context) -> int:
        conversation: Conversation | None = context.getpriv()
        if conversation is not None:
            conversation.abort()
        return milter.CONTINUE

    def _close(self, context: _Context) -> int:
        conversation: Conversation | None = context.getpriv()
        if conversation is not None:
            context.setpriv(None)
            self._conversations.discard(conversation)
            conversation.abort()
        return milter.CONTINUE


def _dialogue(context: _Context) -> Dialogue:
    """Whose callback it is, as far as we know."""
    conversation: Conversation | None = context.getpriv()
    queue_id = macro(context, "i")
    if conversation is None:
        return Dialogue(None, None, queue_id)
    return replace(conversation.dialogue, queue_id=queue_id)


def _answer(context: _Context, verdict: Verdict) -> int:
    return _refuse(context, verdict.reply) if isinstance(verdict, Refuse) else milter.CONTINUE


def _refuse(context: _Context, reply: Reply) -> int:
    context.setreply(str(reply.code), reply.enhanced, reply.text.replace("%", "%%"))
    return milter.REJECT if reply.code >= 500 else milter.TEMPFAIL


def _take_out(context: _Context, recipients: tuple[str, ...]) -> None:
    for recipient in recipients:
        try:
            context.delrcpt(recipient)
        except UnicodeEncodeError:  # only where Postfix has SMTPUTF8 off; pymilter can't name such a recipient
            _log.warning("a trap's address that is no UTF-8 stays a recipient: the fallback mailbox gets a copy too")
