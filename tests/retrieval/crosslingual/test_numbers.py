import pytest

from index.text.numbers import NumberExpression
from retrieval.crosslingual.numbers import number_alternatives, read_number, split_at_numbers


def ways(word: str) -> list[tuple[str, float]]:
    number = read_number(word)
    assert number is not None
    return [(*way.terms, way.weight) for way in number_alternatives(number)]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("3", [("3", 1.0), ("3.", 0.5)]),
        ("20th", [("20.", 1.0), ("20", 0.5)]),
        ("سوم", [("3.", 1.0), ("3", 0.5)]),
        ("بیست و پنج", [("25", 1.0), ("25.", 0.5)]),
        ("102", [("102", 1.0)]),
        ("75%", [("75%", 1.0), ("75", 0.5)]),
        ("2.5", [("2.5", 1.0)]),
        ("3-0", [("3-0", 1.0)]),
        ("2014", [("2014", 1.0), ("1393", 0.5), ("1392", 0.5)]),
        ("1392", [("1392", 1.0), ("92", 0.5), ("2013", 0.5), ("2014", 0.5)]),
    ],
)
def test_numbers_are_also_ranks_and_years_of_both_calendars(
    word: str, expected: list[tuple[str, float]]
) -> None:
    assert ways(word) == expected


@pytest.mark.parametrize("word", ["3rds", "three people", "workers", "one", "9" * 5000])
def test_what_is_no_number_as_a_whole_is_none(word: str) -> None:
    assert read_number(word) is None


def test_numbers_are_cut_out_of_a_text() -> None:
    pieces = list(split_at_numbers("در گردنه بیست و پنج نفر و ۳ خودرو"))
    numbers = [piece.term for piece in pieces if isinstance(piece, NumberExpression)]
    assert numbers == ["25", "3"]
    written = [piece if isinstance(piece, str) else piece.text for piece in pieces]
    assert "".join(written) == "در گردنه بیست و پنج نفر و ۳ خودرو"


@pytest.mark.parametrize("text", ["سی‌ان‌ان", "چهارشنبه‌سوری", "ده‌نمکی"])
def test_a_number_within_a_word_is_none(text: str) -> None:
    assert list(split_at_numbers(text)) == [text]
