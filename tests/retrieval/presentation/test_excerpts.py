import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from retrieval.answers import Citation, RetrievedPassage
from retrieval.presentation.excerpts import excerpt, fitted, sentence_line, sentences_around

TEXT = "یکم آمد. دوم رفت.\nسوم پاسخ ۵ هزار است. چهارم ماند. پنجم خوابید."
SENTENCE = "سوم پاسخ ۵ هزار است."
SPAN = "۵ هزار"


def passage(
    text: str = TEXT, sentence: str = SENTENCE, span: str | None = SPAN
) -> RetrievedPassage:
    start = text.index(sentence)
    citation = Citation("", None, None, None, None)
    marked = (text.index(span), text.index(span) + len(span)) if span else None
    return RetrievedPassage("a", (0,), text, 1.0, citation, (start, start + len(sentence)), marked)


def marked(shown: RetrievedPassage) -> tuple[str, str | None]:
    span = shown.answer_span
    return shown.text[slice(*shown.highlight)], span and shown.text[slice(*span)]


@pytest.mark.parametrize(
    ("most", "shown"),
    [
        (100, TEXT),
        (50, "… دوم رفت.\nسوم پاسخ ۵ هزار است. چهارم ماند. …"),
        (35, "… دوم رفت.\nسوم پاسخ ۵ هزار است. …"),
        (5, "… سوم پاسخ ۵ هزار است. …"),
    ],
)
def test_sentences_around_the_answer_are_kept_as_far_as_they_fit(most: int, shown: str) -> None:
    short = sentences_around(passage(), lambda one: len(one.text) <= most)
    assert short.text == shown
    assert marked(short) == (SENTENCE, SPAN)


@given(
    st.text(alphabet="اب. \n؟a\u200c", min_size=1, max_size=80),
    st.integers(0, 80),
    st.integers(1, 40),
    st.integers(0, 90),
)
def test_the_answering_words_are_always_shown(
    text: str, start: int, length: int, most: int
) -> None:
    start = min(start, len(text) - 1)
    sentence = text[start : start + length]
    whole = passage(text, sentence, None)
    short = sentences_around(whole, lambda one: len(one.text) <= most)
    assert marked(short)[0] == sentence
    assert short.text.removeprefix("… ").removesuffix(" …") in text
    if len(text) <= most:
        assert short == whole


def test_an_excerpt_has_an_ellipsis_only_where_words_are_left_out() -> None:
    text = "  آب. نان. "
    whole = passage(text, "آب.", None)
    assert excerpt(whole, 2, 5).text == "آب. …"
    assert excerpt(whole, 6, 10).text == "… نان."


def test_the_answering_sentence_stands_in_one_line() -> None:
    line = sentence_line(passage("اول.\nدوم ۵\nهزار است. سوم.", "\nدوم ۵\nهزار است. ", "۵\nهزار"))
    assert line.text == "دوم ۵ هزار است."
    assert marked(line) == ("دوم ۵ هزار است.", "۵ هزار")


@pytest.mark.parametrize(
    ("width", "shown"),
    [(30, "کتاب‌های تازهٔ ایران"), (15, "کتاب‌های تازهٔ…"), (12, "کتاب‌های…"), (4, "کتا…")],
)
def test_a_line_is_cut_between_words_where_it_can_be(width: int, shown: str) -> None:
    assert fitted(Text("کتاب‌های تازهٔ ایران"), width).plain == shown


@given(st.text(alphabet="اب \u200c漢\u064ba", max_size=60), st.integers(1, 40))
def test_a_cut_line_is_never_wider_than_it_may_be(text: str, width: int) -> None:
    assert fitted(Text(text), width).cell_len <= width
