from dataclasses import replace

import pytest

from retrieval.errors import QuestionFileError
from retrieval.evaluation.eval_runs import JudgedPassage, QueryResult
from retrieval.evaluation.margins import measure_margins


def result(*passages: tuple[float, bool], plain: QueryResult | None = None) -> QueryResult:
    return QueryResult(
        key="1 fa",
        question="؟",
        language="fa",
        style="natural",
        answerable=True,
        passages=tuple(JudgedPassage("a", (), score, right, right) for score, right in passages),
        found=True,
        probability=0.9,
        seconds=0.1,
        without_reranking=plain,
    )


def test_a_question_with_a_larger_lead_keeps_its_order() -> None:
    close = result((0.9, True), (0.1, False), plain=result((0.9, False), (0.88, True)))
    spoiled = result((0.9, False), (0.1, True), plain=result((0.9, True), (0.8, False)))
    rows = measure_margins([close, spoiled], [0.0, 0.05, 0.2])["fa"]
    assert [row.skipped for row in rows] == [1.0, 0.5, 0.0]
    assert [row.p1 for row in rows] == [0.5, 1.0, 0.5]
    assert [row.mrr for row in rows] == [0.75, 1.0, 0.75]


def test_an_only_passage_is_never_reranked_for() -> None:
    only = result((0.9, True), plain=result((0.9, True)))
    assert measure_margins([only], [0.5])["all"][0].skipped == 1.0


def test_a_run_with_a_gate_is_refused() -> None:
    reranked = result((0.9, True), plain=result((0.9, True)))
    with pytest.raises(QuestionFileError, match="question 1 fa was not reranked"):
        measure_margins([reranked, replace(reranked, without_reranking=None)])
