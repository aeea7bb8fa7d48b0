from trapline.reporter.preview import described, printable


def test_what_is_printed_holds_nothing_that_a_terminal_obeys() -> None:
    assert printable("a\x1b[31m\nb\u202e") == "a?[31m?b?"
    assert len(printable("x" * 10_000)) == 200


def test_a_sample_is_named_by_its_message_and_never_shown() -> None:
    assert described("email", "Dear Anna", "message-1") == "email, the sample of message-1"
    assert described("ip", "11.0.0.1", "message-1") == "ip 11.0.0.1"
