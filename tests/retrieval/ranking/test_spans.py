"""The words that answer: chosen from a reranker's logits, in whole words."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.encoders.passage_reading import SpanLogits
from index.text.persian import sentence_terms, sentences
from retrieval.ranking.highlight import answering_sentence
from retrieval.ranking.spans import SpanDistribution, number_agreement, trimmed
from tests.retrieval.support.pointing import pointing_at

TEXT = "هوا سرد است. رئیس گفت: «بیش از ۵ هزار دانشجو» می‌آیند.\nباران می‌بارد."
WHOLE = (0, len(TEXT))


def best(text: str, span: SpanLogits, bounds: tuple[int, int] | None = None) -> str | None:
    found = SpanDistribution(text, span).best(*(bounds or (0, len(text))))
    return found and text[found.start : found.end]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("بیش از ۵ هزار", "بیش از ۵ هزار"),
        # Half of a word is all of it, and quotation marks around all of it are no part of it.
        ("یش از ۵ هزار دانشج", "بیش از ۵ هزار دانشجو"),
        ("باران", "باران"),
        ("آیند", "می‌آیند"),
        ("رئیس گفت: «بیش", "رئیس گفت: «بیش"),
    ],
)
def test_a_sure_span_is_taken_in_whole_words(words: str, expected: str) -> None:
    span = SpanDistribution(TEXT, pointing_at(TEXT, words)).best(*WHOLE)
    assert span is not None
    assert TEXT[span.start : span.end] == expected
    assert span.chance > 0.95
    assert span.expected_f1 > 0.9


def test_between_likely_spans_the_one_that_loses_least_is_taken() -> None:
    text = "یک دو سه چهار پنج شش هفت هشت"
    likely = pointing_at(text, "سه")
    ends = likely.ends.copy()
    for word, logit in (("شش", 8.9), ("هفت", 8.9), ("هشت", 8.9)):
        ends = np.maximum(ends, logit / 9 * pointing_at(text, word).ends)
    # The likeliest span is "three" alone, but three quarters of the probability are elsewhere.
    assert best(text, SpanLogits(likely.offsets, likely.starts, ends)) == "سه چهار پنج شش هفت"


def test_what_is_not_sure_has_a_small_chance() -> None:
    flat = pointing_at(TEXT, "باران", strength=0.0)
    span = SpanDistribution(TEXT, flat).best(*WHOLE)
    assert span is not None
    assert span.chance < 0.7
    assert span.expected_f1 < 0.6


def test_a_span_stays_in_its_sentence() -> None:
    answers = SpanDistribution(TEXT, pointing_at(TEXT, "هزار", strength=3.0))
    first, second, third = sentences(TEXT)
    assert answers.within(*second) > max(answers.within(*first), answers.within(*third))
    assert sum(answers.within(*one) for one in (first, second, third)) <= 1 + 1e-9
    span = answers.best(*first)
    assert span is not None
    assert first[0] <= span.start < span.end <= first[1]
    assert answers.best(3, 4) is None


def test_the_sentence_with_the_answer_is_chosen_where_the_words_do_not_tell() -> None:
    terms = [frozenset(own) for own in sentence_terms(TEXT)]
    for words, number in (("باران", 2), ("۵ هزار", 1), ("سرد", 0)):
        answers = SpanDistribution(TEXT, pointing_at(TEXT, words))
        assert answering_sentence(TEXT, terms, [], answers) == sentences(TEXT)[number]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("«۵ هزار»،", "۵ هزار"),
        ("(۵ هزار نفر", "۵ هزار نفر"),
        ("۵ هزار (نفر)", "۵ هزار (نفر)"),
        ("«الف» و «ب»", "«الف» و «ب»"),
        ("هزار نفر»؛", "هزار نفر"),
        ('"هزار"', "هزار"),
        ("٣٫٥ درصد.", "٣٫٥ درصد"),
        ("…", ""),
    ],
)
def test_punctuation_around_an_answer_is_no_part_of_it(text: str, expected: str) -> None:
    start, end = trimmed(text, 0, len(text))
    assert text[start:end] == expected


@given(
    st.text('اب ۱۲.،«»()"\n\u200cكﻻ', min_size=1, max_size=60),
    st.lists(st.floats(-9, 9), min_size=6, max_size=6),
)
def test_any_span_is_whole_words_inside_the_text(text: str, numbers: list[float]) -> None:
    tokens = [match.span() for match in re.finditer(r"\S\S?", text)]
    if not tokens:
        return
    logits = np.resize(np.array(numbers, np.float32), (2, len(tokens)))
    answers = SpanDistribution(text, SpanLogits(np.array(tokens), logits[0], logits[1]))
    span = answers.best(0, len(text))
    assert span is not None
    assert 0 <= span.start <= span.end <= len(text)
    assert 0 <= span.expected_f1 <= 1 + 1e-9
    assert 0 <= span.chance <= 1 + 1e-9
    assert math.isclose(answers.within(0, len(text)), 1, abs_tol=0.3)


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("چند نفر آمدند؟", "۵ هزار نفر", 1.0),
        ("چند نفر آمدند؟", "پنج نفر", 1.0),
        ("How many people came?", "همه", -1.0),
        ("رئیس کیست؟", "۵", 0.0),
        ("چندان که", "همه", 0.0),
    ],
)
def test_a_number_is_what_is_asked_for(question: str, answer: str, expected: float) -> None:
    assert number_agreement(question, answer) == expected
