"""What is remembered of a pure function, and what is not."""

from trapline.config.remembered import MAX_LENGTH, TEXTS, remembered


def test_a_short_text_is_worked_out_once_and_a_long_one_each_time() -> None:
    asked: list[str] = []

    @remembered
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    long = "x" * (MAX_LENGTH + 1)
    assert [length("anna"), length("anna"), length(long), length(long)] == [4, 4, len(long), len(long)]
    assert asked == ["anna", long, long]


def test_the_number_of_texts_is_bounded() -> None:
    calls = 0

    @remembered
    def number(text: str) -> int:
        nonlocal calls
        calls += 1
        return int(text)

    for text in range(TEXTS + 1):
        number(str(text))
    number("0")
    assert calls == TEXTS + 2, "the oldest was forgotten"
