"""Processes that were forked after the board was made see the same board."""

import os

from trapline.dnsbl.board import Board


def in_a_child(work: object) -> None:
    child = os.fork()
    if child == 0:
        assert callable(work)
        work()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def test_what_each_process_sent_is_added_up_and_a_new_one_goes_on_where_the_old_one_died() -> None:
    board = Board(("zen",), 1, places=3)
    board.add_sent(0, 5)
    in_a_child(lambda: board.add_sent(2, 10))
    in_a_child(lambda: board.add_sent(2, 20))
    assert board.sent() == 35


def test_a_zone_that_one_leaves_out_is_left_out_by_all_and_taken_back_by_all() -> None:
    board = Board(("zen", "dbl"), 1)
    in_a_child(lambda: board.leave_out("dbl", out=True))
    assert board.left_out() == {"dbl"}
    in_a_child(lambda: board.leave_out("dbl", out=False))
    assert board.left_out() == frozenset()


def test_an_alarm_is_taken_once() -> None:
    board = Board(("zen", "dbl"), 1)
    in_a_child(lambda: board.alarm("dbl", 254))
    assert (board.take_alarm("zen"), board.take_alarm("dbl"), board.take_alarm("dbl")) == (None, 254, None)


def test_only_the_first_process_that_finds_a_resolver_silent_says_so() -> None:
    board = Board(("zen",), 2)
    in_a_child(lambda: board.resolver_is_news(1, alone=True))
    assert not board.resolver_is_news(1, alone=True)
    assert board.resolver_is_news(0, alone=True)
    assert board.resolver_is_news(1, alone=False)
