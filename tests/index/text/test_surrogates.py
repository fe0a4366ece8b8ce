import pytest

from index.text.surrogates import replace_surrogates


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("", ""),
        ("خزر 😀", "خزر 😀"),
        ("\ufeffخزر", "\ufeffخزر"),
        ("a\ud800b", "a\ufffdb"),
        ("\udfff", "\ufffd"),
        ("\udfff\ud800", "\ufffd\ufffd"),
        ("\ud83d\ude00", "😀"),
    ],
)
def test_each_half_of_a_character_becomes_one_mark(text: str, mended: str) -> None:
    assert replace_surrogates(text) == mended
