"""The milter as a process: its socket, its signals, its workers, what it says."""

import contextlib
import os
import signal
from pathlib import Path

from tests.e2e.dialogue import data, send
from tests.e2e.messages import SPAMMER, spam
from tests.servers.mail_exchanger import ANNA, TRAP, MailExchanger
from tests.servers.postfix import DOMAIN
from tests.servers.processes import until

STRANGER = "11.0.1.7"
NEW_TRAP = BERT = f"bert@{DOMAIN}"


def caught(mx: MailExchanger, recipient: str) -> bool:
    before = len(mx.spool())
    with mx.client(STRANGER) as smtp:
        assert send(smtp, SPAMMER, [recipient], spam()).accepted
    return len(mx.spool()) > before


def with_traps(mx: MailExchanger, *more: str) -> Path:
    """A second trap file, which the test may change."""
    file = mx.folder / "more-traps"
    file.write_text("".join(f"{address}  planted later\n" for address in more), encoding="utf-8")
    return file


def both_files(mx: MailExchanger, file: Path) -> dict[str, dict[str, list[str]]]:
    return {"traps": {"files": [str(mx.folder / "traps"), str(file)]}}


def test_sighup_reads_the_traps_again(mx: MailExchanger) -> None:
    file = with_traps(mx)
    with mx.settings(both_files(mx, file)):
        assert not caught(mx, NEW_TRAP)
        before = len(mx.milter_log())
        file.write_text(f"{NEW_TRAP}  planted later\n", encoding="utf-8")
        mx.milter.signal(signal.SIGHUP)
        until("the traps to be read again", lambda: "reload traps=3" in mx.milter_log()[before:])
        assert caught(mx, NEW_TRAP)


def test_in_an_open_session_the_new_traps_hold_from_the_next_message_on(mx: MailExchanger) -> None:
    """Who is a trap no more has lost no mail, however long a client keeps its connection."""
    file = with_traps(mx, BERT)
    with mx.settings(both_files(mx, file)):
        with mx.client(STRANGER) as smtp:
            smtp.mail(SPAMMER)
            assert smtp.rcpt(BERT)[0] == 250
            file.write_text("# nobody\n", encoding="utf-8")
            before = len(mx.milter_log())
            mx.milter.signal(signal.SIGHUP)
            until("the traps to be read again", lambda: "reload traps=2" in mx.milter_log()[before:])
            assert data(smtp, spam()).code == 250
            assert send(smtp, SPAMMER, [BERT], spam("A second one")).accepted
        assert len(mx.spool()) == 1, "the message under way was judged as it began"
        assert len(mx.mailbox(BERT)) == 1


def test_a_sighup_right_after_the_start_does_not_end_the_milter(mx: MailExchanger) -> None:
    def reloads() -> int:
        return mx.milter_log().count("reload traps=2")

    before: list[int] = []
    for _ in range(4):
        mx.milter_stop()
        before.append(reloads())
        mx.milter_start()
        mx.milter.signal(signal.SIGHUP)
        until("the traps to be read again", lambda: reloads() > before[-1])
        assert mx.milter.running


def test_a_bad_trap_file_keeps_the_old_traps_and_shows_no_address(mx: MailExchanger) -> None:
    file = with_traps(mx)
    with mx.settings(both_files(mx, file)):
        file.write_text("canary@mx.com\n", encoding="utf-8")
        mx.milter.signal(signal.SIGHUP)
        mx.milter.wait_for_output(f"reload error: the old traps (2 lines) stay in force: {file}:1: ")
        assert "canary" not in mx.milter_log()
        assert caught(mx, TRAP)


def test_a_socket_in_use_by_a_living_milter_is_not_taken(mx: MailExchanger) -> None:
    second = mx.command("milter")
    assert second.code == 78
    assert "another process listens" in second.stderr
    assert caught(mx, TRAP), "the first one goes on"


def test_a_stale_socket_is_replaced(mx: MailExchanger) -> None:
    mx.milter_kill()
    assert mx.socket.exists()
    mx.milter_start()
    assert caught(mx, TRAP)


def test_the_socket_is_postfixs_and_nobody_elses(mx: MailExchanger) -> None:
    status = mx.socket.stat()
    assert status.st_mode & 0o777 == 0o660
    assert status.st_gid == mx.socket.parent.stat().st_gid


def test_two_workers_share_one_socket_and_one_that_dies_is_replaced(mx: MailExchanger) -> None:
    with mx.settings({"milter": {"workers": 2}}):
        workers = until("two workers", lambda: _two(_children(mx.milter.pid)))
        for _ in range(4):
            assert caught(mx, TRAP)
        os.kill(workers[0], signal.SIGKILL)
        until("a new worker", lambda: _two(_children(mx.milter.pid) - {workers[0]}))
        assert caught(mx, TRAP)
        remaining = _children(mx.milter.pid)
        assert mx.milter_stop() == 0
        assert not mx.socket.exists()
        assert all(not Path(f"/proc/{child}").exists() for child in remaining)


