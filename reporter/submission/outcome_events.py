"""What the log says of the portal's answers: an event for each outcome. Pure."""

import logging

from trapline.config.events import Event, Fact
from trapline.reporter.submission.answers import Accepted, Known, NotAuthorised, Refused, TryLater
from trapline.reporter.submission.preview import described
from trapline.reporter.submission.queue import Submission


def event(submission: Submission, outcome: Accepted | Known | Refused | TryLater) -> Event:
    """What came of one submission. A sample is told by its message, since it is somebody's mail."""
    what = described(submission.kind, submission.object, submission.message_id)
    match outcome:
        case Accepted(portal_id):
            name, rest = "accepted", f"{what} (id {portal_id})"
        case Known():
            name, rest = "known", what
        case Refused(message):
            name, rest = "refused", f"{what}: {message}"
        case TryLater(why):
            name, rest = "waiting", f"{what}: {why}"
    facts: dict[str, Fact] = {"id": submission.message_id, "kind": submission.kind, "outcome": name}
    if submission.kind != "email":
        facts["object"] = submission.object
    return Event("submission", facts, text=f"{name} {rest}")


def token_refused(outcome: NotAuthorised) -> Event:
    """That no submission leaves until a person has looked at the token."""
    return Event("token refused", text=refusal(outcome), level=logging.ERROR)


def refusal(outcome: NotAuthorised) -> str:
    """The same as a sentence."""
    return (
        f"the Submission Portal refuses the token ({outcome.message}): nothing is sent, everything stays queued. "
        "Check spamhaus.token_file"
    )
