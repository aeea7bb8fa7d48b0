"""What `trapline scan` prints of its runs, as words and as JSON, and how it ends."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trapline.cli.output import counted
from trapline.config.printable import printable
from trapline.filters.scanner import Learnt
from trapline.mailboxes.scan_job import Scanned, Taught

if TYPE_CHECKING:
    from trapline.mailboxes.scan_run import Run

# The exit codes of --exitcodes.
NO_NEW_MAIL, NO_SPAM, ALL_SPAM, BOTH = 0, 1, 2, 3
WRONG_ARGUMENTS, IMAP_ERROR, SCANNER_ERROR, LOCKED = 10, 11, 12, 30
NOTHING_KEPT = 74  #: this host can't keep what has to be remembered (EX_IOERR of sysexits.h)

_ERRORS = {"imap": IMAP_ERROR, "scanner": SCANNER_ERROR, "locked": LOCKED}


def exit_code(runs: Sequence["Run"], *, told_by_codes: bool) -> int:
    """How the command ends: 0, or 1 where something went wrong; with --exitcodes what the mail was."""
    kinds = {trouble.kind for run in runs for trouble in run.troubles}
    if not told_by_codes:
        return 1 if kinds else 0
    for kind, code in _ERRORS.items():
        if kind in kinds:
            return code
    new, spam = sum(len(run.scanned) for run in runs), sum(run.count("spam", "certain") for run in runs)
    if not new:
        return NO_NEW_MAIL
    if not spam:
        return NO_SPAM
    return ALL_SPAM if spam == new else BOTH


def words(run: "Run", *, dry_run: bool) -> list[str]:
    """A line for each message that is spam or made trouble, then the sums."""
    lines = [line for one in run.scanned if (line := _about(one, dry_run=dry_run))]
    lines += [f"    {printable(trouble.text)}" for one in run.taught for trouble in one.troubles]
    if run.ended_by is not None:
        lines.append(f"    {printable(run.ended_by.text)}")
    return [*lines, f"{run.mailbox}: {_sums(run, dry_run=dry_run)}"]


def as_table(run: "Run", *, dry_run: bool) -> dict[str, object]:
    """One mailbox for --json."""
    return {
        "mailbox": run.mailbox,
        "dry_run": dry_run,
        "new": len(run.scanned),
        "ham": run.count("ham"),
        "spam": run.count("spam", "certain"),
        "certain": run.count("certain"),
        "too_large": run.count("too large"),
        "failed": run.count("failed"),
        "taught": {lesson: _taught(run, lesson) for lesson in ("spam", "ham")},
        "messages": [_message(one) for one in run.scanned],
        "errors": [{"kind": trouble.kind, "text": trouble.text} for trouble in run.troubles],
    }


def _about(one: Scanned, *, dry_run: bool) -> str | None:
    troubles = "; ".join(trouble.text for trouble in one.troubles)
    if one.verdict not in {"spam", "certain", "failed"} and not troubles:
        return None
    points = next((f"{score.score:.1f} " for score in one.scores.values()), "")  # the deciding one stands first
    done = ", ".join(step.value for step in one.steps)
    what = f"{'would be ' if dry_run and done else ''}{done or troubles or 'left as it is'}"
    more = f"; {troubles}" if done and troubles else ""
    verdict = "certain spam" if one.verdict == "certain" else one.verdict
    return printable(f"    {verdict} {points}{one.sender}: {one.subject}: {what}{more}")


def _sums(run: "Run", *, dry_run: bool) -> str:
    counts = {name: run.count(name) for name in ("ham", "spam", "certain", "too large", "failed")}
    named = {"certain": "certain spam", "failed": "not scanned"}
    parts = [f"{number} {named.get(name, name)}" for name, number in counts.items() if number]
    sentence = counted(len(run.scanned), "new message", "new messages") + (f": {', '.join(parts)}" if parts else "")
    if run.ended_by is not None:
        sentence = f"ended early, after {sentence}"
    taught = [f"{_taught(run, lesson)} as {lesson}" for lesson in ("spam", "ham") if _taught(run, lesson)]
    if taught:
        sentence += f"; {'would teach' if dry_run else 'taught'} {', '.join(taught)}"
    return sentence


def _taught(run: "Run", lesson: str) -> int:
    """The messages that a scanner was taught (in a dry run: would be), whether it was news to it or not."""
    useful = [one for one in run.taught if one.lesson == lesson and not (one.troubles and not one.results)]
    return sum(not one.results or any(said is not Learnt.TOO_SHORT for said in one.results.values()) for one in useful)


def _message(one: Scanned) -> dict[str, object]:
    return {
        "uid": one.uid,
        "bytes": one.size_bytes,
        "verdict": one.verdict,
        "sender": one.sender,
        "subject": one.subject,
        "scores": {
            name: {
                "spam": score.spam,
                "score": score.score,
                "threshold": score.threshold,
                "symbols": [{"name": symbol.name, "score": symbol.score} for symbol in score.symbols],
            }
            for name, score in one.scores.items()
        },
        "done": [step.value for step in one.steps],
        "errors": [trouble.text for trouble in one.troubles],
    }


def progress_label(one: Scanned | Taught) -> str:
    """What a progress bar says while messages like this one are dealt with."""
    return f"teaching {one.lesson}" if isinstance(one, Taught) else "scanning"
