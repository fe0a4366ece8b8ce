"""Answers against the right ones, and the confidence from which they are marked."""

import numpy as np
import pytest

from retrieval.answers import Answer, Citation, LikelySpan, RetrievedPassage
from retrieval.errors import QuestionFileError
from retrieval.evaluation.answer_spans import SpanJudgement, judge_span, token_f1
from retrieval.evaluation.questions import Answerable, EvalQuery, Unanswerable
from retrieval.evaluation.span_calibration import calibrate_spans, lowest_threshold
from retrieval.options import DEFAULT_OPTIONS, AskOptions

TEXT = "بيش از ۵ هزار دانشجو در آستراخان درس می‌خوانند."


def answer(words: str | None, *, marked: bool = True, features: dict[str, float] | None = None):
    span = None
    if words is not None:
        start = TEXT.index(words)
        span = LikelySpan(start, start + len(words), 0.9, features or {})
    passage = RetrievedPassage(
        article_id="a",
        paragraphs=(0,),
        text=TEXT,
        score=1.0,
        citation=Citation("", None, None, None, None),
        highlight=(0, len(TEXT)),
        answer_span=(span.start, span.end) if span and marked else None,
        likely_span=span,
    )
    return Answer("?", "fa", True, 1.0, (passage,))


@pytest.mark.parametrize(
    ("found", "right", "expected"),
    [
        ("بيش از ۵ هزار", "بیش از 5 هزار", 1.0),
        ("دانشجويان", "دانشجویان،", 1.0),
        ("۵ هزار دانشجو", "بیش از ۵ هزار", 4 / 7),
        ("آستراخان", "تهران", 0.0),
        ("", "تهران", 0.0),
        ("نفر نفر", "نفر", 2 / 3),
    ],
)
def test_f1_counts_words_in_one_spelling(found: str, right: str, expected: float) -> None:
    assert token_f1(found, right) == pytest.approx(expected)
    assert token_f1(right, found) == pytest.approx(expected)


def test_a_likely_answer_is_judged_whether_it_is_marked_or_not() -> None:
    assert judge_span(answer("بيش از ۵ هزار"), "بیش از ۵ هزار") == SpanJudgement(True, 1.0, True)
    judged = judge_span(answer("۵ هزار دانشجو", marked=False), "دانشجو")
    assert judged == SpanJudgement(False, 0.5, False)
    assert judged.right
    assert judge_span(answer(None), "دانشجو") is None
    # Nothing is right where nothing answers.
    assert judge_span(answer("۵"), "") == SpanJudgement(False, 0.0, True)


def test_the_threshold_is_the_lowest_that_is_right_often_enough() -> None:
    guesses = np.array([0.2, 0.9, 0.8, 0.7, 0.6, 0.5])
    right = [False, True, True, True, False, True]
    assert lowest_threshold(guesses, right, 0.8) == 0.5
    assert lowest_threshold(guesses, right, 0.9) == 0.7
    assert lowest_threshold(guesses, [False] * 6, 0.9) == 1.0
    # Equal guesses are marked together or not at all.
    assert lowest_threshold(np.array([0.9, 0.5, 0.5]), [True, True, False], 0.9) == 0.9


class SureWhenRight:
    """Answers every question with one passage; it is sure where the question says so."""

    def ask(self, question: str, options: AskOptions = DEFAULT_OPTIONS, **_: object) -> Answer:
        return answer("دانشجو", features={"sure": float("sure" in question)})


def asked(number: int, text: str, right: str | None) -> EvalQuery:
    question = (
        Unanswerable(kind="unanswerable", q_fa=text)
        if right is None
        else Answerable(kind="answerable", article="a", paragraph=0, q_fa=text, answer_fa=right)
    )
    return EvalQuery(f"{number} fa", text, "fa", question)


def test_what_is_learned_marks_what_is_right() -> None:
    questions = [asked(number, "sure", "دانشجو") for number in range(30)]
    questions += [asked(30 + number, "not", "تهران") for number in range(10)]
    questions += [asked(40 + number, "not", None) for number in range(10)]
    found = calibrate_spans(SureWhenRight(), questions)
    confidence = found.model.confidence.probability
    assert confidence({"sure": 1.0}) >= found.model.threshold > confidence({"sure": 0.0})
    share = found.shares["fa"]
    assert (share.marked, share.right) == (pytest.approx(30 / 40), 1.0)
    with pytest.raises(QuestionFileError, match="10 right and wrong answers"):
        calibrate_spans(SureWhenRight(), questions[:35])
