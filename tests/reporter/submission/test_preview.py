from trapline.reporter.submission.preview import described


def test_what_is_printed_holds_nothing_that_a_terminal_obeys() -> None:
    assert described("domain", "a\x1b[31m\nb\u202e", "1") == "domain a?[31m?b?"
    assert len(described("url", "x" * 10_000, "1")) < 310


def test_a_sample_is_named_by_its_message_and_never_shown() -> None:
    assert described("email", "Dear Anna", "message-1") == "email, the sample of message-1"
    assert described("ip", "11.0.0.1", "message-1") == "ip 11.0.0.1"