def test_a_worker_that_is_told_to_stop_alone_is_replaced_and_leaves_the_socket(mx: MailExchanger) -> None:
    """As by earlyoom, which sends SIGTERM to the largest process first."""
    with mx.settings({"milter": {"workers": 2}}):
        workers = until("two workers", lambda: _two(_children(mx.milter.pid)))
        os.kill(workers[0], signal.SIGTERM)
        until("a new worker", lambda: _two(_children(mx.milter.pid) - {workers[0]}))
        assert caught(mx, TRAP)


def test_a_worker_that_is_replaced_knows_the_traps_that_were_read_last(mx: MailExchanger) -> None:
    """Not those of the start: whoever is a trap no more would lose mail, here as long as the file is a bad one."""
    file = with_traps(mx, BERT)
    with mx.settings(both_files(mx, file) | {"milter": {"workers": 2}}):
        file.write_text("# nobody\n", encoding="utf-8")
        mx.milter.signal(signal.SIGHUP)
        until("the parent to have read it", lambda: "traps=3" not in _said_by_new_workers(mx))
        file.write_text("half a li", encoding="utf-8")
        assert "traps=3" not in _said_by_new_workers(mx)
        assert not caught(mx, BERT)


def _said_by_new_workers(mx: MailExchanger) -> str:
    """What the workers say at their start that replace those of now, which are killed."""
    workers = until("two workers", lambda: _two(_children(mx.milter.pid)))
    start = len(mx.milter_log())
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    return until("two new ones", lambda: _started(mx.milter_log()[start:]))


def _started(log: str) -> str | None:
    """The lines of workers that start, once there are two."""
    lines = [line for line in log.splitlines(keepends=True) if " started " in line and line.endswith("\n")]
    return "".join(lines) if len(lines) >= 2 else None


def test_each_process_keeps_to_one_processor_and_they_to_different_ones(mx: MailExchanger) -> None:
    processors = len(os.sched_getaffinity(0))
    with mx.settings({"milter": {"workers": 2}}):
        workers = until("two workers", lambda: _two(_children(mx.milter.pid)))
        kept = [_kept_to(pid) for pid in workers]
        assert len(set(kept)) == min(processors, 2)
        assert {policy for pid in workers for policy in _policies(pid)} == {os.SCHED_BATCH}
    with mx.settings({"milter": {"one_processor": False}}):
        assert {len(of_thread) for of_thread in _affinities(mx.milter.pid)} == {processors}
        assert _policies(mx.milter.pid) == {os.SCHED_OTHER}


def test_workers_do_not_outlive_their_parent(mx: MailExchanger) -> None:
    with mx.settings({"milter": {"workers": 2}}):
        workers = until("two workers", lambda: _two(_children(mx.milter.pid)))
        os.kill(mx.milter.pid, signal.SIGKILL)
        until("the workers to end", lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
        mx.milter_kill()
        mx.milter_start()


def test_whoever_names_a_trap_and_leaves_is_logged_as_a_probe_by_label(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        smtp.mail(SPAMMER)
        assert smtp.rcpt(TRAP)[0] == smtp.rcpt(ANNA)[0] == 250
        smtp.rset()
    mx.milter.wait_for_output('probe client=unknown[11.0.1.7], label="web page, footer"')
    assert mx.spool() == []


def test_neither_key_nor_trap_reaches_a_log_or_a_reply(mx: MailExchanger) -> None:
    mx.dns.stop()
    try:
        with mx.settings({"milter": {"deadline_seconds": 0.5}}), mx.client(STRANGER) as smtp:
            dialogue = send(smtp, SPAMMER, [TRAP, ANNA], spam())
    finally:
        mx.dns.start()
    said = mx.milter_log() + str(dialogue)
    assert "lookup error" in said
    assert mx.dns.key not in said
    assert TRAP not in said


def _children(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()}


def _two(children: set[int]) -> list[int] | None:
    return sorted(children) if len(children) == 2 else None


def _affinities(pid: int) -> set[frozenset[int]]:
    """The processors that each thread may use."""
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            found.add(frozenset(os.sched_getaffinity(int(task.name))))
    return found


def _policies(pid: int) -> set[int]:
    """By which policy of the scheduler each thread runs."""
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(ProcessLookupError):
            found.add(os.sched_getscheduler(int(task.name)))
    return found


def _kept_to(pid: int) -> int:
    return until("all threads of a worker to be kept on one processor", lambda: _one(_affinities(pid)))


def _one(affinities: set[frozenset[int]]) -> int | None:
    """The number, plus one, of the only processor that all may use."""
    allowed = frozenset[int]().union(*affinities)
    return min(allowed) + 1 if len(allowed) == 1 else None
