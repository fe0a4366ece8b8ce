"""Numbers in digits and in words, Persian and English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.number_words import spell_out
from index.text.numbers import NumberKind, find_numbers, number_terms, term_kind
from index.text.persian import index_terms, to_persian_digits


@pytest.mark.parametrize(
    ("term", "texts"),
    [
        (
            "1500",
            "۱۵۰۰|۱٬۵۰۰|۱،۵۰۰|1,500|هزار و پانصد|یک هزار و پانصد|هزارو پانصد|"
            "one thousand five hundred|1.5 thousand",
        ),
        ("25", "۲۵|٢٥|بیست و پنج|بیست‌وپنج|بیست وپنج|twenty-five|twenty five|Twenty-Five"),
        (
            "2500000",
            "2.5 million|۲٫۵ میلیون|۲/۵ میلیون|دو و نیم میلیون|دو میلیون و نیم|2500000|۲٬۵۰۰٬۰۰۰|"
            "۲ میلیون و ۵۰۰ هزار|two and a half million|دو میلیون و پانصد هزار",
        ),
        ("75%", "۷۵ درصد|٪۷۵|۷۵٪|75%|75 percent|seventy-five per cent|هفتاد و پنج درصد"),
        ("2.5%", "۲/۵ درصد|2.5%|۲٫۵٪"),
        ("3.", "سوم|سومین|۳ام|3rd|third"),
        ("25.", "بیست و پنجم|بیست‌وپنجمین|۲۵مین|25th|twenty-fifth"),
        ("30.", "سی‌ام|سی ام|سی‌امین|30th|thirtieth"),
        ("2-1", "۲-۱|۲ بر ۱|2–1|دو بر یک|۱-۲|2 - 1"),
        ("320", "سیصد و بیست|سیصد وبیست|three hundred and twenty"),
        ("105", "صد و پنج|یکصد و پنج|a hundred and five"),
        ("500000", "نیم میلیون|half a million|پانصد هزار"),
        ("1000000", "یک میلیون|a million|one million"),
    ],
)
def test_one_value_has_one_term_however_it_is_written(term: str, texts: str) -> None:
    for text in texts.split("|"):
        [number] = find_numbers(f"… {text} …")
        assert (number.term, number.text) == (term, text)


@pytest.mark.parametrize(
    "text",
    [
        *("یک نفر", "one of them", "چند میلیون نفر", "هزاران نفر", "half the people", "صدا"),
        *("۱۴۰۴/۰۸/۲۷", "1404-08-27", "27/8/04", "ساعت ۱۰:۳۰", "version 1.2.3", "۲/۵"),
        "۰۲۱۸۸۸۸۸۸۸۸۸۸۸۸۸۸",
    ],
)
def test_what_is_no_number_or_a_date_has_no_term(text: str) -> None:
    assert find_numbers(text) == []


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("دو سه نفر", ["2", "3"]),
        ("بیست و سی نفر", ["20", "30"]),
        ("۱۵ و ۲۰ نفر", ["15", "20"]),
        ("بیست و پنج کارگر و سی مهندس", ["25", "30"]),
        ("فصل ۱۴۰۳-۱۴۰۴", ["1403", "1404"]),
        ("24-hour", ["24"]),
    ],
)
def test_numbers_side_by_side_stay_apart(text: str, terms: list[str]) -> None:
    assert [number.term for number in find_numbers(text)] == terms


def test_terms_that_the_words_have_already_are_not_repeated() -> None:
    assert number_terms("۱۵۰۰ کارگر") == []
    assert number_terms("۱٬۵۰۰ کارگر") == ["1500"]
    assert number_terms("۷۵٪ مردم") == ["75%", "درصد"]
    assert number_terms("هفتاد و پنج درصد") == ["75%", "75"]
    assert number_terms("۲-۱") == ["2-1"]


def test_texts_are_indexed_with_their_numbers() -> None:
    assert "1500" in index_terms("هزار و پانصد کارگر")
    assert {"75%", "75", "درصد"} <= set(index_terms("٪۷۵ مردم"))
    assert index_terms("کارخانه ۱۵۰۰ کارگر دارد").count("1500") == 1


@pytest.mark.parametrize(
    ("term", "kind"),
    [
        ("1500", NumberKind.CARDINAL),
        ("2.5", NumberKind.CARDINAL),
        ("75%", NumberKind.PERCENT),
        ("3.", NumberKind.ORDINAL),
        ("2-1", NumberKind.SCORE),
        ("کارگر", None),
        ("covid19", None),
    ],
)
def test_a_term_tells_its_kind(term: str, kind: NumberKind | None) -> None:
    assert term_kind(term) is kind


@given(st.integers(2, 999), st.sampled_from(["fa", "en"]))
def test_what_is_spelled_out_is_read_again(value: int, language: str) -> None:
    [number] = find_numbers(spell_out(value, language))
    assert number.term == str(value)


@given(st.integers(2, 10**12))
def test_separators_change_nothing(value: int) -> None:
    for text in (f"{value:,}", to_persian_digits(f"{value:,}".replace(",", "٬")), f"{value}"):
        [number] = find_numbers(text)
        assert number.value == str(value)


@given(st.text(max_size=60))
def test_offsets_are_those_of_the_text(text: str) -> None:
    end = 0
    for number in find_numbers(text):
        assert number.text == text[number.start : number.end]
        assert end <= number.start < number.end
        assert term_kind(number.term) is number.kind
        end = number.end


@given(
    st.lists(
        st.sampled_from(
            "بیست و پنج هزار نیم میلیون درصد بر سوم یک the half a and 5 2/5 % - ٪".split()
        )
    )
)
def test_any_order_of_parts_is_read(parts: list[str]) -> None:
    text = " ".join(parts)
    for number in find_numbers(text):
        assert number.text == text[number.start : number.end]


def test_only_small_numbers_are_spelled_out() -> None:
    with pytest.raises(ValueError, match="below a thousand"):
        spell_out(1000, "fa")
